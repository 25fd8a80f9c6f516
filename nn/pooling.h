// Pooling layers for images [N, C, H, W].
#pragma once

#include <taper/nn/layer.h>
#include <taper/tensor/convolution.h>

namespace taper::nn {

/// The largest element of each window of x [N, C, H, W]: see max_pool2d().
class MaxPool2d : public Layer<MaxPool2d> {
 public:
  /// Throws ValueError for an invalid option.
  explicit MaxPool2d(const Pool2dOptions& options);
  explicit MaxPool2d(Extent2d kernel_size) : MaxPool2d(Pool2dOptions{.kernel_size = kernel_size}) {}
  Tensor forward(const Tensor& x) const;
  const Pool2dOptions options;
};

/// The mean of each window of x [N, C, H, W]: see avg_pool2d().
class AvgPool2d : public Layer<AvgPool2d> {
 public:
  /// Throws ValueError for an invalid option.
  explicit AvgPool2d(const Pool2dOptions& options);
  explicit AvgPool2d(Extent2d kernel_size) : AvgPool2d(Pool2dOptions{.kernel_size = kernel_size}) {}
  Tensor forward(const Tensor& x) const;
  const Pool2dOptions options;
};

}  // namespace taper::nn
