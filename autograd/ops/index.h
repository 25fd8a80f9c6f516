// Selecting elements by index. Indices are integer tensors (DTypeError otherwise); negative ones count from
// the end, and one out of range throws IndexError.
#pragma once

#include <taper/tensor/tensor.h>

namespace taper {

/// The slices of x at the given indices (rank 1) along one axis, joined along that axis. With axis 0, an
/// embedding lookup.
Tensor index_select(const Tensor& x, std::int64_t axis, const Tensor& indices);
/// One element of x for each element of `index`: result[i][j] = x[i][index[i][j]] for axis 1. `index` has the
/// rank of x, and its extents are at most those of x except along `axis` (ShapeError otherwise).
Tensor gather(const Tensor& x, std::int64_t axis, const Tensor& index);
/// Zeros of `shape`, to which the elements of x are added at the places that gather() would read:
/// result[i][index[i][j]] += x[i][j] for axis 1. x has the shape of `index`. Elements for the same place are
/// added in row-major order.
Tensor scatter_add(const Shape& shape, std::int64_t axis, const Tensor& index, const Tensor& x);
/// labels [...], int64 -> [..., classes] of 0 and, at the index that is the label, 1. Has no gradient.
Tensor one_hot(const Tensor& labels, std::int64_t classes, DType dtype = default_dtype());

}  // namespace taper
