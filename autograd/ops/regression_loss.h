// Losses against numbers. They are element-wise, and throw ShapeError unless x and target have the same
// shape, and DTypeError unless they have the same floating dtype.
#pragma once

#include <taper/autograd/ops/loss_options.h>
#include <taper/tensor/elementwise.h>
#include <taper/tensor/tensor.h>

namespace taper {

/// (x - target)^2. With weights the mean divides by their sum, as in PyTorch.
Tensor mse_loss(const Tensor& x, const Tensor& target, const LossOptions& options = {});
/// |x - target|. With weights the mean divides by their sum, as in PyTorch.
Tensor l1_loss(const Tensor& x, const Tensor& target, const LossOptions& options = {});

struct HuberOptions {
  Reduction reduction = Reduction::mean;
  Tensor weight = {};
  double delta = 1;
};
/// With d = |x - target|: d^2 / 2 where d <= delta, else delta * (d - delta / 2). Throws ValueError unless
/// delta > 0.
Tensor huber_loss(const Tensor& x, const Tensor& target, const HuberOptions& options = {});

struct SmoothL1Options {
  Reduction reduction = Reduction::mean;
  Tensor weight = {};
  double beta = 1;
};
/// huber_loss with delta = beta, divided by beta; |x - target| for beta = 0. Throws ValueError if beta < 0.
Tensor smooth_l1_loss(const Tensor& x, const Tensor& target, const SmoothL1Options& options = {});

/// log(cosh(x - target)), as in Keras, without overflow.
Tensor log_cosh_loss(const Tensor& x, const Tensor& target, const LossOptions& options = {});
/// 100 |x - target| / |target|, as in Keras: |target| is at least 1e-7.
Tensor mean_absolute_percentage_error(const Tensor& x, const Tensor& target, const LossOptions& options = {});
/// (log(1 + x) - log(1 + target))^2, as in Keras: both are at least 1e-7.
Tensor mean_squared_logarithmic_error(const Tensor& x, const Tensor& target, const LossOptions& options = {});

struct PoissonNllOptions {
  Reduction reduction = Reduction::mean;
  bool log_input = true;  ///< x is the logarithm of the rate
  bool full = false;      ///< adds Stirling's approximation of log(target!) where target > 1
  double epsilon = 1e-8;  ///< added to a rate
};
/// The negative logarithm of the probability of `target` for a Poisson distribution with the rate exp(x):
/// exp(x) - target * x; or with the rate x: x - target * log(x + epsilon).
Tensor poisson_nll_loss(const Tensor& x, const Tensor& target, const PoissonNllOptions& options = {});

struct GaussianNllOptions {
  Reduction reduction = Reduction::mean;
  bool full = false;      ///< adds log(2 pi) / 2
  double epsilon = 1e-6;  ///< what the variance is at least
};
/// (log(variance) + (x - target)^2 / variance) / 2: the same for a normal distribution with the mean x. The
/// variance is a number or a tensor that has the shape of x, or 1 in some places of it, or lacks the last
/// axis. Its gradient is that of a variance above epsilon. Throws ValueError if it is negative.
Tensor gaussian_nll_loss(const Tensor& x, const Tensor& target, const Operand& variance,
                         const GaussianNllOptions& options = {});

}  // namespace taper
