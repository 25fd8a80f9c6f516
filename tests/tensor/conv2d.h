// Shapes, values and plain loops for the tests of convolution kernels.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include <catch.h>

#include <taper/tensor/kernels/conv2d/conv2d.h>

namespace taper {

/// Numbers in -1..1.
template <class T>
std::vector<T> values(std::int64_t count, std::uint64_t seed) {
  std::vector<T> result(static_cast<std::size_t>(count));
  for (T& v : result) {
    std::uint64_t x = ++seed * 0x9E3779B97F4A7C15;
    x = (x ^ x >> 31) * 0xBF58476D1CE4E5B9;
    v = static_cast<T>(static_cast<double>(x >> 40) / static_cast<double>(1 << 23) - 1);
  }
  return result;
}

/// The largest difference, or NaN.
template <class T>
double worst_of(const std::vector<T>& got, const std::vector<double>& expected) {
  double worst = 0;
  for (std::size_t i = 0; i < got.size(); ++i) {
    const double difference = std::abs(static_cast<double>(got[i]) - expected[i]);
    if (std::isnan(difference)) return difference;
    worst = std::max(worst, difference);
  }
  return worst;
}

/// With the extents of the result.
inline kernels::Conv2dShape complete(kernels::Conv2dShape s) {
  s.out_height =
      (s.height + 2 * s.padding_height - s.dilation_height * (s.kernel_height - 1) - 1) / s.stride_height + 1;
  s.out_width =
      (s.width + 2 * s.padding_width - s.dilation_width * (s.kernel_width - 1) - 1) / s.stride_width + 1;
  return s;
}

/// Calls visit(at x, at weight, at y) for every product in the convolution.
template <class Visit>
void for_each_product(const kernels::Conv2dShape& s, Visit&& visit) {
  const std::int64_t in = s.in_channels / s.groups, out = s.out_channels / s.groups;
  for (std::int64_t n = 0; n < s.images; ++n)
    for (std::int64_t m = 0; m < s.out_channels; ++m)
      for (std::int64_t c = 0; c < in; ++c)
        for (std::int64_t ky = 0; ky < s.kernel_height; ++ky)
          for (std::int64_t kx = 0; kx < s.kernel_width; ++kx)
            for (std::int64_t oy = 0; oy < s.out_height; ++oy)
              for (std::int64_t ox = 0; ox < s.out_width; ++ox) {
                const std::int64_t iy = oy * s.stride_height - s.padding_height + ky * s.dilation_height;
                const std::int64_t ix = ox * s.stride_width - s.padding_width + kx * s.dilation_width;
                if (iy < 0 || iy >= s.height || ix < 0 || ix >= s.width) continue;
                visit(static_cast<std::size_t>(
                          ((n * s.in_channels + m / out * in + c) * s.height + iy) * s.width + ix),
                      static_cast<std::size_t>(((m * in + c) * s.kernel_height + ky) * s.kernel_width + kx),
                      static_cast<std::size_t>(((n * s.out_channels + m) * s.out_height + oy) * s.out_width +
                                               ox));
              }
}

template <class T>
struct Results {
  std::vector<T> y, x_gradient, weight_gradient;
};

/// Runs all three passes, and checks all of what they give against plain loops in double precision.
template <class T>
Results<T> run(const kernels::Conv2dShape& shape, bool bias = false, bool relu = false, bool check = true) {
  kernels::Conv2dShape s = complete(shape);
  s.relu = relu;
  const std::int64_t positions = s.out_height * s.out_width;
  const std::int64_t y_count = s.images * s.out_channels * positions;
  const std::vector<T> x = values<T>(s.images * s.in_channels * s.height * s.width, 1);
  const std::vector<T> weight =
      values<T>(s.out_channels * (s.in_channels / s.groups) * s.kernel_height * s.kernel_width, 1000);
  const std::vector<T> channel_bias = values<T>(s.out_channels, 2000), g = values<T>(y_count, 3000);
  // Results begin as NaN: whatever is not written shows.
  const T nan = std::numeric_limits<T>::quiet_NaN();
  Results<T> r{std::vector<T>(g.size(), nan), std::vector<T>(x.size(), nan),
               std::vector<T>(weight.size(), nan)};
  const kernels::Conv2dKernels<T>& conv = kernels::conv2d<T>();
  conv.forward(s, x.data(), weight.data(), bias ? channel_bias.data() : nullptr, r.y.data(), nullptr);
  s.relu = false;  // what comes back is checked without it
  conv.input_gradient(s, {g.data()}, weight.data(), r.x_gradient.data());
  conv.weight_gradient(s, x.data(), {g.data()}, r.weight_gradient.data(), nullptr);
  if (!check) return r;

  std::vector<double> y(g.size()), x_gradient(x.size()), weight_gradient(weight.size());
  if (bias)
    for (std::size_t i = 0; i < y.size(); ++i)
      y[i] = static_cast<double>(channel_bias[i / static_cast<std::size_t>(positions) % channel_bias.size()]);
  for_each_product(s, [&](std::size_t ix, std::size_t iw, std::size_t iy) {
    y[iy] += static_cast<double>(x[ix]) * static_cast<double>(weight[iw]);
    x_gradient[ix] += static_cast<double>(g[iy]) * static_cast<double>(weight[iw]);
    weight_gradient[iw] += static_cast<double>(g[iy]) * static_cast<double>(x[ix]);
  });
  if (relu)
    for (double& v : y) v = v < 0 ? 0 : v;
  CAPTURE(s.images, s.in_channels, s.height, s.width, s.out_channels, s.kernel_height, s.kernel_width,
          s.stride_height, s.stride_width, s.padding_height, s.padding_width, s.dilation_height,
          s.dilation_width, s.groups, sizeof(T));
  const double epsilon = static_cast<double>(std::numeric_limits<T>::epsilon());
  const std::int64_t taps = s.kernel_height * s.kernel_width;
  CHECK(worst_of(r.y, y) <= epsilon * static_cast<double>(8 + s.in_channels / s.groups * taps));
  CHECK(worst_of(r.x_gradient, x_gradient) <=
        epsilon * static_cast<double>(8 + s.out_channels / s.groups * taps));
  CHECK(worst_of(r.weight_gradient, weight_gradient) <=
        epsilon * static_cast<double>(8 + s.images * positions));
  return r;
}

/// A convolution, and what computes it and its gradients.
struct AlgorithmRow {
  kernels::Conv2dShape shape;
  std::array<kernels::Conv2dAlgorithm, 3> of_float, of_double;  // of each pass
};
template <class T>
const std::array<kernels::Conv2dAlgorithm, 3>& algorithms(const AlgorithmRow& row) {
  return sizeof(T) == 4 ? row.of_float : row.of_double;
}

/// Together they reach every algorithm in every pass.
inline std::vector<AlgorithmRow> algorithm_rows() {
  using enum kernels::Conv2dAlgorithm;
  struct Pair {
    std::int64_t height, width;
  };
  struct Channels {
    std::int64_t in, out, groups = 1;
  };
  const auto of = [](std::int64_t images, Channels channels, Pair size, Pair kernel, Pair padding = {0, 0},
                     Pair stride = {1, 1}) {
    return complete({.images = images,
                     .in_channels = channels.in,
                     .height = size.height,
                     .width = size.width,
                     .out_channels = channels.out,
                     .kernel_height = kernel.height,
                     .kernel_width = kernel.width,
                     .stride_height = stride.height,
                     .stride_width = stride.width,
                     .padding_height = padding.height,
                     .padding_width = padding.width,
                     .groups = channels.groups});
  };
  return {
      {of(2, {4, 5}, {9, 8}, {1, 1}, {0, 0}, {2, 1}),
       {strided_pointwise, strided_pointwise, strided_pointwise},
       {strided_pointwise, strided_pointwise, strided_pointwise}},
      {of(45, {4, 10, 2}, {11, 12}, {4, 5}, {1, 2}),
       {images_as_lanes, images_as_lanes, images_as_lanes},
       {direct, direct, im2col}},
      {of(13, {2, 6}, {7, 8}, {4, 4}, {4, 4}),  // padding beyond the kernel
       {images_as_lanes, col2im, images_as_lanes},
       {direct, col2im, im2col}},
      {of(5, {16, 16, 16}, {9, 12}, {3, 3}, {1, 1}),
       {channels_as_lanes, channels_as_lanes, channels_as_lanes},
       {depthwise, depthwise, depthwise}},
      {of(3, {32, 32, 32}, {9, 12}, {3, 3}, {1, 1}, {2, 2}),
       {channels_as_lanes, channels_as_lanes_scattered, channels_as_lanes},
       {depthwise, depthwise_scattered, depthwise}},
      {of(3, {3, 6, 3}, {19, 12}, {3, 3}, {1, 1}),
       {depthwise, depthwise, depthwise},
       {depthwise, depthwise, depthwise}},
      {of(2, {4, 2, 2}, {18, 21}, {3, 2}, {1, 1}, {2, 1}),
       {depthwise, depthwise_scattered, depthwise},
       {depthwise, depthwise_scattered, depthwise}},
      {of(5, {24, 20}, {11, 13}, {3, 3}, {1, 1}), {winograd, winograd, winograd}, {direct, direct, im2col}},
      {of(1, {32, 40, 2}, {36, 38}, {3, 3}, {1, 1}),  // bands
       {winograd, winograd, winograd},
       {direct, direct, im2col}},
      {of(2, {8, 12, 2}, {20, 20}, {3, 3}, {1, 1}), {direct, direct, direct}, {direct, direct, im2col}},
      {of(2, {6, 8}, {6, 7}, {1, 1}), {pointwise, pointwise, pointwise}, {pointwise, pointwise, pointwise}},
      {of(2, {3, 4}, {13, 12}, {5, 4}, {0, 0}, {2, 1}), {im2col, col2im, im2col}, {im2col, col2im, im2col}},
      {of(1, {80, 3}, {30, 40}, {3, 3}, {0, 0}, {2, 2}),  // bands, blocks of channels
       {im2col, col2im, im2col},
       {im2col, col2im, im2col}},
      {of(1, {3, 4}, {9, 11}, {3, 3}), {im2col, col2im, direct}, {im2col, col2im, im2col}},
      {of(5, {4, 128}, {9, 12}, {3, 3}), {im2col_batched, direct, direct}, {im2col_batched, direct, im2col}},
      {of(7, {3, 129}, {6, 7}, {1, 1}),
       {im2col_batched, pointwise, pointwise},
       {im2col_batched, pointwise, pointwise}},
      {of(5, {130, 6}, {5, 6}, {3, 3}, {1, 1}),
       {im2col, im2col_batched, direct},
       {im2col, im2col_batched, im2col}},
      {of(1, {130, 6}, {5, 6}, {3, 3}, {1, 1}), {im2col, im2col, direct}, {im2col, im2col, im2col}},
  };
}

}  // namespace taper
