// Convolution, not recorded by autograd. Images are [N, C, H, W].
#pragma once

#include <array>
#include <cstdint>

#include <taper/tensor/activation.h>
#include <taper/tensor/extent.h>
#include <taper/tensor/pooling.h>
#include <taper/tensor/tensor.h>

namespace taper {

/// Options of conv1d(), conv2d() and conv3d(). stride, padding, dilation and groups mean the same as in
/// PyTorch.
template <class Extents>
struct ConvOptions {
  Extents stride = 1;
  ConvPadding<Extents> padding = 0;  ///< elements on each side, or Padding::same
  Extents dilation = 1;
  std::int64_t groups = 1;
  PadMode padding_mode = PadMode::constant;  ///< what the padding is: zeros, or elements as pad() does it
  Activation activation = Activation::none;  ///< applied to the result
  /// Window size of a max pooling after the activation, as by max_pool2d() with stride = kernel_size; 1 means
  /// no pooling. For one and two axes faster than a separate one, because the result before pooling is never
  /// stored.
  Extents max_pool = 1;

  /// The same options without activation and pooling.
  ConvOptions alone() const {
    ConvOptions options = *this;
    options.activation = Activation::none;
    options.max_pool = 1;
    return options;
  }
};
using Conv1dOptions = ConvOptions<Extent1d>;
using Conv2dOptions = ConvOptions<Extent2d>;
using Conv3dOptions = ConvOptions<Extent3d>;

// `function` is the name that error messages begin with. ShapeError, DTypeError or ValueError is thrown for
// arguments that do not fit together.
namespace compute {

// The padding of the options is zeros on both sides: autograd/ops/convolution.cpp adds all other ones.

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
                             const Conv2dOptions& options, const char* function = "conv2d");
/// The gradient with respect to the weight, which has the shape `shape`. The activation and max_pool of the
/// options are ignored.
Tensor conv2d_weight_gradient(const Tensor& x, const Tensor& g, const Shape& shape,
                              const Conv2dOptions& options);
/// The shape of the convolution's result before max_pool.
Shape conv2d_shape(const Shape& x, const Shape& weight, const Conv2dOptions& options,
                   const char* function = "conv2d");

}  // namespace compute
}  // namespace taper
