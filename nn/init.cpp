// Initializers.
#include <algorithm>
#include <cmath>

#include <taper/nn/init.h>
#include <taper/tensor/check.h>
#include <taper/tensor/create.h>
#include <taper/tensor/elementwise.h>

namespace taper::nn {
namespace {

void fill(Tensor tensor, const Tensor& values) { compute::copy(tensor, values); }

void fill(const char* function, const Tensor& tensor, double value) {
  compute::check_floating(function, tensor);
  fill(tensor, scalar(value, tensor.dtype()));
}

struct Fans {
  double in = 1, out = 1;
};

Fans fans(const char* function, const Tensor& tensor) {
  compute::check_defined(function, tensor);
  const Shape& shape = tensor.shape();
  if (shape.empty()) return {};
  if (shape.rank() == 1) return {static_cast<double>(shape[0]), static_cast<double>(shape[0])};
  double receptive = 1;
  for (int i = 2; i < shape.rank(); ++i) receptive *= static_cast<double>(shape[i]);
  return {receptive * static_cast<double>(shape[1]), receptive * static_cast<double>(shape[0])};
}

// Keras's VarianceScaling: a uniform or truncated normal distribution with variance scale / fan.
void scaled_uniform(const Tensor& tensor, double scale, double fan, Generator& generator) {
  const double limit = std::sqrt(3 * scale / std::max(fan, 1.0));
  init::uniform(tensor, -limit, limit, generator);
}

void scaled_normal(const Tensor& tensor, double scale, double fan, Generator& generator) {
  // The standard deviation of a standard normal distribution truncated at +-2.
  constexpr double cut = 0.87962566103423978;
  init::truncated_normal(tensor, 0, std::sqrt(scale / std::max(fan, 1.0)) / cut, generator);
}

double average(const Fans& fans) { return (fans.in + fans.out) / 2; }

}  // namespace

namespace init {

void constant(const Tensor& tensor, double value) { fill("constant", tensor, value); }
void zeros(const Tensor& tensor, Generator&) { fill("zeros", tensor, 0); }
void ones(const Tensor& tensor, Generator&) { fill("ones", tensor, 1); }

void uniform(const Tensor& tensor, double low, double high, Generator& generator) {
  compute::check_floating("uniform", tensor);
  fill(tensor, taper::uniform(tensor.shape(), low, high, tensor.dtype(), generator));
}
void normal(const Tensor& tensor, double mean, double standard_deviation, Generator& generator) {
  compute::check_floating("normal", tensor);
  fill(tensor, taper::normal(tensor.shape(), mean, standard_deviation, tensor.dtype(), generator));
}
void truncated_normal(const Tensor& tensor, double mean, double standard_deviation, Generator& generator) {
  compute::check_floating("truncated_normal", tensor);
  fill(tensor, taper::truncated_normal(tensor.shape(), mean, standard_deviation, tensor.dtype(), generator));
}

void glorot_uniform(const Tensor& tensor, Generator& generator) {
  scaled_uniform(tensor, 1, average(fans("glorot_uniform", tensor)), generator);
}
void glorot_normal(const Tensor& tensor, Generator& generator) {
  scaled_normal(tensor, 1, average(fans("glorot_normal", tensor)), generator);
}
void he_uniform(const Tensor& tensor, Generator& generator) {
  scaled_uniform(tensor, 2, fans("he_uniform", tensor).in, generator);
}
void he_normal(const Tensor& tensor, Generator& generator) {
  scaled_normal(tensor, 2, fans("he_normal", tensor).in, generator);
}
void lecun_uniform(const Tensor& tensor, Generator& generator) {
  scaled_uniform(tensor, 1, fans("lecun_uniform", tensor).in, generator);
}
void lecun_normal(const Tensor& tensor, Generator& generator) {
  scaled_normal(tensor, 1, fans("lecun_normal", tensor).in, generator);
}
void fan_in_uniform(const Tensor& tensor, Generator& generator) {
  scaled_uniform(tensor, 1.0 / 3, fans("fan_in_uniform", tensor).in, generator);
}

}  // namespace init

void initialize(const Tensor& weight, const Initializer& weight_initializer, const Tensor& bias,
                const Initializer& bias_initializer) {
  Generator& generator = default_generator();
  weight_initializer ? weight_initializer(weight, generator) : init::fan_in_uniform(weight, generator);
  if (!bias.defined()) return;
  const double limit = 1 / std::sqrt(std::max(fans("initialize", weight).in, 1.0));
  bias_initializer ? bias_initializer(bias, generator) : init::uniform(bias, -limit, limit, generator);
}

}  // namespace taper::nn
