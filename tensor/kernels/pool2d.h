// Kernels: pooling of images in two dimensions, and its gradients.
#pragma once

#include <cstdint>

#include <taper/tensor/kernels/dispatch.h>

namespace taper::kernels {

/// x is [planes, height, width] (planes = images * channels), y is [planes, out_height, out_width], both
/// dense. The caller has checked that every window meets the image: padding_* < kernel_*, and
/// (out_* - 1) stride_* - padding_* < height or width.
struct Pool2dShape {
  std::int64_t planes = 0;
  std::int64_t height = 0, width = 0, out_height = 0, out_width = 0;
  std::int64_t kernel_height = 0, kernel_width = 0;
  std::int64_t stride_height = 1, stride_width = 1;
  std::int64_t padding_height = 0, padding_width = 0;
  std::int64_t divisor = 0;  // of means; 0: the size of the window
};

template <class T>
struct Pool2dKernels {
  /// The maximum of each window and where in its plane (row * width + column) it is. The first one wins, and
  /// so does a NaN, the last one, as in PyTorch. height * width < 2^31.
  void (*max_forward)(const Pool2dShape& shape, const T* x, T* y, std::int32_t* indices);
  /// x_gradient[plane, indices[plane, i]] = the sum over i of y_gradient[plane, i]; 0 elsewhere.
  void (*max_backward)(const Pool2dShape& shape, const T* y_gradient, const std::int32_t* indices,
                       T* x_gradient);
  /// The same two on the calling thread.
  void (*max_forward_here)(const Pool2dShape& shape, const T* x, T* y, std::int32_t* indices);
  void (*max_backward_here)(const Pool2dShape& shape, const T* y_gradient, const std::int32_t* indices,
                            T* x_gradient);
  /// y[plane, i] = x[plane, indices[plane, i]]: the adjoint of max_backward.
  void (*gather)(const Pool2dShape& shape, const T* x, const std::int32_t* indices, T* y);
  /// The mean of each window; `count_padding`: padding counts as zeros in the divisor (PyTorch's
  /// count_include_pad), though never what lies beyond it.
  void (*average_forward)(const Pool2dShape& shape, bool count_padding, const T* x, T* y);
  void (*average_backward)(const Pool2dShape& shape, bool count_padding, const T* y_gradient, T* x_gradient);
};

template <class T>
const Pool2dKernels<T>& pool2d() {
  return table<Pool2dKernels<T>>();
}

}  // namespace taper::kernels
