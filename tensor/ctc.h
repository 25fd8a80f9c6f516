// Connectionist temporal classification on values, without history.
#pragma once

#include <cstdint>
#include <vector>

#include <taper/tensor/tensor.h>

namespace taper::compute {

/// What a batch of sequences [T, N, C] is to be aligned with: sequence n has `steps[n]` steps, and the labels
/// from starts[n] to starts[n + 1] - 1.
struct Alignments {
  std::vector<std::int64_t> labels, starts, steps;
  std::int64_t blank = 0;

  std::int64_t count() const { return static_cast<std::int64_t>(steps.size()); }
  std::int64_t length(std::int64_t n) const {
    return starts[static_cast<std::size_t>(n) + 1] - starts[static_cast<std::size_t>(n)];
  }
  /// The states of sequence n: its labels, with blanks around each.
  std::int64_t states(std::int64_t n) const { return 2 * length(n) + 1; }
  /// The class of a state.
  std::int64_t symbol(std::int64_t n, std::int64_t state) const {
    return state % 2 == 0 ? blank
                          : labels[static_cast<std::size_t>(starts[static_cast<std::size_t>(n)] + state / 2)];
  }
  /// Whether a state may follow the second to last one: no blank, and no repetition.
  bool skips(std::int64_t n, std::int64_t state) const {
    return state % 2 == 1 && state > 1 && symbol(n, state) != symbol(n, state - 2);
  }
};

/// Throws ShapeError, DTypeError, IndexError or ValueError for what ctc_loss() does not take; `function` is
/// the name that messages begin with.
Alignments checked_alignments(const char* function, const Tensor& x, const Tensor& targets,
                              const Tensor& input_lengths, const Tensor& target_lengths, std::int64_t blank);

/// The losses [N] for logarithms of probabilities [T, N, C]: infinity if there is no alignment. Unless null,
/// `occupancy` becomes the expected number of times that step t of sequence n is in class c, [T, N, C]: the
/// gradient by the logarithms, negated. It is `impossible` where the loss is infinite.
Tensor ctc(const char* function, const Tensor& x, const Alignments& alignments, Tensor* occupancy,
           double impossible);

}  // namespace taper::compute
