// Losses against numbers: each with its gradient.
#include <cmath>
#include <numbers>

#include <fmt/format.h>

#include <taper/autograd/loss_parts.h>
#include <taper/autograd/ops/activation.h>
#include <taper/autograd/ops/arithmetic.h>
#include <taper/autograd/ops/math.h>
#include <taper/autograd/ops/reduce.h>
#include <taper/autograd/ops/regression_loss.h>
#include <taper/autograd/ops/shape.h>
#include <taper/autograd/record.h>
#include <taper/tensor/check.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>

namespace taper {

using detail::check_pair;
using detail::Divisor;
using detail::reduced;

Tensor mse_loss(const Tensor& x, const Tensor& target, const LossOptions& options) {
  check_pair("mse_loss", x, target);
  return reduced("mse_loss", square(x - target), options.reduction, options.weight, Divisor::weights);
}

Tensor l1_loss(const Tensor& x, const Tensor& target, const LossOptions& options) {
  check_pair("l1_loss", x, target);
  return reduced("l1_loss", abs(x - target), options.reduction, options.weight, Divisor::weights);
}

namespace {

// distance^2 / 2 up to delta, delta * (distance - delta / 2) above.
Tensor huber_losses(const Tensor& x, const Tensor& target, double delta) {
  const Tensor distance = abs(x - target), inside = clip(distance, 0, delta);
  return inside * (distance - 0.5 * inside);
}

}  // namespace

Tensor huber_loss(const Tensor& x, const Tensor& target, const HuberOptions& options) {
  check_pair("huber_loss", x, target);
  if (!(options.delta > 0))
    throw ValueError(fmt::format("huber_loss: delta must be positive, got {}", options.delta));
  return reduced("huber_loss", huber_losses(x, target, options.delta), options.reduction, options.weight);
}

Tensor smooth_l1_loss(const Tensor& x, const Tensor& target, const SmoothL1Options& options) {
  check_pair("smooth_l1_loss", x, target);
  if (!(options.beta >= 0))
    throw ValueError(fmt::format("smooth_l1_loss: beta must be at least 0, got {}", options.beta));
  return options.beta == 0 ? reduced("smooth_l1_loss", abs(x - target), options.reduction, options.weight)
                           : reduced("smooth_l1_loss", huber_losses(x, target, options.beta),
                                     options.reduction, options.weight) /
                                 options.beta;
}

Tensor log_cosh_loss(const Tensor& x, const Tensor& target, const LossOptions& options) {
  check_pair("log_cosh_loss", x, target);
  const Tensor distance = abs(x.detach() - target.detach());
  const Tensor losses = record("log_cosh_loss", distance + log1p(expm1(-2 * distance) / 2),
                               {save(x), save(target)}, [](const Backward& at, const Tensor& g) {
                                 Tensor slope = g * tanh(at.input(0) - at.input(1));
                                 return at.each([&] { return slope; }, [&] { return -slope; });
                               });
  return reduced("log_cosh_loss", losses, options.reduction, options.weight);
}

namespace {
constexpr double keras_epsilon = 1e-7;
}

Tensor mean_absolute_percentage_error(const Tensor& x, const Tensor& target, const LossOptions& options) {
  check_pair("mean_absolute_percentage_error", x, target);
  return reduced("mean_absolute_percentage_error", 100 * abs((x - target) / clip(abs(target), keras_epsilon)),
                 options.reduction, options.weight);
}

Tensor mean_squared_logarithmic_error(const Tensor& x, const Tensor& target, const LossOptions& options) {
  check_pair("mean_squared_logarithmic_error", x, target);
  const auto logarithm = [](const Tensor& y) { return log1p(clip(y, keras_epsilon)); };
  return reduced("mean_squared_logarithmic_error", square(logarithm(x) - logarithm(target)),
                 options.reduction, options.weight);
}

Tensor poisson_nll_loss(const Tensor& x, const Tensor& target, const PoissonNllOptions& options) {
  check_pair("poisson_nll_loss", x, target);
  Tensor losses = options.log_input ? exp(x) - target * x : x - target * log(x + options.epsilon);
  if (options.full) {
    const Tensor large = target > 1, n = where(large, target, 1);
    losses = losses + where(large, n * log(n) - n + 0.5 * log(2 * std::numbers::pi * n), 0);
  }
  return reduced("poisson_nll_loss", losses, options.reduction);
}

namespace {

// A variance that broadcasts to the shape of x.
Tensor variance_for(const Tensor& x, const Tensor& variance) {
  compute::check_same_dtype("gaussian_nll_loss", x, variance, "a variance");
  const Shape &shape = x.shape(), &given = variance.shape();
  if (given.rank() + 1 == shape.rank() && given == shape.without(given.rank()))
    return unsqueeze(variance, -1);
  bool fits = given.rank() == shape.rank();
  for (int i = 0; fits && i < given.rank(); ++i) fits = given[i] == shape[i] || given[i] == 1;
  if (!fits)
    throw ShapeError(fmt::format(
        "gaussian_nll_loss: expected a variance of shape {}, or with 1 in places of it, or without its last "
        "axis, got {}",
        to_string(shape), to_string(given)));
  return variance;
}

}  // namespace

Tensor gaussian_nll_loss(const Tensor& x, const Tensor& target, const Operand& variance,
                         const GaussianNllOptions& options) {
  check_pair("gaussian_nll_loss", x, target);
  const Tensor given = variance.tensor != nullptr
                           ? variance_for(x, *variance.tensor)
                           : full(Shape::filled(x.rank(), 1), variance.number, x.dtype());
  if (any(given.detach() < 0).item<bool>())
    throw ValueError("gaussian_nll_loss: expected a variance of at least 0, got a negative one");
  const Tensor bounded = detail::at_least("gaussian_nll_loss", given, options.epsilon);
  Tensor losses = 0.5 * (log(bounded) + square(x - target) / bounded);
  if (options.full) losses = losses + 0.5 * std::log(2 * std::numbers::pi);
  return reduced("gaussian_nll_loss", losses, options.reduction);
}

}  // namespace taper
