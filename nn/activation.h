// Activation layers: the functions of autograd/ops/activation.h, softmax and log_softmax as modules.
#pragma once

#include <taper/autograd/ops/activation.h>
#include <taper/autograd/ops/reduce.h>
#include <taper/nn/layer.h>

namespace taper::nn {

struct ReLU : Layer<ReLU> {
  Tensor forward(const Tensor& x) const { return relu(x); }
};

struct Sigmoid : Layer<Sigmoid> {
  Tensor forward(const Tensor& x) const { return sigmoid(x); }
};

struct Tanh : Layer<Tanh> {
  Tensor forward(const Tensor& x) const { return tanh(x); }
};

struct SiLU : Layer<SiLU> {
  Tensor forward(const Tensor& x) const { return silu(x); }
};

struct Softplus : Layer<Softplus> {
  Tensor forward(const Tensor& x) const { return softplus(x); }
};

struct GELU : Layer<GELU> {
  explicit GELU(GeluApproximation how = GeluApproximation::none) : approximation(how) {}
  Tensor forward(const Tensor& x) const { return gelu(x, approximation); }
  const GeluApproximation approximation;
};

struct LeakyReLU : Layer<LeakyReLU> {
  explicit LeakyReLU(double slope = 0.01) : negative_slope(slope) {}
  Tensor forward(const Tensor& x) const { return leaky_relu(x, negative_slope); }
  const double negative_slope;
};

struct ELU : Layer<ELU> {
  explicit ELU(double scale = 1) : alpha(scale) {}
  Tensor forward(const Tensor& x) const { return elu(x, alpha); }
  const double alpha;
};

struct Softmax : Layer<Softmax> {
  explicit Softmax(std::int64_t along = -1) : axis(along) {}
  Tensor forward(const Tensor& x) const { return softmax(x, axis); }
  const std::int64_t axis;
};

struct LogSoftmax : Layer<LogSoftmax> {
  explicit LogSoftmax(std::int64_t along = -1) : axis(along) {}
  Tensor forward(const Tensor& x) const { return log_softmax(x, axis); }
  const std::int64_t axis;
};

}  // namespace taper::nn
