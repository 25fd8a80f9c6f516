// Layers that resize, and that move elements between channels and pixels.
#pragma once

#include <taper/autograd/ops/resize.h>
#include <taper/autograd/ops/window.h>
#include <taper/nn/layer.h>

namespace taper::nn {

/// x resized: see interpolate(). `nn::Upsample({.scale_factor = 2, .mode = Resampling::bilinear})`.
class Upsample : public Layer<Upsample> {
 public:
  explicit Upsample(const InterpolateOptions& given) : options(given) {}
  Tensor forward(const Tensor& x) const { return interpolate(x, options); }
  const InterpolateOptions options;
};

/// [..., C factor^2, H, W] -> [..., C, H factor, W factor], and back: see pixel_shuffle().
class PixelShuffle : public Layer<PixelShuffle> {
 public:
  explicit PixelShuffle(std::int64_t upscale_factor) : factor(upscale_factor) {}
  Tensor forward(const Tensor& x) const { return pixel_shuffle(x, factor); }
  const std::int64_t factor;
};
class PixelUnshuffle : public Layer<PixelUnshuffle> {
 public:
  explicit PixelUnshuffle(std::int64_t downscale_factor) : factor(downscale_factor) {}
  Tensor forward(const Tensor& x) const { return pixel_unshuffle(x, factor); }
  const std::int64_t factor;
};

/// The channels of all groups in turns: see channel_shuffle().
class ChannelShuffle : public Layer<ChannelShuffle> {
 public:
  explicit ChannelShuffle(std::int64_t number) : groups(number) {}
  Tensor forward(const Tensor& x) const { return channel_shuffle(x, groups); }
  const std::int64_t groups;
};

/// The windows of images as columns, and images from such columns: see unfold2d() and fold2d().
class Unfold : public Layer<Unfold> {
 public:
  explicit Unfold(const Unfold2dOptions& given) : options(given) {}
  Tensor forward(const Tensor& x) const { return unfold2d(x, options); }
  const Unfold2dOptions options;
};
class Fold : public Layer<Fold> {
 public:
  Fold(Extent2d output_size, const Unfold2dOptions& given) : size(output_size), options(given) {}
  Tensor forward(const Tensor& columns) const { return fold2d(columns, size, options); }
  const Extent2d size;
  const Unfold2dOptions options;
};

}  // namespace taper::nn
