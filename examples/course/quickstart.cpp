// The tutorial: the beginner's quickstart of TensorFlow, in Taper.
#include "digits.h"
#include "ideas.h"
#include <taper/taper.h>

using namespace taper;

namespace course {

void quickstart(Report& report) {
  const Digits train = digits(report, true, report.choose(60000, 3000)), test = digits(report, false, 10000);

  nn::Sequential model(
      nn::Flatten(),
      nn::Linear(784, 128,
                 {.activation = Activation::relu,
                  .weight_initializer = [](auto& w, auto& g) { nn::init::glorot_uniform(w, g); },
                  .bias_initializer = [](auto& b, auto&) { nn::init::zeros(b); }}),
      nn::Dropout(0.2),
      nn::Linear(128, 10,
                 {.weight_initializer = [](auto& w, auto& g) { nn::init::glorot_uniform(w, g); },
                  .bias_initializer = [](auto& b, auto&) { nn::init::zeros(b); }}));
  optim::Adam optimizer(model.named_parameters());

  const data::TensorDataset dataset({train.images, train.labels});
  data::DataLoader loader(dataset, {.batch_size = 32, .shuffle = true, .seed = report.options.seed});
  plot::Values epochs, training, testing;
  for (int epoch = 1; epoch <= 5; ++epoch) {
    model.train();
    double correct = 0;
    for (const data::Batch& batch : loader) {
      const Tensor &images = batch[0], &labels = batch[1];
      Tensor logits;
      optimizer.minimize([&] {
        logits = model(images);
        return cross_entropy(logits, labels);
      });
      correct += sum(argmax(logits, 1) == labels).item<double>();
    }
    model.eval();
    epochs.push_back(epoch);
    training.push_back(100 * correct / static_cast<double>(dataset.size()));
    testing.push_back(100 * accuracy(model, test));
    report.say("Epoch {}/5  accuracy {:.4f}  test accuracy {:.4f}", epoch, training.back() / 100,
               testing.back() / 100);
  }
  const double wanted = report.choose(0.974, 0.85);
  report.claim(testing.back() > 100 * wanted, "more than {:.1f} % of the test digits are read rightly",
               100 * wanted);

  plot::Figure figure({.title = "The quickstart"});
  figure.at(0, 0)
      .label("epoch", "accuracy in %")
      .line(epochs, training, {.label = "training, with dropout"})
      .line(epochs, testing, {.label = "test"});
  report.draw("quickstart", figure);
}

}  // namespace course
