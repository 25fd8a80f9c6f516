// Changes of shape, views of parts of a tensor, and joining tensors. Views share the elements instead of
// copying them.
#pragma once

#include <limits>
#include <vector>

#include <taper/tensor/tensor.h>

namespace taper {

/// The same elements in row-major order under another shape, one extent of which may be -1: it follows from
/// the number of elements. A view if the strides allow it, else a copy. Throws ShapeError if the number of
/// elements differs.
Tensor reshape(const Tensor& x, const Shape& shape);
/// Merges axis `start` and all later axes into one: [N, C, H, W] -> [N, C*H*W] for start = 1.
Tensor flatten(const Tensor& x, std::int64_t start = 0);
/// Swaps two axes.
Tensor transpose(const Tensor& x, std::int64_t axis0 = -2, std::int64_t axis1 = -1);
/// Axis i of the result is axis axes[i] of x.
Tensor permute(const Tensor& x, const Axes& axes);
/// The indices start, start + step, ... before stop along one axis. A negative start or stop counts from the
/// end, and both are clamped to the axis, as in NumPy. Throws ValueError unless step is positive.
Tensor slice(const Tensor& x, std::int64_t axis, std::int64_t start,
             std::int64_t stop = std::numeric_limits<std::int64_t>::max(), std::int64_t step = 1);
/// The slice at one index along one axis; that axis is removed. Throws IndexError out of range.
Tensor select(const Tensor& x, std::int64_t axis, std::int64_t index);
/// squeeze removes an axis of extent 1 (ShapeError for another extent); unsqueeze inserts one.
Tensor squeeze(const Tensor& x, std::int64_t axis);
Tensor unsqueeze(const Tensor& x, std::int64_t axis);
/// x broadcast to `shape`, as a view; -1 stands for the extent that x has there. Throws ShapeError if that is
/// not possible.
Tensor expand(const Tensor& x, const Shape& shape);
/// x itself if its elements are dense and in row-major order, else a copy with this layout.
Tensor contiguous(const Tensor& x);
/// A row-major copy.
Tensor clone(const Tensor& x);

/// Joins tensors along an existing axis, in the highest of their dtypes (promote_types). Throws ValueError
/// for an empty list, ShapeError unless the other extents are equal.
Tensor concat(const std::vector<Tensor>& tensors, std::int64_t axis = 0);
/// Joins tensors of one shape along a new axis, as concat() does along an existing one.
Tensor stack(const std::vector<Tensor>& tensors, std::int64_t axis = 0);

}  // namespace taper
