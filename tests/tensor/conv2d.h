// Shapes, values and plain loops for the tests of convolution kernels.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include <catch.h>

#include <taper/tensor/extent.h>
#include <taper/tensor/kernels/conv2d/conv2d.h>
#include <taper/tensor/shape.h>

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

struct Windows {
  Extent2d stride = 1, padding = 0, dilation = 1;
};

/// The convolution of x [N, C, H, W] with a weight [O, C / groups, kh, kw].
inline kernels::Conv2dShape convolution(const Shape& x, const Shape& weight, const Windows& windows = {}) {
  const auto& [stride, padding, dilation] = windows;
  return {
      .images = x[0],
      .in_channels = x[1],
      .height = x[2],
      .width = x[3],
      .out_channels = weight[0],
      .out_height = (x[2] + 2 * padding.height - dilation.height * (weight[2] - 1) - 1) / stride.height + 1,
      .out_width = (x[3] + 2 * padding.width - dilation.width * (weight[3] - 1) - 1) / stride.width + 1,
      .kernel_height = weight[2],
      .kernel_width = weight[3],
      .stride_height = stride.height,
      .stride_width = stride.width,
      .padding_height = padding.height,
      .padding_width = padding.width,
      .dilation_height = dilation.height,
      .dilation_width = dilation.width,
      .groups = x[1] / weight[1]};
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
Results<T> run(kernels::Conv2dShape s, bool bias = false, bool relu = false, bool check = true) {
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
  return {
      {convolution({2, 4, 9, 8}, {5, 4, 1, 1}, {.stride = {2, 1}}),
       {strided_pointwise, strided_pointwise, strided_pointwise},
       {strided_pointwise, strided_pointwise, strided_pointwise}},
      {convolution({45, 4, 11, 12}, {10, 2, 4, 5}, {.padding = {1, 2}}),
       {images_as_lanes, images_as_lanes, images_as_lanes},
       {direct, direct, im2col}},
      {convolution({13, 2, 7, 8}, {6, 2, 4, 4}, {.padding = 4}),  // padding beyond the kernel
       {images_as_lanes, col2im, images_as_lanes},
       {direct, col2im, im2col}},
      {convolution({5, 16, 9, 12}, {16, 1, 3, 3}, {.padding = 1}),
       {channels_as_lanes, channels_as_lanes, channels_as_lanes},
       {depthwise, depthwise, depthwise}},
      {convolution({3, 32, 9, 12}, {32, 1, 3, 3}, {.stride = 2, .padding = 1}),
       {channels_as_lanes, channels_as_lanes_scattered, channels_as_lanes},
       {depthwise, depthwise_scattered, depthwise}},
      {convolution({3, 3, 19, 12}, {6, 1, 3, 3}, {.padding = 1}),
       {depthwise, depthwise, depthwise},
       {depthwise, depthwise, depthwise}},
      {convolution({2, 4, 18, 21}, {2, 2, 3, 2}, {.stride = {2, 1}, .padding = 1}),
       {depthwise, depthwise_scattered, depthwise},
       {depthwise, depthwise_scattered, depthwise}},
      {convolution({5, 24, 11, 13}, {20, 24, 3, 3}, {.padding = 1}),
       {winograd, winograd, winograd},
       {direct, direct, im2col}},
      {convolution({1, 32, 36, 38}, {40, 16, 3, 3}, {.padding = 1}),  // bands
       {winograd, winograd, winograd},
       {direct, direct, im2col}},
      {convolution({2, 8, 20, 20}, {12, 4, 3, 3}, {.padding = 1}),
       {direct, direct, direct},
       {direct, direct, im2col}},
      {convolution({2, 6, 6, 7}, {8, 6, 1, 1}),
       {pointwise, pointwise, pointwise},
       {pointwise, pointwise, pointwise}},
      {convolution({2, 3, 13, 12}, {4, 3, 5, 4}, {.stride = {2, 1}}),
       {im2col, col2im, im2col},
       {im2col, col2im, im2col}},
      {convolution({1, 80, 30, 40}, {3, 80, 3, 3}, {.stride = 2}),  // bands, blocks of channels
       {im2col, col2im, im2col},
       {im2col, col2im, im2col}},
      {convolution({1, 3, 9, 11}, {4, 3, 3, 3}), {im2col, col2im, direct}, {im2col, col2im, im2col}},
      {convolution({5, 4, 9, 12}, {128, 4, 3, 3}),
       {im2col_batched, direct, direct},
       {im2col_batched, direct, im2col}},
      {convolution({7, 3, 6, 7}, {129, 3, 1, 1}),
       {im2col_batched, pointwise, pointwise},
       {im2col_batched, pointwise, pointwise}},
      {convolution({5, 130, 5, 6}, {6, 130, 3, 3}, {.padding = 1}),
       {im2col, im2col_batched, direct},
       {im2col, im2col_batched, im2col}},
      {convolution({1, 130, 5, 6}, {6, 130, 3, 3}, {.padding = 1}),
       {im2col, im2col, direct},
       {im2col, im2col, im2col}},
  };
}

}  // namespace taper
