// Kernels: convolution of images in two dimensions, and its gradients.
#pragma once

#include <cstdint>

#include <taper/tensor/kernels/dispatch.h>

namespace taper::kernels {

/// x is [images, in_channels, height, width], y is [images, out_channels, out_height, out_width], the weight
/// is [out_channels, in_channels / groups, kernel_height, kernel_width], all dense. The caller has checked
/// that out_* = (* + 2 padding_* - dilation_* (kernel_* - 1) - 1) / stride_* + 1 > 0 and that groups divide
/// the channels.
struct Conv2dShape {
  std::int64_t images = 0;
  std::int64_t in_channels = 0, height = 0, width = 0;
  std::int64_t out_channels = 0, out_height = 0, out_width = 0;
  std::int64_t kernel_height = 0, kernel_width = 0;
  std::int64_t stride_height = 1, stride_width = 1;
  std::int64_t padding_height = 0, padding_width = 0;
  std::int64_t dilation_height = 1, dilation_width = 1;
  std::int64_t groups = 1;
};

template <class T>
struct Conv2dKernels {
  /// y = conv(x, weight) + bias[channel] (null: none), then relu if asked.
  void (*forward)(const Conv2dShape& shape, const T* x, const T* weight, const T* bias, bool relu, T* y);
  /// The gradient of x from that of y. Writes all of it.
  void (*input_gradient)(const Conv2dShape& shape, const T* y_gradient, const T* weight, T* x_gradient);
  /// The gradient of the weight from that of y. Writes all of it.
  void (*weight_gradient)(const Conv2dShape& shape, const T* x, const T* y_gradient, T* weight_gradient);
};

template <class T>
const Conv2dKernels<T>& conv2d() {
  return table<Conv2dKernels<T>>();
}

}  // namespace taper::kernels
