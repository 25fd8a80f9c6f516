// Convolution and pooling on values, without history. Images are [N, C, H, W].
#pragma once

#include <array>
#include <cstdint>

#include <taper/tensor/activation.h>
#include <taper/tensor/tensor.h>

namespace taper {

/// A height and a width; one number stands for both.
struct Extent2d {
  std::int64_t height, width;
  constexpr Extent2d(std::int64_t both) : height(both), width(both) {}  // NOLINT: implicit on purpose
  constexpr Extent2d(std::int64_t rows, std::int64_t columns) : height(rows), width(columns) {}
  friend bool operator==(const Extent2d&, const Extent2d&) = default;
};

/// How a kernel moves over an image, and how input channels are divided among output channels.
struct Conv2dOptions {
  Extent2d stride = 1;
  Extent2d padding = 0;  ///< rows and columns of zeros on each side
  Extent2d dilation = 1;
  std::int64_t groups = 1;
  Activation activation = Activation::none;  ///< of the result
  /// Then the largest of each window, as max_pool2d() with windows side by side; 1: none. Cheaper than a
  /// pooling of its own, because the result before it is never stored.
  Extent2d max_pool = 1;

  /// The convolution alone: without activation and pooling.
  Conv2dOptions alone() const {
    Conv2dOptions options = *this;
    options.activation = Activation::none;
    options.max_pool = 1;
    return options;
  }
};

/// A window that moves over each channel by itself; a stride of 0 stands for the window's size.
struct Pool2dOptions {
  Extent2d kernel_size = 2;
  Extent2d stride = 0;
  Extent2d padding = 0;           ///< at most half the window
  bool count_include_pad = true;  ///< average: whether padding counts in the divisor
};

// `function` is the name that error messages begin with. Throws ShapeError, DTypeError or ValueError for what
// does not fit.
namespace compute {

/// The maxima, and where they were: int32 positions in the H x W plane. The first one wins, and NaN wins.
struct MaxPool {
  Tensor values, positions;
};

/// x [N, C, H, W] with weight [O, C / groups, kh, kw] -> [N, O, H', W']; `positions` only with max_pool.
MaxPool conv2d(const char* function, const Tensor& x, const Tensor& weight, const Tensor* bias,
               const Conv2dOptions& options);
/// The gradients of x, weight and bias from that of the result; undefined where not needed. The result itself
/// is needed for an activation, and the positions for max_pool.
std::array<Tensor, 3> conv2d_gradients(const Tensor& g, const MaxPool& result, const Tensor& x,
                                       const Tensor& weight, const Conv2dOptions& options,
                                       const std::array<bool, 3>& needs);
/// The gradient with respect to x, which has `shape`; of the convolution alone.
Tensor conv2d_input_gradient(const Tensor& g, const Tensor& weight, const Shape& shape,
                             const Conv2dOptions& options);
/// The gradient with respect to the weight, which has `shape`; of the convolution alone.
Tensor conv2d_weight_gradient(const Tensor& x, const Tensor& g, const Shape& shape,
                              const Conv2dOptions& options);
/// The shape of the convolution's result before max_pool.
Shape conv2d_shape(const Shape& x, const Shape& weight, const Conv2dOptions& options);

MaxPool max_pool2d(const char* function, const Tensor& x, const Pool2dOptions& options);
/// Adds g to zeros of `shape` at the positions; and reads x at them.
Tensor pool_scatter(const Tensor& g, const Tensor& positions, const Shape& shape);
Tensor pool_gather(const Tensor& x, const Tensor& positions);

Tensor avg_pool2d(const char* function, const Tensor& x, const Pool2dOptions& options);
Tensor avg_pool2d_gradient(const Tensor& g, const Shape& shape, const Pool2dOptions& options);

}  // namespace compute
}  // namespace taper
