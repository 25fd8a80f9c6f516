// Loss functions. Shapes must match exactly: nothing is broadcast.
#pragma once

#include <cstdint>

#include <taper/tensor/cross_entropy.h>
#include <taper/tensor/tensor.h>

namespace taper {

struct CrossEntropyOptions {
  Reduction reduction = Reduction::mean;  ///< the mean is over the labels that are not ignored
  /// The part of the target that is distributed evenly over all classes, in [0, 1].
  double label_smoothing = 0;
  /// Elements with this label give no loss and no gradient.
  std::int64_t ignore_index = -100;
};

/// The cross entropy of the softmax of `logits` [N, C] or [N, C, ...] over the C classes:
/// -log(softmax(logits)) at the int64 `labels` [N] or [N, ...], in one operation. Throws ShapeError or
/// DTypeError for operands that do not fit, IndexError for a label outside 0..C-1, ValueError for a
/// label_smoothing outside [0, 1].
Tensor cross_entropy(const Tensor& logits, const Tensor& labels, const CrossEntropyOptions& options = {});

struct NllOptions {
  Reduction reduction = Reduction::mean;
  std::int64_t ignore_index = -100;
};
/// The same, given log-probabilities, which are the result of log_softmax().
Tensor nll_loss(const Tensor& log_probabilities, const Tensor& labels, const NllOptions& options = {});

// The following losses are element-wise. They throw ShapeError unless x and target have the same shape, and
// DTypeError unless they have the same floating dtype.

/// (x - target)^2
Tensor mse_loss(const Tensor& x, const Tensor& target, Reduction reduction = Reduction::mean);
/// |x - target|
Tensor l1_loss(const Tensor& x, const Tensor& target, Reduction reduction = Reduction::mean);
/// With d = |x - target|: d^2 / 2 where d <= delta, else delta * (d - delta / 2). Throws ValueError unless
/// delta > 0.
Tensor huber_loss(const Tensor& x, const Tensor& target, double delta = 1,
                  Reduction reduction = Reduction::mean);
/// huber_loss with delta = beta, divided by beta; l1_loss for beta = 0. Throws ValueError if beta < 0.
Tensor smooth_l1_loss(const Tensor& x, const Tensor& target, double beta = 1,
                      Reduction reduction = Reduction::mean);
/// -target * log(p) - (1 - target) * log(1 - p) for probabilities p. The logarithms are at least -100, as in
/// PyTorch. Throws ValueError if a probability is outside [0, 1].
Tensor binary_cross_entropy(const Tensor& p, const Tensor& target, Reduction reduction = Reduction::mean);
/// The same for p = sigmoid(logits), without overflow or cancellation.
Tensor binary_cross_entropy_with_logits(const Tensor& logits, const Tensor& target,
                                        Reduction reduction = Reduction::mean);

}  // namespace taper
