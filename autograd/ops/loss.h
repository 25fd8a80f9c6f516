// Losses against classes and probabilities. Shapes must match exactly: nothing but weights is broadcast.
#pragma once

#include <cstdint>

#include <taper/autograd/ops/loss_options.h>
#include <taper/tensor/cross_entropy.h>
#include <taper/tensor/tensor.h>

namespace taper {

struct CrossEntropyOptions {
  Reduction reduction = Reduction::mean;  ///< the mean is over the labels that are not ignored
  /// A factor [C] for the classes. A mean over labels then divides by the sum of their factors.
  Tensor weight = {};
  /// The part of the target that is distributed evenly over all classes, in [0, 1].
  double label_smoothing = 0;
  /// Elements with this label give no loss and no gradient.
  std::int64_t ignore_index = -100;
};

/// The cross entropy of the softmax of `logits` [N, C] or [N, C, ...] over the C classes:
/// -log(softmax(logits)) at the int64 labels [N] or [N, ...], in one operation; or the sum of
/// -target * log(softmax(logits)) for probabilities of the classes, which have the shape and dtype of the
/// logits. Throws ShapeError or DTypeError for operands that do not fit, IndexError for a label outside
/// 0..C-1, ValueError for a label_smoothing outside [0, 1], and if an ignore_index is given (0 or more) for
/// probabilities.
Tensor cross_entropy(const Tensor& logits, const Tensor& target, const CrossEntropyOptions& options = {});

struct NllOptions {
  Reduction reduction = Reduction::mean;
  Tensor weight = {};  ///< as in cross_entropy()
  std::int64_t ignore_index = -100;
};
/// The same for labels, given log-probabilities, which are the result of log_softmax().
Tensor nll_loss(const Tensor& log_probabilities, const Tensor& labels, const NllOptions& options = {});

// The following losses are element-wise. They throw ShapeError unless x and target have the same shape, and
// DTypeError unless they have the same floating dtype.

/// -target * log(p) - (1 - target) * log(1 - p) for probabilities p. The logarithms are at least -100, as in
/// PyTorch. Throws ValueError if a probability is outside [0, 1].
Tensor binary_cross_entropy(const Tensor& p, const Tensor& target, const LossOptions& options = {});

struct BinaryCrossEntropyWithLogitsOptions {
  Reduction reduction = Reduction::mean;
  Tensor weight = {};
  /// A factor for the part with target, which broadcasts to the shape of the logits, such as [C] for [N, C].
  Tensor pos_weight = {};
};
/// The same for p = sigmoid(logits), without overflow or cancellation.
Tensor binary_cross_entropy_with_logits(const Tensor& logits, const Tensor& target,
                                        const BinaryCrossEntropyWithLogitsOptions& options = {});

struct SigmoidFocalOptions {
  Reduction reduction = Reduction::mean;
  double alpha = 0.25;  ///< the factor of the part with target; the other one has 1 - alpha; below 0: neither
  double gamma = 2;     ///< how much less an element counts that is classified well
};
/// binary_cross_entropy_with_logits() times (1 - p_t)^gamma, where p_t is the probability of what the target
/// says (Lin et al.: Focal loss for dense object detection; ICCV 2017), as in torchvision.
Tensor sigmoid_focal_loss(const Tensor& logits, const Tensor& target,
                          const SigmoidFocalOptions& options = {});

struct KlDivOptions {
  Reduction reduction = Reduction::mean;  ///< batch_mean is the divergence of the definition
  bool log_target = false;                ///< the target, too, is given as log-probabilities
};
/// The Kullback-Leibler divergence target * (log(target) - x) of log-probabilities x from probabilities; 0
/// where the target is.
Tensor kl_div(const Tensor& x, const Tensor& target, const KlDivOptions& options = {});

struct TverskyOptions {
  Reduction reduction = Reduction::mean;
  double alpha = 0.5, beta = 0.5;  ///< the factors of what is wrongly found, and of what is missed
  double smooth = 1e-7;            ///< added above and below
  Axes axes = {};                  ///< those of one example; empty: all
};
/// 1 - (hits + smooth) / (hits + alpha * wrong + beta * missed + smooth), where hits = sum(p * target),
/// wrong = sum(p * (1 - target)) and missed = sum((1 - p) * target), for probabilities p (Salehi et al.:
/// Tversky loss function for image segmentation; MLMI 2017). Keras 3 adds 1e-7 below alone, and has the
/// factors the other way round than it says.
Tensor tversky_loss(const Tensor& p, const Tensor& target, const TverskyOptions& options = {});

struct DiceOptions {
  Reduction reduction = Reduction::mean;
  double smooth = 1e-7;  ///< added above and below
  Axes axes = {};        ///< those of one example; empty: all
};
/// 1 - (2 sum(p * target) + smooth) / (sum(p) + sum(target) + smooth) for probabilities p (Milletari et al.:
/// V-Net; 3DV 2016). Keras 3 adds 1e-7 below alone.
Tensor dice_loss(const Tensor& p, const Tensor& target, const DiceOptions& options = {});

}  // namespace taper
