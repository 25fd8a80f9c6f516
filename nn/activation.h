// Activation layers: the functions of autograd/ops/activation.h, softmax and log_softmax as modules.
#pragma once

#include <taper/autograd/ops/activation.h>
#include <taper/autograd/ops/reduce.h>
#include <taper/nn/module.h>

namespace taper::nn {

struct ReLU : Module {
  Tensor forward(const Tensor& x) override { return relu(x); }
};

struct Sigmoid : Module {
  Tensor forward(const Tensor& x) override { return sigmoid(x); }
};

struct Tanh : Module {
  Tensor forward(const Tensor& x) override { return tanh(x); }
};

struct SiLU : Module {
  Tensor forward(const Tensor& x) override { return silu(x); }
};

struct Softplus : Module {
  Tensor forward(const Tensor& x) override { return softplus(x); }
};

struct GELU : Module {
  explicit GELU(GeluApproximation how = GeluApproximation::none) : approximation(how) {}
  Tensor forward(const Tensor& x) override { return gelu(x, approximation); }
  const GeluApproximation approximation;
};

struct LeakyReLU : Module {
  explicit LeakyReLU(double slope = 0.01) : negative_slope(slope) {}
  Tensor forward(const Tensor& x) override { return leaky_relu(x, negative_slope); }
  const double negative_slope;
};

struct ELU : Module {
  explicit ELU(double scale = 1) : alpha(scale) {}
  Tensor forward(const Tensor& x) override { return elu(x, alpha); }
  const double alpha;
};

struct Softmax : Module {
  explicit Softmax(std::int64_t along = -1) : axis(along) {}
  Tensor forward(const Tensor& x) override { return softmax(x, axis); }
  const std::int64_t axis;
};

struct LogSoftmax : Module {
  explicit LogSoftmax(std::int64_t along = -1) : axis(along) {}
  Tensor forward(const Tensor& x) override { return log_softmax(x, axis); }
  const std::int64_t axis;
};

}  // namespace taper::nn
