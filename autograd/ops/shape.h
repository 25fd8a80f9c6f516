// Shapes: views of a tensor, and joining tensors. Views share the elements and cost no copy.
#pragma once

#include <limits>
#include <vector>

#include <taper/tensor/tensor.h>

namespace taper {

/// The same elements in row-major order under another shape, one extent of which may be -1 for "what is
/// left". A view where strides allow it, else a copy.
Tensor reshape(const Tensor& x, const Shape& shape);
/// Merges the axes from `start` on into one: [N, C, H, W] -> [N, C*H*W] for start = 1.
Tensor flatten(const Tensor& x, std::int64_t start = 0);
/// Swaps two axes.
Tensor transpose(const Tensor& x, std::int64_t axis0 = -2, std::int64_t axis1 = -1);
/// Axis i of the result is axis axes[i] of x.
Tensor permute(const Tensor& x, const Axes& axes);
/// Indices start, start + step, ... before stop along one axis; negative ones count from the end, and both
/// ends are clamped as in NumPy. Throws ValueError unless step is positive.
Tensor slice(const Tensor& x, std::int64_t axis, std::int64_t start,
             std::int64_t stop = std::numeric_limits<std::int64_t>::max(), std::int64_t step = 1);
/// One index along one axis, which disappears. Throws IndexError out of range.
Tensor select(const Tensor& x, std::int64_t axis, std::int64_t index);
/// Removes an axis of extent 1; inserts one.
Tensor squeeze(const Tensor& x, std::int64_t axis);
Tensor unsqueeze(const Tensor& x, std::int64_t axis);
/// Repeats extents of 1 up to `shape`, without copying.
Tensor expand(const Tensor& x, const Shape& shape);
/// x itself if it is row-major and dense, else a copy that is.
Tensor contiguous(const Tensor& x);

/// Joins along an existing axis; the other extents and the dtypes agree. Throws ValueError for an empty list.
Tensor concat(const std::vector<Tensor>& tensors, std::int64_t axis = 0);
/// Joins along a new axis; shapes and dtypes agree.
Tensor stack(const std::vector<Tensor>& tensors, std::int64_t axis = 0);

}  // namespace taper
