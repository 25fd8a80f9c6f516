// Pooling: the largest element or the mean of each window; not recorded by autograd. x is [N, C, L], [N, C,
// H, W] or [N, C, D, H, W].
#pragma once

#include <taper/tensor/extent.h>
#include <taper/tensor/tensor.h>

namespace taper {

/// Options of max_pool1d() to avg_pool3d(), which pool each channel separately. They mean the same as in
/// PyTorch.
template <class Extents>
struct PoolOptions {
  Extents kernel_size = 2;
  Extents stride = 0;      ///< 0 means kernel_size
  Extents padding = 0;     ///< elements added on each side; at most half of a window
  Extents dilation = 1;    ///< max pooling only: the distance of a window's elements
  bool ceil_mode = false;  ///< whether a last window may go beyond the padding, if it begins before that
  bool count_include_pad = true;      ///< mean only: whether padding counts in the divisor
  std::int64_t divisor_override = 0;  ///< mean only: the divisor, unless 0
};
using Pool1dOptions = PoolOptions<Extent1d>;
using Pool2dOptions = PoolOptions<Extent2d>;
using Pool3dOptions = PoolOptions<Extent3d>;

// `function` is the name that error messages begin with. ShapeError, DTypeError or ValueError is thrown for
// arguments that do not fit together.
namespace compute {

/// The same options for any number of axes.
struct Pooling {
  template <class Extents>
  Pooling(const PoolOptions<Extents>& options)  // NOLINT: implicit on purpose
      : size(options.kernel_size.list()),
        stride(options.stride.list()),
        padding(options.padding.list()),
        dilation(options.dilation.list()),
        ceil_mode(options.ceil_mode),
        count_include_pad(options.count_include_pad),
        divisor(options.divisor_override) {
    if (stride == Shape::filled(size.rank(), 0)) stride = size;
  }
  Shape size, stride, padding, dilation;
  bool ceil_mode, count_include_pad;
  std::int64_t divisor;
};

/// The maximum of each window, and its int32 position (row * W + column of an image) in the plane of x that
/// it is of. If several elements are equal, the first one is taken; NaN counts as larger than any number.
struct MaxPool {
  Tensor values, positions;
};

MaxPool max_pool(const char* function, const Tensor& x, const Pooling& pooling);
/// Of windows that divide each axis into `extents` parts, as even as can be.
MaxPool adaptive_max_pool(const char* function, const Tensor& x, const Shape& extents);
/// The gradient of max_pool(): zeros of `shape`, to which the elements of g are added at `positions`.
Tensor pool_scatter(const Tensor& g, const Tensor& positions, const Shape& shape);
/// The elements of x at `positions`.
Tensor pool_gather(const Tensor& x, const Tensor& positions);

/// For one and two axes.
Tensor avg_pool(const char* function, const Tensor& x, const Pooling& pooling);
/// The gradient with respect to x, which has the shape `shape`.
Tensor avg_pool_gradient(const char* function, const Tensor& g, const Shape& shape, const Pooling& pooling);

/// Checks x, all options and that windows fit; the shape of the result.
Shape pooled_shape(const char* function, const Tensor& x, const Pooling& pooling);

}  // namespace compute
}  // namespace taper
