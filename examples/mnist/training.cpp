// Training and testing, batch by batch.
#include "training.h"

#include <taper/autograd/autograd.h>
#include <taper/autograd/ops/loss.h>
#include <taper/train/progress.h>

using namespace taper;

void train_epoch(const std::string& title, nn::Module& model, optim::Optimizer& optimizer,
                 data::DataLoader& loader) {
  model.train();
  train::Progress progress(title, loader.size());
  double loss_sum = 0;
  std::int64_t correct = 0, seen = 0;
  for (const data::Batch& batch : loader) {
    const Tensor &images = batch[0], &labels = batch[1];
    Tensor logits;
    const Tensor loss = optimizer.minimize([&] {
      logits = model(images);
      return cross_entropy(logits, labels);
    });
    const std::int64_t examples = images.size(0);
    seen += examples;
    loss_sum += loss.item<double>() * static_cast<double>(examples);
    correct += sum(argmax(logits, 1) == labels).item<std::int64_t>();
    progress.advance({{"loss", loss_sum / static_cast<double>(seen)}});
  }
  const auto count = static_cast<double>(seen);
  progress.finish({{"loss", loss_sum / count}, {"accuracy", static_cast<double>(correct) / count}});
}

std::vector<std::int64_t> predict(nn::Module& model, const data::Dataset& dataset) {
  const NoGrad no_grad;
  model.eval();
  data::DataLoader loader(dataset, {.batch_size = 1000});
  std::vector<std::int64_t> classes;
  for (const data::Batch& batch : loader) {
    const auto predicted = argmax(model(batch[0]), 1).to_vector<std::int64_t>();
    classes.insert(classes.end(), predicted.begin(), predicted.end());
  }
  return classes;
}
