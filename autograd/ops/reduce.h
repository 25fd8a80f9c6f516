// Reductions. An empty list of axes means all axes; keepdim keeps the reduced axes with extent 1. A tensor of
// rank 0 is reduced along axis 0, too, and stays as it is, as in PyTorch.
#pragma once

#include <taper/autograd/ops/values_and_indices.h>
#include <taper/tensor/elementwise.h>
#include <taper/tensor/tensor.h>

namespace taper {

/// The sum. The sum of bool and integer tensors is int64.
Tensor sum(const Tensor& x, const Axes& axes = {}, bool keepdim = false);
/// The mean. Floating dtypes only (DTypeError otherwise); NaN for no elements.
Tensor mean(const Tensor& x, const Axes& axes = {}, bool keepdim = false);
/// The product. That of bool and integer tensors is int64. Right, with all its derivatives, where there are
/// zeros.
Tensor prod(const Tensor& x, const Axes& axes = {}, bool keepdim = false);
/// Whether any element, or each one, is not 0 (or true): bool, of any dtype. A NaN is not 0.
Tensor any(const Tensor& x, const Axes& axes = {}, bool keepdim = false);
Tensor all(const Tensor& x, const Axes& axes = {}, bool keepdim = false);
/// How many elements are not 0: int64.
Tensor count_nonzero(const Tensor& x, const Axes& axes = {}, bool keepdim = false);
/// The sum and the mean of the elements that are not NaN; the mean for floating dtypes only.
Tensor nansum(const Tensor& x, const Axes& axes = {}, bool keepdim = false);
Tensor nanmean(const Tensor& x, const Axes& axes = {}, bool keepdim = false);
/// The variance: sum((x - mean)^2) / max(count - correction, 0). correction = 1 is Bessel's correction,
/// PyTorch's default; 0 is NumPy's default.
Tensor var(const Tensor& x, const Axes& axes = {}, bool keepdim = false, int correction = 1);
/// Its square root (torch.std; a function of that name would hide the namespace). The gradient is 0 where it
/// is 0.
Tensor stddev(const Tensor& x, const Axes& axes = {}, bool keepdim = false, int correction = 1);
struct VarMean {
  Tensor var, mean;
};
VarMean var_mean(const Tensor& x, const Axes& axes = {}, bool keepdim = false, int correction = 1);
/// The covariances of variables, which are the rows of x, from observations, which are its columns; of a
/// vector its variance. Throws ShapeError for a rank above 2.
Tensor cov(const Tensor& x, int correction = 1);
/// The norm (sum of |x|^p)^(1/p): also for p = infinity the largest magnitude, for -infinity the smallest
/// (ValueError for no elements), for 0 the number of elements other than 0 (torch.linalg.vector_norm).
/// Floating dtypes only. The gradient is 0 where the norm is 0.
Tensor norm(const Tensor& x, double p = 2, const Axes& axes = {}, bool keepdim = false);
/// The largest and the smallest element; NaN if one is NaN. If several elements are equal (or NaN), they
/// share the gradient evenly, as in PyTorch's max() of all elements. Throws ValueError for no elements.
Tensor max(const Tensor& x, const Axes& axes = {}, bool keepdim = false);
Tensor min(const Tensor& x, const Axes& axes = {}, bool keepdim = false);
/// The int64 index of the first maximum or minimum along one axis. Throws ValueError if the axis is empty.
Tensor argmax(const Tensor& x, std::int64_t axis, bool keepdim = false);
Tensor argmin(const Tensor& x, std::int64_t axis, bool keepdim = false);
/// The same of all elements in row-major order.
Tensor argmax(const Tensor& x);
Tensor argmin(const Tensor& x);
/// The first maximum or minimum along one axis, which gets the gradient (torch.max and min with an axis), and
/// its index.
ValuesAndIndices max_with_indices(const Tensor& x, std::int64_t axis, bool keepdim = false);
ValuesAndIndices min_with_indices(const Tensor& x, std::int64_t axis, bool keepdim = false);

/// The element in the middle of all in sorted order; of two, the lower one. NaN if one is NaN. Equal ones
/// share the gradient. Throws ValueError for no elements.
Tensor median(const Tensor& x);
/// The same along one axis, and its index, where the gradient goes.
ValuesAndIndices median(const Tensor& x, std::int64_t axis, bool keepdim = false);
/// What quantile() gives between two elements.
enum class Interpolation { linear, lower, higher, midpoint, nearest };
/// The element at place q * (count - 1) of the elements along the given axes in sorted order. q is a number
/// or a tensor of rank 0 or 1, which then is the first axis of the result; it gets no gradient. NaN if an
/// element is NaN. Floating dtypes only. Throws ValueError unless 0 <= q <= 1, and for no elements.
Tensor quantile(const Tensor& x, const Operand& q, const Axes& axes = {}, bool keepdim = false,
                Interpolation interpolation = Interpolation::linear);

/// log(sum(exp(x))) without overflow.
Tensor logsumexp(const Tensor& x, const Axes& axes = {}, bool keepdim = false);
/// exp(x) / sum(exp(x)) along one axis, and its logarithm, without overflow. Floating dtypes only.
Tensor softmax(const Tensor& x, std::int64_t axis);
Tensor log_softmax(const Tensor& x, std::int64_t axis);

/// Sums x over the axes along which `target` has to be repeated to broadcast to the shape of x; the result
/// has the shape `target`. Throws ShapeError if `target` does not broadcast to the shape of x.
Tensor sum_to(const Tensor& x, const Shape& target);

}  // namespace taper
