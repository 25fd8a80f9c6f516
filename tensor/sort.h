// Sorting along the last axis, not recorded by autograd. Equal elements keep their order; NaN is the
// greatest, and -0 equals 0.
#pragma once

#include <taper/tensor/tensor.h>

namespace taper::compute {

/// Elements, and their int64 indices along the axis: row-major.
struct Order {
  Tensor values, indices;
};

// `function` is the name that error messages begin with. An axis of 2^32 - 1 elements or more throws
// ShapeError.

/// What stands at places begin to end - 1 of each sorted row; the caller has checked that they are there.
Order sorted(const char* function, const Tensor& x, std::int64_t begin, std::int64_t end,
             bool descending = false);
/// The most frequent element of each row, the least of several, and the last index where it is. A NaN equals
/// nothing. Throws ValueError for an empty axis.
Order mode(const char* function, const Tensor& x);

/// The different elements of x (rank 1) in ascending order; for each element of x which of them it is; and
/// how often each occurs. A NaN equals nothing.
struct Distinct {
  Tensor values, inverse, counts;
};
Distinct unique(const char* function, const Tensor& x);

}  // namespace taper::compute
