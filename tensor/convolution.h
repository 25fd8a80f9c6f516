// Convolution and pooling, not recorded by autograd. Images are [N, C, H, W].
#pragma once

#include <array>
#include <cstdint>

#include <taper/tensor/activation.h>
#include <taper/tensor/tensor.h>

namespace taper {

/// A height and a width. A single number sets both.
struct Extent2d {
  std::int64_t height, width;
  constexpr Extent2d(std::int64_t both) : height(both), width(both) {}  // NOLINT: implicit on purpose
  constexpr Extent2d(std::int64_t rows, std::int64_t columns) : height(rows), width(columns) {}
  friend bool operator==(const Extent2d&, const Extent2d&) = default;
};

/// Options of conv2d(). stride, padding, dilation and groups mean the same as in PyTorch.
struct Conv2dOptions {
  Extent2d stride = 1;
  Extent2d padding = 0;  ///< rows and columns of zeros on each side
  Extent2d dilation = 1;
  std::int64_t groups = 1;
  Activation activation = Activation::none;  ///< applied to the result
  /// Window size of a max pooling after the activation, as by max_pool2d() with stride = kernel_size; 1 means
  /// no pooling. Faster than a separate max_pool2d(), because the result before pooling is never stored.
  Extent2d max_pool = 1;

  /// The same options without activation and pooling.
  Conv2dOptions alone() const {
    Conv2dOptions options = *this;
    options.activation = Activation::none;
    options.max_pool = 1;
    return options;
  }
};

/// Options of max_pool2d() and avg_pool2d(), which pool each channel separately.
struct Pool2dOptions {
  Extent2d kernel_size = 2;
  Extent2d stride = 0;            ///< 0 means kernel_size
  Extent2d padding = 0;           ///< rows and columns added on each side; at most kernel_size / 2
  bool count_include_pad = true;  ///< avg_pool2d() only: whether padding counts in the divisor
};

// `function` is the name that error messages begin with. ShapeError, DTypeError or ValueError is thrown for
// arguments that do not fit together.
namespace compute {

/// The maximum of each window, and its int32 position (row * W + column) in the H x W plane of the input. If
/// several elements are equal, the first one is taken; NaN counts as larger than any number.
struct MaxPool {
  Tensor values, positions;
};

/// x [N, C, H, W] with weight [O, C / groups, kh, kw] -> [N, O, H', W']. `positions` is undefined without
/// max_pool.
MaxPool conv2d(const char* function, const Tensor& x, const Tensor& weight, const Tensor* bias,
               const Conv2dOptions& options);
/// The gradients of x, weight and bias, given the gradient g of the result. A gradient that `needs` does not
/// ask for may be undefined. `result` is what conv2d() returned: its values are read if there is an
/// activation, its positions if there is a max_pool.
std::array<Tensor, 3> conv2d_gradients(const Tensor& g, const MaxPool& result, const Tensor& x,
                                       const Tensor& weight, const Conv2dOptions& options,
                                       const std::array<bool, 3>& needs);
/// The gradient with respect to x, which has the shape `shape`. The activation and max_pool of the options
/// are ignored.
Tensor conv2d_input_gradient(const Tensor& g, const Tensor& weight, const Shape& shape,
                             const Conv2dOptions& options);
/// The gradient with respect to the weight, which has the shape `shape`. The activation and max_pool of the
/// options are ignored.
Tensor conv2d_weight_gradient(const Tensor& x, const Tensor& g, const Shape& shape,
                              const Conv2dOptions& options);
/// The shape of the convolution's result before max_pool.
Shape conv2d_shape(const Shape& x, const Shape& weight, const Conv2dOptions& options);

MaxPool max_pool2d(const char* function, const Tensor& x, const Pool2dOptions& options);
/// The gradient of max_pool2d(): zeros of `shape`, to which the elements of g are added at `positions`.
Tensor pool_scatter(const Tensor& g, const Tensor& positions, const Shape& shape);
/// The elements of x at `positions`.
Tensor pool_gather(const Tensor& x, const Tensor& positions);

Tensor avg_pool2d(const char* function, const Tensor& x, const Pool2dOptions& options);
/// The gradient with respect to x, which has the shape `shape`.
Tensor avg_pool2d_gradient(const Tensor& g, const Shape& shape, const Pool2dOptions& options);

}  // namespace compute
}  // namespace taper
