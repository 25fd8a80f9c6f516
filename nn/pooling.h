// Pooling layers for images [N, C, H, W].
#pragma once

#include <taper/nn/module.h>
#include <taper/tensor/convolution.h>

namespace taper::nn {

/// The largest element of each window of x [N, C, H, W]: see max_pool2d().
class MaxPool2d : public Module {
 public:
  /// Throws ValueError for an invalid option.
  explicit MaxPool2d(const Pool2dOptions& options);
  Tensor forward(const Tensor& x) override;
  const Pool2dOptions options;
};

/// The mean of each window of x [N, C, H, W]: see avg_pool2d().
class AvgPool2d : public Module {
 public:
  /// Throws ValueError for an invalid option.
  explicit AvgPool2d(const Pool2dOptions& options);
  Tensor forward(const Tensor& x) override;
  const Pool2dOptions options;
};

}  // namespace taper::nn
