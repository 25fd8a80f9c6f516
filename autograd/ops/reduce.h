// Reductions. An empty list of axes stands for all of them; keepdim keeps the reduced axes with extent 1.
#pragma once

#include <taper/tensor/tensor.h>

namespace taper {

/// Sums; of bool and uint8 as int64.
Tensor sum(const Tensor& x, const Axes& axes = {}, bool keepdim = false);
/// Floating dtypes only; NaN where there is nothing to average.
Tensor mean(const Tensor& x, const Axes& axes = {}, bool keepdim = false);
/// The variance: squared deviations summed and divided by their number less `correction` (1 is Bessel's,
/// PyTorch's default; 0 is NumPy's).
Tensor var(const Tensor& x, const Axes& axes = {}, bool keepdim = false, int correction = 1);
/// The extrema; NaN wins. Ties (of NaN, too) share the gradient evenly, as in PyTorch's max of all elements.
/// Throws ValueError if empty.
Tensor max(const Tensor& x, const Axes& axes = {}, bool keepdim = false);
Tensor min(const Tensor& x, const Axes& axes = {}, bool keepdim = false);
/// int64 positions of the first extremum along one axis.
Tensor argmax(const Tensor& x, std::int64_t axis, bool keepdim = false);
Tensor argmin(const Tensor& x, std::int64_t axis, bool keepdim = false);

/// log(sum(exp(x))) without overflow.
Tensor logsumexp(const Tensor& x, const Axes& axes = {}, bool keepdim = false);
/// exp(x) / sum(exp(x)) along one axis, and its logarithm, without overflow. Floating dtypes only.
Tensor softmax(const Tensor& x, std::int64_t axis);
Tensor log_softmax(const Tensor& x, std::int64_t axis);

/// Sums over those axes along which `target` was broadcast to x's shape. Throws ShapeError if it does not
/// broadcast.
Tensor sum_to(const Tensor& x, const Shape& target);

}  // namespace taper
