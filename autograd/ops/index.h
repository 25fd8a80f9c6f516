// Selecting and replacing elements by tensors of indices or masks. Indices are integer tensors (DTypeError
// otherwise); negative ones count from the end, and one out of range throws IndexError. What replaces
// elements is converted to the dtype of x. For NumPy's x[...] see indexing.h.
#pragma once

#include <taper/tensor/elementwise.h>
#include <taper/tensor/index.h>
#include <taper/tensor/tensor.h>

namespace taper {

/// The slices of x at the given indices (rank 1) along one axis, joined along that axis. With axis 0, an
/// embedding lookup.
Tensor index_select(const Tensor& x, std::int64_t axis, const Tensor& indices);
/// x where slice i of `source` is added to slice indices[i] along the axis (index_add), or replaces it
/// (index_copy). Throws ShapeError unless `source` has x's shape but for the axis.
Tensor index_add(const Tensor& x, std::int64_t axis, const Tensor& indices, const Tensor& source);
Tensor index_copy(const Tensor& x, std::int64_t axis, const Tensor& indices, const Tensor& source);
/// x where all elements of the slices at the indices are `value`.
Tensor index_fill(const Tensor& x, std::int64_t axis, const Tensor& indices, double value);

/// One element of x for each element of `index`: result[i][j] = x[i][index[i][j]] for axis 1. `index` has the
/// rank of x, and its extents are at most those of x except along `axis` (ShapeError otherwise).
Tensor gather(const Tensor& x, std::int64_t axis, const Tensor& index);
/// gather() where x and `index` broadcast, except along the axis (numpy.take_along_axis).
Tensor take_along_dim(const Tensor& x, const Tensor& index, std::int64_t axis);
/// The elements of x, as if it had one axis, at the indices; the result has the shape of `indices`.
Tensor take(const Tensor& x, const Tensor& indices);
/// x where each element of `source` goes to the place that gather() would read: it replaces the element
/// there, is added to it, or multiplied by it, or the smaller or larger of both stays, so
/// x[i][index[i][j]] += source[i][j] for axis 1 and Scatter::add (torch.scatter_add and scatter_reduce), or
/// the mean of the element and of all that go there, which is rounded down for integers. For one place,
/// several go in row-major order, and the last one replaces the others. Throws ShapeError unless `source` has
/// the shape of `index`. Equal smallest or largest ones share the gradient.
Tensor scatter(const Tensor& x, std::int64_t axis, const Tensor& index, const Tensor& source,
               Scatter how = Scatter::replace);

/// x where `value`, a number or a tensor of one element, replaces the elements that a bool mask, broadcast to
/// x's shape, chooses.
Tensor masked_fill(const Tensor& x, const Tensor& mask, const Operand& value);
/// The elements of x where the mask, which broadcasts with it, is true: a vector.
Tensor masked_select(const Tensor& x, const Tensor& mask);
/// x where the elements that the mask, broadcast to its shape, chooses are the first ones of `source`. Throws
/// ShapeError if `source` has fewer.
Tensor masked_scatter(const Tensor& x, const Tensor& mask, const Tensor& source);

/// x with `value` in the place of select(x, axis, index), slice(x, axis, start, stop, step) or diagonal(x,
/// offset, axis0, axis1). `value` broadcasts (ShapeError otherwise).
Tensor select_scatter(const Tensor& x, const Tensor& value, std::int64_t axis, std::int64_t index);
Tensor slice_scatter(const Tensor& x, const Tensor& value, std::int64_t axis, std::int64_t start,
                     std::int64_t stop, std::int64_t step = 1);
Tensor diagonal_scatter(const Tensor& x, const Tensor& value, std::int64_t offset = 0, std::int64_t axis0 = 0,
                        std::int64_t axis1 = 1);

/// labels [...], int64 -> [..., classes] of 0 and, at the index that is the label, 1. Has no gradient.
Tensor one_hot(const Tensor& labels, std::int64_t classes, DType dtype = default_dtype());

}  // namespace taper
