// Reductions. An empty list of axes means all axes; keepdim keeps the reduced axes with extent 1.
#pragma once

#include <taper/tensor/tensor.h>

namespace taper {

/// The sum. The sum of bool and integer tensors is int64.
Tensor sum(const Tensor& x, const Axes& axes = {}, bool keepdim = false);
/// The mean. Floating dtypes only (DTypeError otherwise); NaN for no elements.
Tensor mean(const Tensor& x, const Axes& axes = {}, bool keepdim = false);
/// The variance: sum((x - mean)^2) / max(count - correction, 0). correction = 1 is Bessel's correction,
/// PyTorch's default; 0 is NumPy's default.
Tensor var(const Tensor& x, const Axes& axes = {}, bool keepdim = false, int correction = 1);
/// The largest and the smallest element; NaN if one is NaN. If several elements are equal (or NaN), they
/// share the gradient evenly, as in PyTorch's max() of all elements. Throws ValueError for no elements.
Tensor max(const Tensor& x, const Axes& axes = {}, bool keepdim = false);
Tensor min(const Tensor& x, const Axes& axes = {}, bool keepdim = false);
/// The int64 index of the first maximum or minimum along one axis. Throws ValueError if the axis is empty.
Tensor argmax(const Tensor& x, std::int64_t axis, bool keepdim = false);
Tensor argmin(const Tensor& x, std::int64_t axis, bool keepdim = false);

/// log(sum(exp(x))) without overflow.
Tensor logsumexp(const Tensor& x, const Axes& axes = {}, bool keepdim = false);
/// exp(x) / sum(exp(x)) along one axis, and its logarithm, without overflow. Floating dtypes only.
Tensor softmax(const Tensor& x, std::int64_t axis);
Tensor log_softmax(const Tensor& x, std::int64_t axis);

/// Sums x over the axes along which `target` has to be repeated to broadcast to the shape of x; the result
/// has the shape `target`. Throws ShapeError if `target` does not broadcast to the shape of x.
Tensor sum_to(const Tensor& x, const Shape& target);

}  // namespace taper
