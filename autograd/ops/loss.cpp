// Losses: each with its gradient.
#include <fmt/format.h>

#include <taper/autograd/ops/activation.h>
#include <taper/autograd/ops/arithmetic.h>
#include <taper/autograd/ops/index.h>
#include <taper/autograd/ops/loss.h>
#include <taper/autograd/ops/math.h>
#include <taper/autograd/ops/reduce.h>
#include <taper/autograd/ops/shape.h>
#include <taper/autograd/record.h>
#include <taper/tensor/check.h>
#include <taper/tensor/error.h>
#include <taper/tensor/reduce.h>

namespace taper {
namespace {

Tensor reduced(const Tensor& losses, Reduction reduction) {
  return reduction == Reduction::mean ? mean(losses) : reduction == Reduction::sum ? sum(losses) : losses;
}

// Cross entropy of rows [R, C] with R labels. The logarithms of the probabilities are kept for the gradient.
Tensor row_cross_entropy(const Tensor& x, const compute::Labels& labels, const CrossEntropyOptions& options) {
  const Tensor logarithms = compute::softmax(compute::contiguous(x.detach()), true);
  const Reduction reduction = options.reduction;
  const double smoothing = options.label_smoothing;
  return record("cross_entropy", compute::cross_entropy(logarithms, labels, reduction, smoothing), {save(x)},
                [logarithms, labels, reduction, smoothing](const Backward& at, const Tensor& g) {
                  if (!grad_enabled())
                    return compute::cross_entropy_gradient(g, logarithms, labels, reduction, smoothing);
                  const Tensor x = at.input(0);
                  const std::int64_t classes = x.shape()[1];
                  const Tensor target = (1 - smoothing) * one_hot(labels.values, classes, x.dtype()) +
                                        smoothing / static_cast<double>(classes);
                  Tensor weight = reduction == Reduction::none   ? unsqueeze(g, 1)
                                  : reduction == Reduction::mean ? g / static_cast<double>(labels.count)
                                                                 : g;
                  if (labels.valid.defined()) weight = where(unsqueeze(labels.valid, 1), weight, 0);
                  return weight * (softmax(x, 1) - target);
                });
}

void check_pair(const char* function, const Tensor& x, const Tensor& target) {
  compute::check_floating(function, x);
  compute::check_same_dtype(function, x, target, "a target");
  compute::check_shape(function, target, x.shape(), "a target");
}

}  // namespace

Tensor cross_entropy(const Tensor& logits, const Tensor& labels, const CrossEntropyOptions& options) {
  if (!(options.label_smoothing >= 0 && options.label_smoothing <= 1))
    throw ValueError(fmt::format("cross_entropy: label_smoothing must be between 0 and 1, got {}",
                                 options.label_smoothing));
  compute::Labels checked = compute::checked_labels("cross_entropy", logits, labels, options.ignore_index);
  if (logits.rank() == 2) return row_cross_entropy(logits, checked, options);
  // [N, C, ...] -> [N * ..., C]
  Axes axes = {0};
  for (int axis = 2; axis < logits.rank(); ++axis) axes.push_back(axis);
  axes.push_back(1);
  const Tensor rows = reshape(permute(logits, axes), {labels.numel(), logits.shape()[1]});
  checked.values = checked.values.alias(Layout(Shape{labels.numel()}));
  if (checked.valid.defined()) checked.valid = checked.valid.alias(Layout(Shape{labels.numel()}));
  const Tensor loss = row_cross_entropy(rows, checked, options);
  return options.reduction == Reduction::none ? reshape(loss, labels.shape()) : loss;
}

Tensor nll_loss(const Tensor& log_probabilities, const Tensor& labels, const NllOptions& options) {
  const compute::Labels checked =
      compute::checked_labels("nll_loss", log_probabilities, labels, options.ignore_index);
  Tensor losses = -squeeze(gather(log_probabilities, 1, unsqueeze(checked.values, 1)), 1);
  if (checked.valid.defined()) losses = where(checked.valid, losses, 0);
  if (options.reduction == Reduction::mean) return sum(losses) / static_cast<double>(checked.count);
  return reduced(losses, options.reduction);
}

Tensor mse_loss(const Tensor& x, const Tensor& target, Reduction reduction) {
  check_pair("mse_loss", x, target);
  return reduced(square(x - target), reduction);
}

Tensor l1_loss(const Tensor& x, const Tensor& target, Reduction reduction) {
  check_pair("l1_loss", x, target);
  return reduced(abs(x - target), reduction);
}

Tensor huber_loss(const Tensor& x, const Tensor& target, double delta, Reduction reduction) {
  check_pair("huber_loss", x, target);
  if (!(delta > 0)) throw ValueError(fmt::format("huber_loss: delta must be positive, got {}", delta));
  // distance^2 / 2 up to delta, delta * (distance - delta / 2) above.
  const Tensor distance = abs(x - target), inside = clip(distance, 0, delta);
  return reduced(inside * (distance - 0.5 * inside), reduction);
}

Tensor smooth_l1_loss(const Tensor& x, const Tensor& target, double beta, Reduction reduction) {
  check_pair("smooth_l1_loss", x, target);
  if (!(beta >= 0)) throw ValueError(fmt::format("smooth_l1_loss: beta must be at least 0, got {}", beta));
  return beta == 0 ? l1_loss(x, target, reduction) : huber_loss(x, target, beta, reduction) / beta;
}

Tensor binary_cross_entropy(const Tensor& p, const Tensor& target, Reduction reduction) {
  check_pair("binary_cross_entropy", p, target);
  const Tensor inside = (p.detach() >= 0) & (p.detach() <= 1);
  if (sum(inside).item<std::int64_t>() != p.numel())
    throw ValueError(
        "binary_cross_entropy: expected probabilities between 0 and 1, got others; for "
        "logits there is binary_cross_entropy_with_logits");
  const Tensor no_history = p.detach(), wanted = target.detach();
  Tensor losses =
      -(wanted * maximum(log(no_history), -100) + (1 - wanted) * maximum(log1p(-no_history), -100));
  losses = record("binary_cross_entropy", std::move(losses), {save(p), save(target)},
                  [](const Backward& at, const Tensor& g) {
                    const Tensor p = at.input(0), target = at.input(1);
                    return at.each([&] { return g * (p - target) / maximum(p * (1 - p), 1e-12); },
                                   [&] { return g * (maximum(log1p(-p), -100) - maximum(log(p), -100)); });
                  });
  return reduced(losses, reduction);
}

Tensor binary_cross_entropy_with_logits(const Tensor& logits, const Tensor& target, Reduction reduction) {
  check_pair("binary_cross_entropy_with_logits", logits, target);
  const Tensor x = logits.detach(), wanted = target.detach();
  // -log(sigmoid(x)) = softplus(-x): each term is a sum of numbers of one sign.
  Tensor losses = wanted * softplus(-x) + (1 - wanted) * softplus(x);
  losses = record("binary_cross_entropy_with_logits", std::move(losses), {save(logits), save(target)},
                  [](const Backward& at, const Tensor& g) {
                    const Tensor x = at.input(0);
                    return at.each([&] { return g * (sigmoid(x) - at.input(1)); }, [&] { return -g * x; });
                  });
  return reduced(losses, reduction);
}

}  // namespace taper
