// The loss of sequences whose alignment is unknown.
#pragma once

#include <cstdint>

#include <taper/tensor/cross_entropy.h>
#include <taper/tensor/tensor.h>

namespace taper {

struct CtcOptions {
  Reduction reduction = Reduction::mean;  ///< the mean is of the losses divided by their targets' lengths
  std::int64_t blank = 0;                 ///< the class that stands for no label
  /// A sequence that is too short for its target has an infinite loss, and a gradient of NaN; this makes both
  /// 0.
  bool zero_infinity = false;
};

/// Connectionist temporal classification (Graves et al.; ICML 2006): the negative logarithm of the sum of the
/// probabilities of all sequences of classes that give the target when repetitions, and then blanks, are
/// taken out. `log_probabilities` are [T, N, C] with N lengths [N], or [T, C] with a length []; sequence n
/// has its first input_lengths[n] steps. Targets are labels [N, S], of which the first target_lengths[n]
/// count, or the labels of all sequences one after the other. Labels and lengths are int64. Computed with
/// logarithms in float64. The gradient is that by the log-probabilities themselves (PyTorch's adds what
/// log_softmax() makes 0 of).
///
/// Throws ShapeError or DTypeError for operands that do not fit, IndexError for a label that is not a class,
/// ValueError for a blank label within a target, and for lengths out of range.
Tensor ctc_loss(const Tensor& log_probabilities, const Tensor& targets, const Tensor& input_lengths,
                const Tensor& target_lengths, const CtcOptions& options = {});

}  // namespace taper
