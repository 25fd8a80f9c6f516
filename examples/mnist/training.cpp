// Training and testing, batch by batch.
#include "training.h"

#include <fmt/format.h>
#include <terminal/progress.h>

#include <taper/autograd/autograd.h>
#include <taper/autograd/ops/loss.h>

using namespace taper;

void train_epoch(const std::string& title, nn::Module& model, optim::Optimizer& optimizer,
                 data::DataLoader& loader) {
  model.train();
  terminal::Progress progress(title, loader.size());
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
    progress.advance(fmt::format("loss {:.4f}", loss_sum / static_cast<double>(seen)));
  }
  const double count = static_cast<double>(seen), seconds = progress.seconds();
  progress.finish(fmt::format("loss {:.4f}  accuracy {:.4f}  {:.2f} s  {:.0f} images/s", loss_sum / count,
                              static_cast<double>(correct) / count, seconds, count / seconds));
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

std::uint64_t weights_hash(const nn::Module& model) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const Tensor& parameter : model.parameters()) {
    const Tensor dense = contiguous(parameter.detach());
    const auto* const bytes = static_cast<const unsigned char*>(dense.raw());
    for (std::int64_t i = 0; i < dense.numel() * size_of(dense.dtype()); ++i)
      hash = (hash ^ bytes[i]) * 0x100000001b3;
  }
  return hash;
}
