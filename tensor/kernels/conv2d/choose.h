// Which algorithm computes a convolution or a gradient of it. For conv2d.cpp only.
#pragma once

#include <taper/tensor/kernels/chains.h>
#include <taper/tensor/kernels/conv2d/conv2d.h>
#include <taper/tensor/kernels/gemm_tile.h>

namespace taper::kernels {
namespace {

// Note [Choosing an algorithm]
// choose() alone decides, from the shape and the kind of numbers, never from the instruction set or the
// number of threads; kernels and tests ask it. Where several would do, the limits below are as measured.

constexpr std::int64_t columns_wanted = 200;          // of a product, from as many small images
constexpr std::int64_t columns_wanted_in_place = 50;  // ... where sharing a product costs a copy
constexpr std::int64_t depth_to_repay = 32;           // the copy of the result from its tile
constexpr std::int64_t positions_to_pack = 512;       // that repay the copy of the weight
template <class T>
constexpr std::int64_t lanes_of_images = 64 / sizeof(T);
constexpr std::int64_t lane_channels = 128;       // in_channels * out_channels of a group
constexpr std::int64_t lane_work = 16;            // multiplications for each pixel read or written
constexpr std::int64_t lane_window = 128 * 1024;  // bytes of a block of images

inline bool has_stride(const Conv2dShape& s) { return s.stride_height != 1 || s.stride_width != 1; }

/// How many rows of pixels, padding included, `rows` of the result meet.
inline std::int64_t rows_met(const Conv2dShape& s, std::int64_t rows) {
  return (rows - 1) * s.stride_height + s.dilation_height * (s.kernel_height - 1) + 1;
}
inline std::int64_t columns_met(const Conv2dShape& s) {
  return (s.out_width - 1) * s.stride_width + s.dilation_width * (s.kernel_width - 1) + 1;
}

/// The convolution whose result is the gradient of the image.
inline Conv2dShape adjoint(const Conv2dShape& s) {
  Conv2dShape result = s;
  result.in_channels = s.out_channels;
  result.out_channels = s.in_channels;
  result.height = s.out_height;
  result.width = s.out_width;
  result.out_height = s.height;
  result.out_width = s.width;
  result.padding_height = s.dilation_height * (s.kernel_height - 1) - s.padding_height;
  result.padding_width = s.dilation_width * (s.kernel_width - 1) - s.padding_width;
  result.relu = false;
  result.pool_height = result.pool_width = 1;
  return result;
}

// A kernel of one element is a product of matrices without unfolding; with a stride, of the pixels it meets.
inline bool is_pointwise(const Conv2dShape& s) {
  return s.kernel_height * s.kernel_width == 1 && s.padding_height == 0 && s.padding_width == 0;
}

inline bool is_depthwise(const Conv2dShape& s) {
  return s.in_channels / s.groups * (s.out_channels / s.groups) <= 8;
}

// Enough images for the lanes, few channels, and enough to do with each pixel to repay its way in and out.
template <class T>
bool is_in_lanes(const Conv2dShape& s) {
  const std::int64_t in = s.in_channels / s.groups, out = s.out_channels / s.groups;
  const std::int64_t lanes = ceil_div(s.images, lanes_of_images<T>) * lanes_of_images<T>;
  return has_special_convolutions<T> && s.images > 0 && 4 * s.images >= 3 * lanes &&
         in * out <= lane_channels && in * out * s.kernel_height * s.kernel_width >= lane_work * (in + out) &&
         in * s.height * s.width * 64 <= lane_window && min(s.padding_height, s.padding_width) >= 0;
}

// One channel for each, in whole blocks, of images so small that a window of a block stays in L2.
template <class T>
bool is_in_channels(const Conv2dShape& s) {
  return has_special_convolutions<T> && s.in_channels == s.groups && s.out_channels == s.groups &&
         s.groups % lanes_of_images<T> == 0 && rows_met(s, s.out_height) * columns_met(s) * 64 <= lane_window;
}

// With fewer channels the transforms cost more than they save.
template <class T>
bool has_tiles(const Conv2dShape& s) {
  return has_special_convolutions<T> && s.kernel_height == 3 && s.kernel_width == 3 && !has_stride(s) &&
         s.dilation_height == 1 && s.dilation_width == 1 && s.in_channels / s.groups >= 16 &&
         s.out_channels / s.groups >= 16 && s.images * s.out_height * s.out_width >= 256;
}

inline bool is_direct(const Conv2dShape& s) {
  const std::int64_t between = s.dilation_width * (s.kernel_width - 1);
  return !has_stride(s) && s.kernel_height * s.kernel_width > 1 && 3 * between <= s.out_width &&
         s.in_channels / s.groups * s.kernel_height * s.kernel_width >= depth_to_repay &&
         s.images * s.out_height * s.out_width >= positions_to_pack;
}
template <class T>
bool weight_gradient_is_direct(const Conv2dShape& s) {
  return has_special_convolutions<T> && !has_stride(s) && s.kernel_width == 3 && s.dilation_width == 1;
}

// Images so small that their rows leave many lanes empty, and so many channels that unfolding is repaid.
inline bool has_small_images(const Conv2dShape& s) {
  return s.out_height * s.out_width <= columns_wanted && s.out_channels / s.groups >= 128;
}
/// How many images share a product.
inline std::int64_t images_together(const Conv2dShape& s) {
  const std::int64_t positions = s.out_height * s.out_width;
  if (!has_small_images(s) || (is_pointwise(s) && positions > columns_wanted_in_place)) return 1;
  const std::int64_t products = max(ceil_div(s.images, ceil_div(columns_wanted, positions)), 1);
  return max(ceil_div(s.images, products), 1);
}
inline Conv2dAlgorithm product_of(const Conv2dShape& s) {
  return images_together(s) > 1 ? Conv2dAlgorithm::im2col_batched
         : is_pointwise(s)      ? Conv2dAlgorithm::pointwise
                                : Conv2dAlgorithm::im2col;
}

template <class T>
Conv2dAlgorithm choose(const Conv2dShape& s, Conv2dPass pass) {
  using enum Conv2dAlgorithm;
  const bool strided = has_stride(s);
  if (is_pointwise(s) && strided) return strided_pointwise;
  if (pass == Conv2dPass::forward) {
    if (is_in_lanes<T>(s)) return images_as_lanes;
    if (is_in_channels<T>(s)) return channels_as_lanes;
    if (is_depthwise(s)) return depthwise;
    if (has_tiles<T>(s)) return winograd;
    return is_direct(s) && !has_small_images(s) ? direct : product_of(s);
  }
  if (pass == Conv2dPass::input_gradient) {
    const Conv2dShape a = adjoint(s);
    if (!strided && is_in_lanes<T>(a)) return images_as_lanes;
    if (is_in_channels<T>(s)) return strided ? channels_as_lanes_scattered : channels_as_lanes;
    if (is_depthwise(s)) return strided ? depthwise_scattered : depthwise;
    if (has_tiles<T>(a)) return winograd;
    if (is_pointwise(s)) return pointwise;
    if (!strided && has_small_images(a)) return product_of(a);
    return is_direct(a) ? direct : col2im;
  }
  if (is_in_channels<T>(s)) return channels_as_lanes;
  if (is_in_lanes<T>(s)) return images_as_lanes;
  if (is_depthwise(s)) return depthwise;
  if (has_tiles<T>(s)) return winograd;
  if (weight_gradient_is_direct<T>(s)) return direct;
  return is_pointwise(s) ? pointwise : im2col;
}

}  // namespace
}  // namespace taper::kernels
