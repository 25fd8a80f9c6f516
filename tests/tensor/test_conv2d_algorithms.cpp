// Every algorithm that computes a convolution or a gradient of it: which shapes get it, that it is right,
// alike for any number of threads, and how far a NaN gets.
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <set>
#include <vector>

#include <catch.h>

#include "conv2d.h"
#include <taper/tensor/kernels/conv2d/conv2d.h>
#include <taper/tensor/parallel.h>

using namespace taper;
using kernels::Conv2dAlgorithm;
using kernels::Conv2dPass;
using kernels::Conv2dShape;

namespace {

constexpr std::array passes = {Conv2dPass::forward, Conv2dPass::input_gradient, Conv2dPass::weight_gradient};
using Algorithms = std::array<std::set<Conv2dAlgorithm>, 3>;  // of each pass

/// The rows get what they name; returns what all of them get.
template <class T>
Algorithms reached() {
  Algorithms all;
  for (const AlgorithmRow& row : algorithm_rows())
    for (std::size_t pass = 0; pass < passes.size(); ++pass) {
      const Conv2dAlgorithm chosen = kernels::conv2d<T>().choose(row.shape, passes[pass]);
      const Conv2dShape& s = row.shape;
      CAPTURE(s.images, s.in_channels, s.out_channels, s.groups, s.height, s.width, s.kernel_height, pass,
              sizeof(T), static_cast<int>(chosen));
      CHECK(chosen == algorithms<T>(row)[pass]);
      all[pass].insert(chosen);
    }
  return all;
}

/// Calls visit(at weight, output channel, row, column of y) for every product with one pixel of channel c.
template <class Visit>
void for_each_product_with(const Conv2dShape& s, std::int64_t c, std::int64_t y, std::int64_t x,
                           Visit&& visit) {
  const std::int64_t in = s.in_channels / s.groups, out = s.out_channels / s.groups;
  for (std::int64_t m = c / in * out; m < (c / in + 1) * out; ++m)
    for (std::int64_t ky = 0; ky < s.kernel_height; ++ky)
      for (std::int64_t kx = 0; kx < s.kernel_width; ++kx) {
        const std::int64_t down = y + s.padding_height - ky * s.dilation_height,
                           across = x + s.padding_width - kx * s.dilation_width;
        if (down < 0 || across < 0 || down % s.stride_height != 0 || across % s.stride_width != 0) continue;
        const std::int64_t row = down / s.stride_height, column = across / s.stride_width;
        if (row < s.out_height && column < s.out_width)
          visit(((m * in + c % in) * s.kernel_height + ky) * s.kernel_width + kx, m, row, column);
      }
}

/// The planes of a result, in which some elements must be NaN and some others may.
struct Reach {
  Reach(std::int64_t planes, std::int64_t height, std::int64_t width)
      : height(height), width(width), must(static_cast<std::size_t>(planes * height * width)), may(must) {}
  void add(std::int64_t plane, std::int64_t y, std::int64_t x) {
    must[at(plane, y, x)] = may[at(plane, y, x)] = true;
  }
  /// What shares a tile with such an element may be NaN, too.
  void spread(std::int64_t tile) {
    for (std::int64_t plane = 0; plane < static_cast<std::int64_t>(must.size()) / (height * width); ++plane)
      for (std::int64_t y = 0; y < height; ++y)
        for (std::int64_t x = 0; x < width; ++x)
          for (std::int64_t i = 0; must[at(plane, y, x)] && i < tile * tile; ++i) {
            const std::int64_t row = y / tile * tile + i / tile, column = x / tile * tile + i % tile;
            if (row < height && column < width) may[at(plane, row, column)] = true;
          }
  }
  template <class T>
  void check(const std::vector<T>& found) const {
    std::size_t missing = 0, beyond = 0;
    for (std::size_t i = 0; i < found.size(); ++i) {
      missing += must[i] && !std::isnan(found[i]);
      beyond += !may[i] && std::isnan(found[i]);
    }
    CHECK(missing == 0);
    CHECK(beyond == 0);
  }
  std::size_t at(std::int64_t plane, std::int64_t y, std::int64_t x) const {
    return static_cast<std::size_t>((plane * height + y) * width + x);
  }
  std::int64_t height, width;
  std::vector<char> must, may;
};

template <class T>
void check_nan(const AlgorithmRow& row) {
  Conv2dShape s = row.shape;
  const std::int64_t in = s.in_channels / s.groups;
  const auto by_tiles = [&](Conv2dPass pass) {
    return kernels::conv2d<T>().choose(s, pass) == Conv2dAlgorithm::winograd;
  };
  CAPTURE(s.images, s.in_channels, s.out_channels, s.groups, s.height, s.width, s.kernel_height, sizeof(T));
  const std::vector<T> x = values<T>(s.images * s.in_channels * s.height * s.width, 1);
  const std::vector<T> weight = values<T>(s.out_channels * in * s.kernel_height * s.kernel_width, 2);
  const std::vector<T> g = values<T>(s.images * s.out_channels * s.out_height * s.out_width, 3);
  const T nan = std::numeric_limits<T>::quiet_NaN();
  for (const bool corner : {false, true}) {
    // A pixel of the last image, somewhere in the middle or the last one.
    const std::int64_t n = s.images - 1, c = corner ? s.in_channels - 1 : s.in_channels / 2;
    const std::int64_t y = corner ? s.height - 1 : 4, column = corner ? s.width - 1 : 4;
    std::vector<T> poisoned = x, found(g.size()), slopes(weight.size());
    poisoned[static_cast<std::size_t>(((n * s.in_channels + c) * s.height + y) * s.width + column)] = nan;
    Reach of_y(s.images * s.out_channels, s.out_height, s.out_width);
    Reach of_weight(s.out_channels * in, s.kernel_height, s.kernel_width);
    for_each_product_with(s, c, y, column,
                          [&](std::int64_t w, std::int64_t m, std::int64_t i, std::int64_t j) {
                            of_y.add(n * s.out_channels + m, i, j);
                            of_weight.add(w / (s.kernel_height * s.kernel_width),
                                          w / s.kernel_width % s.kernel_height, w % s.kernel_width);
                          });
    if (by_tiles(Conv2dPass::forward)) of_y.spread(2);
    if (by_tiles(Conv2dPass::weight_gradient)) of_weight.spread(3);
    s.relu = true;
    kernels::conv2d<T>().forward(s, poisoned.data(), weight.data(), nullptr, found.data(), nullptr);
    s.relu = false;
    of_y.check(found);
    kernels::conv2d<T>().weight_gradient(s, poisoned.data(), {g.data()}, slopes.data(), nullptr);
    of_weight.check(slopes);

    // An element of the gradient of y.
    const std::int64_t m = corner ? s.out_channels - 1 : s.out_channels / 2;
    const std::int64_t gy = corner ? s.out_height - 1 : 1, gx = corner ? s.out_width - 1 : 1;
    std::vector<T> gradient = g, of_image(x.size());
    gradient[of_y.at(n * s.out_channels + m, gy, gx)] = nan;
    Reach of_x(s.images * s.in_channels, s.height, s.width);
    for (std::int64_t i = m / (s.out_channels / s.groups) * in, end = i + in; i < end; ++i)
      for (std::int64_t ky = 0; ky < s.kernel_height; ++ky)
        for (std::int64_t kx = 0; kx < s.kernel_width; ++kx) {
          const std::int64_t down = gy * s.stride_height - s.padding_height + ky * s.dilation_height;
          const std::int64_t across = gx * s.stride_width - s.padding_width + kx * s.dilation_width;
          if (down >= 0 && down < s.height && across >= 0 && across < s.width)
            of_x.add(n * s.in_channels + i, down, across);
        }
    if (by_tiles(Conv2dPass::input_gradient)) of_x.spread(2);
    kernels::conv2d<T>().input_gradient(s, {gradient.data()}, weight.data(), of_image.data());
    of_x.check(of_image);
  }
}

template <class T>
void check_threads(const Conv2dShape& shape) {
  CAPTURE(shape.images, shape.in_channels, shape.out_channels, shape.height, sizeof(T));
  const auto same = [](const std::vector<T>& a, const std::vector<T>& b) {
    return std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0;
  };
  Conv2dShape s = shape;
  if (s.images > 1) s.images *= 4;  // enough to divide
  set_num_threads(1);
  const Results<T> one = run<T>(s, true, true, false);
  for (const int count : {2, 3, 8}) {
    set_num_threads(count);
    const Results<T> more = run<T>(s, true, true, false);
    CHECK(same(one.y, more.y));
    CHECK(same(one.x_gradient, more.x_gradient));
    CHECK(same(one.weight_gradient, more.weight_gradient));
  }
}

}  // namespace

TEST_CASE("every algorithm of a convolution is reached in every pass") {
  using enum Conv2dAlgorithm;
  CHECK(reached<float>() == Algorithms{{{strided_pointwise, images_as_lanes, channels_as_lanes, depthwise,
                                         winograd, direct, pointwise, im2col, im2col_batched},
                                        {strided_pointwise, images_as_lanes, channels_as_lanes,
                                         channels_as_lanes_scattered, depthwise, depthwise_scattered,
                                         winograd, direct, pointwise, im2col, im2col_batched, col2im},
                                        {strided_pointwise, images_as_lanes, channels_as_lanes, depthwise,
                                         winograd, direct, pointwise, im2col}}});
  CHECK(reached<double>() ==
        Algorithms{{{strided_pointwise, depthwise, direct, pointwise, im2col, im2col_batched},
                    {strided_pointwise, depthwise, depthwise_scattered, direct, pointwise, im2col,
                     im2col_batched, col2im},
                    {strided_pointwise, depthwise, pointwise, im2col}}});
}

TEST_CASE("every algorithm of a convolution agrees with plain loops") {
  for (const AlgorithmRow& row : algorithm_rows())
    for (const bool epilogue : {false, true}) {
      run<float>(row.shape, epilogue, epilogue);
      run<double>(row.shape, epilogue, epilogue);
    }
}

TEST_CASE("every algorithm of a convolution gives the same bits for any number of threads") {
  const int threads = num_threads();
  for (const AlgorithmRow& row : algorithm_rows()) {
    check_threads<float>(row.shape);
    check_threads<double>(row.shape);
  }
  set_num_threads(threads);
}

TEST_CASE("a NaN reaches what meets it, and by minimal filtering no more than its tiles and taps") {
  for (const AlgorithmRow& row : algorithm_rows()) {
    check_nan<float>(row);
    check_nan<double>(row);
  }
}
