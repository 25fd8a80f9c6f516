// Reductions, not recorded by autograd. The differentiable reductions are built from them.
#pragma once

#include <taper/tensor/ops.h>
#include <taper/tensor/tensor.h>

namespace taper::compute {

/// Reduces the axes in `mask` (bit i for axis i). The sum of a bool or uint8 tensor is int64. The sum of no
/// elements is 0; their minimum or maximum throws ValueError.
Tensor reduce(const char* function, ReduceOp reduction, const Tensor& x, unsigned mask, bool keepdim);
/// Any and all give bool and take every dtype, the counts of elements other than 0, too; the product of a
/// bool or integer tensor is int64. Of no elements, extrema throw ValueError.
Tensor reduce(const char* function, Aggregate reduction, const Tensor& x, unsigned mask, bool keepdim);
/// The sum of the squared differences from the mean, of a floating tensor.
Tensor squared_differences(const char* function, const Tensor& x, unsigned mask, bool keepdim);
/// The int64 position of the first minimum or maximum along `axis`; a NaN counts as the minimum and the
/// maximum.
Tensor position(const char* function, ReduceOp reduction, const Tensor& x, int axis, bool keepdim);

/// Softmax or, if `logarithm`, log-softmax along the last axis of a contiguous floating tensor; and its
/// gradient, given the gradient g of the result y.
Tensor softmax(const Tensor& x, bool logarithm);
Tensor softmax_gradient(const Tensor& g, const Tensor& y, bool logarithm);

}  // namespace taper::compute
