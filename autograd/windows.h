// Windows along axes and what is chosen from them, with gradients. For operations made of such.
#pragma once

#include <taper/tensor/tensor.h>

namespace taper::detail {

/// Windows along one axis: `count` of them, of `size` elements `dilation` apart.
struct Windows {
  int axis;
  std::int64_t count, size, step, dilation;

  /// With the windows as a new last axis.
  Layout view(const Layout& whole) const;
};

/// A view of the windows, all of which lie inside x.
Tensor windows_of(const Tensor& x, const Windows& windows);
/// Zeros of `shape` to which the windows in g are added. Its gradient is windows_of(), and the other way
/// round.
Tensor added_up(const Tensor& g, const Shape& shape, const Windows& windows);

/// The elements of x at the positions of a max pooling, and zeros of `shape` to which g is added there: each
/// is the gradient of the other.
Tensor pool_gather(const Tensor& x, const Tensor& positions);
Tensor pool_scatter(const Tensor& g, const Tensor& positions, const Shape& shape);

/// The means of even parts of all axes but the first two, as of adaptive_avg_pool2d(); `size` is their
/// numbers, from 1 to compute::largest_extent.
Tensor area_means(const char* function, const Tensor& x, const Shape& size);

}  // namespace taper::detail
