// Cross entropy on values, without history.
#pragma once

#include <cstdint>
#include <optional>

#include <taper/tensor/tensor.h>

namespace taper {

/// How the losses of the elements are combined: their mean, their sum, one loss for each element, or their
/// sum divided by the first extent.
enum class Reduction { mean, sum, none, batch_mean };

namespace compute {

/// Labels that are all classes: ignored ones are 0, and false in `valid`, which is undefined if there are
/// none.
struct Labels {
  Tensor values, valid;
  std::int64_t count = 0;  // of those not ignored
};

/// A copy of the int64 `labels` [N, ...] for x [N, C, ...]: what is saved for the gradient stays in range
/// whatever happens to the caller's. Throws ShapeError or DTypeError for what does not fit, IndexError for a
/// label that is neither a class nor `ignored`, if that is given; `function` is the name that messages begin
/// with.
Labels checked_labels(const char* function, const Tensor& x, const Tensor& labels,
                      std::optional<std::int64_t> ignored);

/// The losses of rows [N, C] of logarithms of probabilities, against targets of 1 - smoothing at the label
/// and smoothing / C everywhere.
Tensor cross_entropy(const Tensor& logarithms, const Labels& labels, Reduction reduction, double smoothing);
/// Their gradient with respect to what the logarithms are the log_softmax of.
Tensor cross_entropy_gradient(const Tensor& g, const Tensor& logarithms, const Labels& labels,
                              Reduction reduction, double smoothing);

}  // namespace compute
}  // namespace taper
