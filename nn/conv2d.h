// Conv2d: a 2D convolution layer.
#pragma once

#include <taper/nn/init.h>
#include <taper/nn/layer.h>
#include <taper/tensor/convolution.h>

namespace taper::nn {

/// x [N, in_channels, H, W] -> [N, out_channels, H', W']: see conv2d().
class Conv2d : public Layer<Conv2d> {
 public:
  struct Options {
    std::int64_t in_channels = 0;
    std::int64_t out_channels = 0;
    Extent2d kernel_size = 0;
    Extent2d stride = 1;
    Extent2d padding = 0;
    Extent2d dilation = 1;
    std::int64_t groups = 1;
    Activation activation = Activation::none;  ///< fused, so faster than a separate activation layer
    Extent2d max_pool = 1;                     ///< fused max pooling after it: see Conv2dOptions
    bool bias = true;
    Initializer weight_initializer = {};  ///< if empty, PyTorch's default: see initialize()
    Initializer bias_initializer = {};
    DType dtype = float32;
  };
  /// Throws ValueError for an option below 1 (padding: 0), or groups that do not divide the channels.
  explicit Conv2d(const Options& options);
  /// The same with the sizes first: `nn::Conv2d(1, 32, 3)`, `nn::Conv2d(1, 32, 3, {.padding = 1})`.
  Conv2d(std::int64_t in_channels, std::int64_t out_channels, Extent2d kernel_size);
  Conv2d(std::int64_t in_channels, std::int64_t out_channels, Extent2d kernel_size, Options others);
  Tensor forward(const Tensor& x) const;

  const Conv2dOptions options;
  const Tensor weight;  ///< [out_channels, in_channels / groups, kernel height, kernel width]
  const Tensor bias;    ///< [out_channels]; undefined without bias
};

}  // namespace taper::nn
