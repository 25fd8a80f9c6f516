// Losses against classes and probabilities: each with its gradient.
#include <fmt/format.h>

#include <taper/autograd/loss_parts.h>
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

using detail::check_pair;
using detail::reduced;

namespace {

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

Tensor counted(const compute::Labels& labels, const Tensor& x) {
  return labels.valid.defined() ? where(labels.valid, x, 0) : x;
}

// Losses of labels; the mean is over those that count.
Tensor reduced_labels(const char* function, const compute::Labels& labels, const Tensor& losses,
                      const Tensor& weight, Reduction reduction) {
  if (reduction != Reduction::mean) return reduced(function, losses, reduction);
  if (!weight.defined()) return sum(losses) / static_cast<double>(labels.count);
  return sum(losses) / sum(counted(labels, take(weight, labels.values)));
}

// -log(p) at the labels, times the weights of their classes.
Tensor label_losses(const compute::Labels& labels, const Tensor& logarithms, const Tensor& weight) {
  const Tensor losses = -squeeze(gather(logarithms, 1, unsqueeze(labels.values, 1)), 1);
  return counted(labels, weight.defined() ? losses * take(weight, labels.values) : losses);
}

// x [N, C, ...] times the weights of the classes.
Tensor times_weight(const Tensor& x, const Tensor& weight) {
  if (!weight.defined()) return x;
  Shape shape = Shape::filled(x.rank() - 1, 1);
  shape[0] = x.size(1);
  return x * reshape(weight, shape);
}

Tensor weighted_cross_entropy(const Tensor& x, const compute::Labels& labels,
                              const CrossEntropyOptions& options) {
  const double smoothing = options.label_smoothing;
  const Tensor logarithms = log_softmax(x, 1);
  Tensor losses = label_losses(labels, logarithms, options.weight);
  if (smoothing > 0) {
    const Tensor of_all = counted(labels, sum(times_weight(logarithms, options.weight), 1));
    losses = (1 - smoothing) * losses - smoothing / static_cast<double>(x.size(1)) * of_all;
  }
  return reduced_labels("cross_entropy", labels, losses, options.weight, options.reduction);
}

Tensor probability_cross_entropy(const Tensor& x, const Tensor& target, const CrossEntropyOptions& options) {
  compute::check_floating("cross_entropy", x);
  compute::check_same_dtype("cross_entropy", x, target, "class probabilities");
  detail::check_class_weight("cross_entropy", x, options.weight, x.size(1));
  if (options.ignore_index >= 0)
    throw ValueError(fmt::format("cross_entropy: expected no ignore_index for class probabilities, got {}",
                                 options.ignore_index));
  const double smoothing = options.label_smoothing;
  const Tensor wanted =
      smoothing > 0 ? (1 - smoothing) * target + smoothing / static_cast<double>(x.size(1)) : target;
  return reduced("cross_entropy", -sum(times_weight(log_softmax(x, 1) * wanted, options.weight), 1),
                 options.reduction);
}

}  // namespace

Tensor cross_entropy(const Tensor& logits, const Tensor& target, const CrossEntropyOptions& options) {
  if (!(options.label_smoothing >= 0 && options.label_smoothing <= 1))
    throw ValueError(fmt::format("cross_entropy: label_smoothing must be between 0 and 1, got {}",
                                 options.label_smoothing));
  if (logits.defined() && target.defined() && logits.rank() > 1 && logits.shape() == target.shape())
    return probability_cross_entropy(logits, target, options);
  compute::Labels checked = compute::checked_labels("cross_entropy", logits, target, options.ignore_index);
  if (options.weight.defined()) {
    detail::check_class_weight("cross_entropy", logits, options.weight, logits.size(1));
    return weighted_cross_entropy(logits, checked, options);
  }
  if (options.reduction == Reduction::batch_mean) {
    CrossEntropyOptions total = options;
    total.reduction = Reduction::sum;
    return cross_entropy(logits, target, total) / static_cast<double>(logits.size(0));
  }
  if (logits.rank() == 2) return row_cross_entropy(logits, checked, options);
  // [N, C, ...] -> [N * ..., C]
  Axes axes = {0};
  for (int axis = 2; axis < logits.rank(); ++axis) axes.push_back(axis);
  axes.push_back(1);
  const Tensor rows = reshape(permute(logits, axes), {target.numel(), logits.shape()[1]});
  checked.values = checked.values.alias(Layout(Shape{target.numel()}));
  if (checked.valid.defined()) checked.valid = checked.valid.alias(Layout(Shape{target.numel()}));
  const Tensor loss = row_cross_entropy(rows, checked, options);
  return options.reduction == Reduction::none ? reshape(loss, target.shape()) : loss;
}

Tensor nll_loss(const Tensor& log_probabilities, const Tensor& labels, const NllOptions& options) {
  const compute::Labels checked =
      compute::checked_labels("nll_loss", log_probabilities, labels, options.ignore_index);
  detail::check_class_weight("nll_loss", log_probabilities, options.weight, log_probabilities.size(1));
  return reduced_labels("nll_loss", checked, label_losses(checked, log_probabilities, options.weight),
                        options.weight, options.reduction);
}

Tensor binary_cross_entropy(const Tensor& p, const Tensor& target, const LossOptions& options) {
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
  return reduced("binary_cross_entropy", losses, options.reduction, options.weight);
}

namespace {

Tensor logit_losses(const Tensor& logits, const Tensor& target) {
  const Tensor x = logits.detach(), wanted = target.detach();
  // -log(sigmoid(x)) = softplus(-x): each term is a sum of numbers of one sign.
  Tensor losses = wanted * softplus(-x) + (1 - wanted) * softplus(x);
  return record("binary_cross_entropy_with_logits", std::move(losses), {save(logits), save(target)},
                [](const Backward& at, const Tensor& g) {
                  const Tensor x = at.input(0);
                  return at.each([&] { return g * (sigmoid(x) - at.input(1)); }, [&] { return -g * x; });
                });
}

}  // namespace

Tensor binary_cross_entropy_with_logits(const Tensor& logits, const Tensor& target,
                                        const BinaryCrossEntropyWithLogitsOptions& options) {
  constexpr const char* function = "binary_cross_entropy_with_logits";
  check_pair(function, logits, target);
  if (!options.pos_weight.defined())
    return reduced(function, logit_losses(logits, target), options.reduction, options.weight);
  const Tensor positive = reduced(function, target * softplus(-logits), Reduction::none, options.pos_weight);
  return reduced(function, positive + (1 - target) * softplus(logits), options.reduction, options.weight);
}

Tensor sigmoid_focal_loss(const Tensor& logits, const Tensor& target, const SigmoidFocalOptions& options) {
  check_pair("sigmoid_focal_loss", logits, target);
  const Tensor missed = target * sigmoid(-logits) + (1 - target) * sigmoid(logits);
  Tensor losses = logit_losses(logits, target) * pow(missed, options.gamma);
  if (options.alpha >= 0) losses = losses * (options.alpha * target + (1 - options.alpha) * (1 - target));
  return reduced("sigmoid_focal_loss", losses, options.reduction);
}

Tensor kl_div(const Tensor& x, const Tensor& target, const KlDivOptions& options) {
  check_pair("kl_div", x, target);
  return reduced("kl_div",
                 options.log_target ? exp(target) * (target - x) : xlogy(target, target) - target * x,
                 options.reduction);
}

namespace {

Tensor overlap_loss(const char* function, const Tensor& p, const Tensor& target,
                    const TverskyOptions& options) {
  check_pair(function, p, target);
  compute::axes_of(function, p, options.axes);
  const auto total = [&](const Tensor& x) { return sum(x, options.axes); };
  const Tensor hits = total(p * target) + options.smooth;
  const Tensor apart = options.alpha * total(p * (1 - target)) + options.beta * total((1 - p) * target);
  return reduced(function, 1 - hits / (hits + apart), options.reduction);
}

}  // namespace

Tensor tversky_loss(const Tensor& p, const Tensor& target, const TverskyOptions& options) {
  return overlap_loss("tversky_loss", p, target, options);
}

Tensor dice_loss(const Tensor& p, const Tensor& target, const DiceOptions& options) {
  return overlap_loss("dice_loss", p, target,
                      {.reduction = options.reduction, .smooth = options.smooth / 2, .axes = options.axes});
}

}  // namespace taper
