// Reductions on values, without history: what the differentiable reductions are made of.
#pragma once

#include <taper/tensor/ops.h>
#include <taper/tensor/tensor.h>

namespace taper::compute {

/// Reduces the axes in `mask` (bit i for axis i). The sum of bool and uint8 is int64. An empty sum is 0; an
/// empty extremum throws ValueError.
Tensor reduce(const char* function, ReduceOp reduction, const Tensor& x, unsigned mask, bool keepdim);
/// int64 positions of the first extremum along `axis` (NaN counts as one).
Tensor position(const char* function, ReduceOp reduction, const Tensor& x, int axis, bool keepdim);

/// Softmax or its logarithm along the last axis of a contiguous floating tensor, and the gradients from g and
/// the result.
Tensor softmax(const Tensor& x, bool logarithm);
Tensor softmax_gradient(const Tensor& g, const Tensor& y, bool logarithm);

}  // namespace taper::compute
