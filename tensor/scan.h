// Scans, not recorded by autograd: each element of the result is a reduction of all elements up to its own.
#pragma once

#include <taper/tensor/ops.h>
#include <taper/tensor/tensor.h>

namespace taper::compute {

/// Along one axis, with `reverse` from its end. Sums and products of integers and bool are int64;
/// logsumexp is for floating dtypes. Floating numbers are summed up in float64.
Tensor scan(const char* function, ScanOp op, const Tensor& x, int axis, bool reverse = false);

/// The largest or smallest element so far, and the int64 index of the last one of those that are equal. A NaN
/// is larger and smaller than all numbers.
struct ExtremumScan {
  Tensor values, indices;
};
ExtremumScan extremum_scan(const char* function, bool maximum, const Tensor& x, int axis);

/// s[i] = b[i] + a[i] * s[i - 1] along one axis, beginning with b[0]; with `reverse` from the end. a and b
/// are floating tensors of the same shape and dtype.
Tensor recurrence(const char* function, const Tensor& a, const Tensor& b, int axis, bool reverse);

}  // namespace taper::compute
