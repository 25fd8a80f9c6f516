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

struct ReLU6 : Layer<ReLU6> {
  Tensor forward(const Tensor& x) const { return relu6(x); }
};

struct SELU : Layer<SELU> {
  Tensor forward(const Tensor& x) const { return selu(x); }
};

struct Mish : Layer<Mish> {
  Tensor forward(const Tensor& x) const { return mish(x); }
};

struct Hardsigmoid : Layer<Hardsigmoid> {
  Tensor forward(const Tensor& x) const { return hardsigmoid(x); }
};

struct Hardswish : Layer<Hardswish> {
  Tensor forward(const Tensor& x) const { return hardswish(x); }
};

struct LogSigmoid : Layer<LogSigmoid> {
  Tensor forward(const Tensor& x) const { return logsigmoid(x); }
};

struct Softsign : Layer<Softsign> {
  Tensor forward(const Tensor& x) const { return softsign(x); }
};

struct Tanhshrink : Layer<Tanhshrink> {
  Tensor forward(const Tensor& x) const { return tanhshrink(x); }
};

struct Softplus : Layer<Softplus> {
  explicit Softplus(double factor = 1, double limit = 20) : beta(factor), threshold(limit) {}
  Tensor forward(const Tensor& x) const { return softplus(x, beta, threshold); }
  const double beta, threshold;
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

struct CELU : Layer<CELU> {
  explicit CELU(double scale = 1) : alpha(scale) {}
  Tensor forward(const Tensor& x) const { return celu(x, alpha); }
  const double alpha;
};

struct Hardtanh : Layer<Hardtanh> {
  explicit Hardtanh(double least = -1, double most = 1) : low(least), high(most) {}
  Tensor forward(const Tensor& x) const { return hardtanh(x, low, high); }
  const double low, high;
};

struct Hardshrink : Layer<Hardshrink> {
  explicit Hardshrink(double limit = 0.5) : lambda(limit) {}
  Tensor forward(const Tensor& x) const { return hardshrink(x, lambda); }
  const double lambda;
};

struct Softshrink : Layer<Softshrink> {
  explicit Softshrink(double limit = 0.5) : lambda(limit) {}
  Tensor forward(const Tensor& x) const { return softshrink(x, lambda); }
  const double lambda;
};

struct Threshold : Layer<Threshold> {
  Threshold(double at, double below) : limit(at), value(below) {}
  Tensor forward(const Tensor& x) const { return threshold(x, limit, value); }
  const double limit, value;
};

/// Draws its slopes from the default_generator() of each call in training.
struct RReLU : Layer<RReLU> {
  explicit RReLU(double least = 1. / 8, double most = 1. / 3) : lower(least), upper(most) {}
  Tensor forward(const Tensor& x) const {
    return is_training() ? rrelu(x, lower, upper, true) : leaky_relu(x, (lower + upper) / 2);
  }
  const double lower, upper;
};

/// A learned slope below 0: see prelu().
class PReLU : public Layer<PReLU> {
 public:
  /// One slope, or one for each channel. Throws ValueError unless num_parameters is at least 1.
  explicit PReLU(std::int64_t num_parameters = 1, double initial = 0.25, DType dtype = float32);
  Tensor forward(const Tensor& x) const { return prelu(x, weight); }

  const Tensor weight;  ///< [num_parameters]
};

struct GLU : Layer<GLU> {
  explicit GLU(std::int64_t along = -1) : axis(along) {}
  Tensor forward(const Tensor& x) const { return glu(x, axis); }
  const std::int64_t axis;
};

struct Softmin : Layer<Softmin> {
  explicit Softmin(std::int64_t along = -1) : axis(along) {}
  Tensor forward(const Tensor& x) const { return softmin(x, axis); }
  const std::int64_t axis;
};

/// The softmax over the channels of images [N, C, H, W] or [C, H, W].
struct Softmax2d : Layer<Softmax2d> {
  Tensor forward(const Tensor& x) const;
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
