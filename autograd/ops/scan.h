// Scans: cumulative sums, products and extrema along an axis. Negative axes count from the end (IndexError
// out of range); a tensor of rank 0 counts as an axis of one element, but for differences and integrals.
#pragma once

#include <taper/autograd/ops/reduce.h>
#include <taper/tensor/tensor.h>

namespace taper {

/// The sum and the product of all elements up to each one. Those of bool and integer tensors are int64;
/// floating ones are calculated in float64.
Tensor cumsum(const Tensor& x, std::int64_t axis);
Tensor cumprod(const Tensor& x, std::int64_t axis);
/// log(cumsum(exp(x))) without overflow. Floating dtypes only (DTypeError otherwise).
Tensor logcumsumexp(const Tensor& x, std::int64_t axis);
/// The largest and the smallest element up to each one, and its int64 index along the axis; the last one of
/// those that are equal, as in PyTorch, gets the gradient. From a NaN on, all are NaN.
ValuesAndIndices cummax(const Tensor& x, std::int64_t axis);
ValuesAndIndices cummin(const Tensor& x, std::int64_t axis);

/// The differences of neighbours along an axis, n times; of bools, whether they differ. Throws ValueError if
/// n is negative.
Tensor diff(const Tensor& x, std::int64_t n = 1, std::int64_t axis = -1);
/// The integral along an axis by the trapezoidal rule, of samples at a distance of `dx` or at the places x,
/// which broadcast with y: of all samples, and up to each but the first.
Tensor trapezoid(const Tensor& y, double dx = 1, std::int64_t axis = -1);
Tensor trapezoid(const Tensor& y, const Tensor& x, std::int64_t axis = -1);
Tensor cumulative_trapezoid(const Tensor& y, double dx = 1, std::int64_t axis = -1);
Tensor cumulative_trapezoid(const Tensor& y, const Tensor& x, std::int64_t axis = -1);

}  // namespace taper
