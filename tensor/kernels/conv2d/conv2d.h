// Kernels: convolution of images in two dimensions, and its gradients.
#pragma once

#include <cstdint>

#include <taper/tensor/kernels/dispatch.h>

namespace taper::kernels {

/// x is [images, in_channels, height, width], the result [images, out_channels, out_height, out_width], the
/// weight [out_channels, in_channels / groups, kernel_height, kernel_width], all dense. The caller has
/// checked that out_* = (* + 2 padding_* - dilation_* (kernel_* - 1) - 1) / stride_* + 1 > 0 and that groups
/// divide the channels. What follows the convolution: relu, if asked, and then the maxima of windows of
/// pool_height x pool_width that lie side by side, so that y is [images, out_channels, out_height /
/// pool_height, out_width / pool_width].
struct Conv2dShape {
  std::int64_t images = 0;
  std::int64_t in_channels = 0, height = 0, width = 0;
  std::int64_t out_channels = 0, out_height = 0, out_width = 0;
  std::int64_t kernel_height = 0, kernel_width = 0;
  std::int64_t stride_height = 1, stride_width = 1;
  std::int64_t padding_height = 0, padding_width = 0;
  std::int64_t dilation_height = 1, dilation_width = 1;
  std::int64_t groups = 1;
  bool relu = false;
  std::int64_t pool_height = 1, pool_width = 1;
};

enum class Conv2dPass { forward, input_gradient, weight_gradient };

/// How a convolution, or a gradient of it, is computed.
enum class Conv2dAlgorithm {
  strided_pointwise,            // 1 x 1 with a stride: as without one, of a copy of the pixels read
  images_as_lanes,              // a lane for each image: Note [Images as lanes]
  channels_as_lanes,            // a lane for each channel: Note [Channels as lanes]
  channels_as_lanes_scattered,  // ... for the gradient of x, where there is a stride
  depthwise,                    // shifted rows: Note [Depthwise convolution]
  depthwise_scattered,          // ... for the gradient of x, where there is a stride
  winograd,                     // minimal filtering: Note [Winograd], Note [Winograd for the weight]
  direct,                       // a product without unfolding: Note [Direct convolution]
  pointwise,                    // 1 x 1: a product with the image as it lies
  im2col,                       // a product with the unfolded image, block by block: Note [Convolution]
  im2col_batched,               // ... of several small images
  col2im,                       // the gradient of x: a product, and unfolding backwards
};

/// The gradient of y, and what its way back through relu and pooling needs.
template <class T>
struct Conv2dGradient {
  const T* gradient;
  const T* y = nullptr;                     // if there is relu
  const std::int32_t* positions = nullptr;  // of the maxima in their planes, if there is pooling
};

template <class T>
struct Conv2dKernels {
  /// What the others do: see Note [Choosing an algorithm].
  Conv2dAlgorithm (*choose)(const Conv2dShape& shape, Conv2dPass pass);
  /// y = pool(relu(conv(x, weight) + bias[channel])), and where the maxima were. No bias if it is null.
  void (*forward)(const Conv2dShape& shape, const T* x, const T* weight, const T* bias, T* y,
                  std::int32_t* positions);
  /// The gradient of x from that of y. Writes all of it.
  void (*input_gradient)(const Conv2dShape& shape, const Conv2dGradient<T>& y_gradient, const T* weight,
                         T* x_gradient);
  /// The gradients of the weight and, unless it is null, of the bias. Writes all of them.
  void (*weight_gradient)(const Conv2dShape& shape, const T* x, const Conv2dGradient<T>& y_gradient,
                          T* weight_gradient, T* bias_gradient);
};

template <class T>
const Conv2dKernels<T>& conv2d() {
  return table<Conv2dKernels<T>>();
}

}  // namespace taper::kernels
