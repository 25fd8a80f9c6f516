// Convolution layers: Conv1d to Conv3d, and the transposed ones.
#pragma once

#include <taper/autograd/ops/convolution.h>
#include <taper/nn/init.h>
#include <taper/nn/layer.h>

namespace taper::nn {

/// What Conv1d, Conv2d and Conv3d have in common.
template <class Derived, class Extents>
class Conv : public Layer<Derived> {
 public:
  struct Options {
    std::int64_t in_channels = 0;
    std::int64_t out_channels = 0;
    Extents kernel_size = 0;
    Extents stride = 1;
    ConvPadding<Extents> padding = 0;  ///< or Padding::same
    Extents dilation = 1;
    std::int64_t groups = 1;
    Activation activation = Activation::none;  ///< fused, so faster than a separate activation layer
    Extents max_pool = 1;                      ///< fused max pooling after it: see taper::ConvOptions
    bool bias = true;
    PadMode padding_mode = PadMode::constant;
    Initializer weight_initializer = {};  ///< if empty, PyTorch's default: see initialize()
    Initializer bias_initializer = {};
    DType dtype = float32;
  };
  /// Throws ValueError for an option below 1 (padding: 0), or groups that do not divide the channels.
  explicit Conv(const Options& options);
  /// The same with the sizes first: `nn::Conv2d(1, 32, 3)`, `nn::Conv2d(1, 32, 3, {.padding = 1})`.
  Conv(std::int64_t in_channels, std::int64_t out_channels, Extents kernel_size);
  Conv(std::int64_t in_channels, std::int64_t out_channels, Extents kernel_size, Options others);
  Tensor forward(const Tensor& x) const;

  const ConvOptions<Extents> options;
  const Tensor weight;  ///< [out_channels, in_channels / groups, kernel extents]
  const Tensor bias;    ///< [out_channels]; undefined without bias
};

/// x [N, in_channels, L] -> [N, out_channels, L']: see conv1d().
class Conv1d : public Conv<Conv1d, Extent1d> {
 public:
  using Conv::Conv;
};
/// x [N, in_channels, H, W] -> [N, out_channels, H', W']: see conv2d().
class Conv2d : public Conv<Conv2d, Extent2d> {
 public:
  using Conv::Conv;
};
/// x [N, in_channels, D, H, W] -> [N, out_channels, D', H', W']: see conv3d().
class Conv3d : public Conv<Conv3d, Extent3d> {
 public:
  using Conv::Conv;
};

/// What ConvTranspose1d, ConvTranspose2d and ConvTranspose3d have in common.
template <class Derived, class Extents>
class ConvTranspose : public Layer<Derived> {
 public:
  struct Options {
    std::int64_t in_channels = 0;
    std::int64_t out_channels = 0;
    Extents kernel_size = 0;
    Extents stride = 1;
    Extents padding = 0;
    Extents output_padding = 0;
    std::int64_t groups = 1;
    bool bias = true;
    Extents dilation = 1;
    Initializer weight_initializer = {};  ///< if empty, PyTorch's default: see initialize()
    Initializer bias_initializer = {};
    DType dtype = float32;
  };
  /// Throws ValueError for an option below 1 (paddings: 0), or groups that do not divide the channels.
  explicit ConvTranspose(const Options& options);
  /// The same with the sizes first.
  ConvTranspose(std::int64_t in_channels, std::int64_t out_channels, Extents kernel_size);
  ConvTranspose(std::int64_t in_channels, std::int64_t out_channels, Extents kernel_size, Options others);
  Tensor forward(const Tensor& x) const;

  const ConvTransposeOptions<Extents> options;
  const Tensor weight;  ///< [in_channels, out_channels / groups, kernel extents]
  const Tensor bias;    ///< [out_channels]; undefined without bias
};

/// x [N, in_channels, L] -> [N, out_channels, L']: see conv_transpose1d().
class ConvTranspose1d : public ConvTranspose<ConvTranspose1d, Extent1d> {
 public:
  using ConvTranspose::ConvTranspose;
};
/// x [N, in_channels, H, W] -> [N, out_channels, H', W']: see conv_transpose2d().
class ConvTranspose2d : public ConvTranspose<ConvTranspose2d, Extent2d> {
 public:
  using ConvTranspose::ConvTranspose;
};
/// x [N, in_channels, D, H, W] -> [N, out_channels, D', H', W']: see conv_transpose3d().
class ConvTranspose3d : public ConvTranspose<ConvTranspose3d, Extent3d> {
 public:
  using ConvTranspose::ConvTranspose;
};

extern template class Conv<Conv1d, Extent1d>;
extern template class Conv<Conv2d, Extent2d>;
extern template class Conv<Conv3d, Extent3d>;
extern template class ConvTranspose<ConvTranspose1d, Extent1d>;
extern template class ConvTranspose<ConvTranspose2d, Extent2d>;
extern template class ConvTranspose<ConvTranspose3d, Extent3d>;

}  // namespace taper::nn
