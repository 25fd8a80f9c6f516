// Digits and the network for them.
#include "digits.h"

#include <numeric>

#include <taper/taper.h>

using namespace taper;

namespace course {

Digits digits(const Report& report, bool train, std::int64_t count) {
  std::vector<std::int64_t> indices(static_cast<std::size_t>(count));
  std::iota(indices.begin(), indices.end(), 0);
  const data::Batch batch = data::Mnist(report.options.data, train, {.flatten = true}).get_batch(indices, {});
  return {batch[0], batch[1]};
}

nn::Sequential small_network() {
  return {nn::Linear(784, 32, {.activation = Activation::relu}), nn::Linear(32, 10)};
}

double loss(nn::Module& model, const Digits& digits) {
  const NoGrad no_grad;
  return cross_entropy(model(digits.images), digits.labels).item<double>();
}

double accuracy(nn::Module& model, const Digits& digits) {
  const NoGrad no_grad;
  return sum(argmax(model(digits.images), 1) == digits.labels).item<double>() /
         static_cast<double>(digits.labels.numel());
}

}  // namespace course
