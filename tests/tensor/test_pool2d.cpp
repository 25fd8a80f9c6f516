// Pooling kernels: against plain loops, NaN and ties, and alike for any number of threads.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include <catch.h>

#include <taper/tensor/extent.h>
#include <taper/tensor/kernels/pool2d.h>
#include <taper/tensor/parallel.h>

using namespace taper;
using kernels::Pool2dShape;

namespace {

// Few different values, so that many are equal; now and then a NaN.
template <class T>
std::vector<T> values(std::int64_t count, std::uint64_t seed, bool with_nan = false) {
  std::vector<T> result(static_cast<std::size_t>(count));
  for (T& v : result) {
    std::uint64_t x = ++seed * 0x9E3779B97F4A7C15;
    x = (x ^ x >> 31) * 0xBF58476D1CE4E5B9;
    v = static_cast<T>(x >> 60) - 7;
    if (with_nan && (x >> 20) % 40 == 0) v = std::numeric_limits<T>::quiet_NaN();
  }
  return result;
}

template <class T>
bool same(const std::vector<T>& a, const std::vector<T>& b) {
  for (std::size_t i = 0; i < a.size(); ++i)
    if (a[i] != b[i] && !(std::isnan(static_cast<double>(a[i])) && std::isnan(static_cast<double>(b[i]))))
      return false;
  return a.size() == b.size();
}

struct Windows {
  Extent2d stride = 1, padding = 0;
  bool ceil = false;  // the last window may go over the padding, as with PyTorch's ceil_mode
};

// The pooling of x [planes, H, W].
Pool2dShape pooling(const Shape& x, const Extent2d& kernel, const Windows& windows = {}) {
  const auto& [stride, padding, ceil] = windows;
  const auto size = [up = ceil](std::int64_t in, std::int64_t length, std::int64_t step,
                                std::int64_t border) {
    const std::int64_t out = (in + 2 * border - length + (up ? step - 1 : 0)) / step + 1;
    return (out - 1) * step >= in + border ? out - 1 : out;
  };
  return {.planes = x[0],
          .height = x[1],
          .width = x[2],
          .out_height = size(x[1], kernel.height, stride.height, padding.height),
          .out_width = size(x[2], kernel.width, stride.width, padding.width),
          .kernel_height = kernel.height,
          .kernel_width = kernel.width,
          .stride_height = stride.height,
          .stride_width = stride.width,
          .padding_height = padding.height,
          .padding_width = padding.width};
}

template <class T>
void run(const Pool2dShape& s) {
  CAPTURE(s.planes, s.height, s.width, s.out_height, s.out_width, s.kernel_height, s.kernel_width,
          s.stride_height, s.stride_width, s.padding_height, s.padding_width, sizeof(T));
  const kernels::Pool2dKernels<T>& pool = kernels::pool2d<T>();
  const std::int64_t pixels = s.height * s.width, positions = s.out_height * s.out_width;
  const std::vector<T> x = values<T>(s.planes * pixels, 1, true), g = values<T>(s.planes * positions, 500);
  std::vector<T> y(g.size(), -99), expected(g.size()), x_gradient(x.size(), -99), expected_gradient(x.size());
  std::vector<std::int32_t> indices(g.size(), -99), expected_indices(g.size());

  const auto for_each_window = [&](auto&& visit) {
    std::size_t at = 0;
    for (std::int64_t plane = 0; plane < s.planes; ++plane)
      for (std::int64_t oy = 0; oy < s.out_height; ++oy)
        for (std::int64_t ox = 0; ox < s.out_width; ++ox, ++at) {
          const std::int64_t y0 = oy * s.stride_height - s.padding_height,
                             x0 = ox * s.stride_width - s.padding_width;
          const std::int64_t y1 = std::min(y0 + s.kernel_height, s.height + s.padding_height);
          const std::int64_t x1 = std::min(x0 + s.kernel_width, s.width + s.padding_width);
          visit(at, plane, std::max<std::int64_t>(y0, 0), std::min(y1, s.height),
                std::max<std::int64_t>(x0, 0), std::min(x1, s.width), (y1 - y0) * (x1 - x0));
        }
  };
  for_each_window([&](std::size_t at, std::int64_t plane, std::int64_t y0, std::int64_t y1, std::int64_t x0,
                      std::int64_t x1, std::int64_t) {
    T best = -std::numeric_limits<T>::infinity();
    std::int64_t where = y0 * s.width + x0;
    for (std::int64_t iy = y0; iy < y1; ++iy)
      for (std::int64_t ix = x0; ix < x1; ++ix) {
        const T v = x[static_cast<std::size_t>(plane * pixels + iy * s.width + ix)];
        if (v > best || std::isnan(v)) {
          best = v;
          where = iy * s.width + ix;
        }
      }
    expected[at] = best;
    expected_indices[at] = static_cast<std::int32_t>(where);
    expected_gradient[static_cast<std::size_t>(plane * pixels + where)] += g[at];
  });
  pool.max_forward(s, x.data(), y.data(), indices.data());
  CHECK(same(y, expected));
  CHECK(indices == expected_indices);
  pool.max_backward(s, g.data(), indices.data(), x_gradient.data());
  CHECK(same(x_gradient, expected_gradient));
  std::vector<T> gathered(g.size(), -99);
  pool.gather(s, x.data(), indices.data(), gathered.data());
  CHECK(same(gathered, expected));

  for (const bool count_padding : {false, true}) {
    std::fill(expected_gradient.begin(), expected_gradient.end(), T(0));
    for_each_window([&](std::size_t at, std::int64_t plane, std::int64_t y0, std::int64_t y1, std::int64_t x0,
                        std::int64_t x1, std::int64_t padded) {
      T sum = 0;
      const T count = static_cast<T>(count_padding ? padded : (y1 - y0) * (x1 - x0));
      for (std::int64_t iy = y0; iy < y1; ++iy)
        for (std::int64_t ix = x0; ix < x1; ++ix) {
          const std::size_t pixel = static_cast<std::size_t>(plane * pixels + iy * s.width + ix);
          sum += x[pixel];
          expected_gradient[pixel] += g[at] / count;
        }
      expected[at] = sum / count;
    });
    pool.average_forward(s, count_padding, x.data(), y.data());
    CHECK(same(y, expected));
    pool.average_backward(s, count_padding, g.data(), x_gradient.data());
    T worst = 0;  // windows that share an element may be added in another order
    for (std::size_t i = 0; i < x.size(); ++i)
      worst = std::max(worst, std::abs(x_gradient[i] - expected_gradient[i]));
    CHECK(worst <= 32 * std::numeric_limits<T>::epsilon());
  }
}

template <class T>
void run_all() {
  for (std::int64_t width : {2, 3, 4, 7, 8, 15, 16, 28, 31, 33, 64, 70})
    for (const std::int64_t kernel : {1, 2, 3})
      for (const std::int64_t stride : {1, 2, 3, 4})
        for (std::int64_t padding = 0; padding <= kernel / 2; ++padding)
          if (width + 2 * padding >= kernel)
            for (const bool ceil : {false, true})
              run<T>(pooling({3, width + 1, width}, kernel,
                             {.stride = stride, .padding = padding, .ceil = ceil}));
  run<T>(pooling({2, 9, 40}, {4, 1}, {.stride = {3, 2}, .padding = {2, 0}}));
  run<T>(pooling({0, 4, 4}, 2));
}

}  // namespace

TEST_CASE("pool2d agrees with plain loops in every geometry, NaN and ties included") {
  run_all<float>();
  run_all<double>();
}

TEST_CASE("max pooling of nothing but minus infinity points at the first element") {
  const Pool2dShape s = pooling({1, 4, 36}, 2, {.stride = 2});
  const std::vector<float> x(144, -std::numeric_limits<float>::infinity());
  std::vector<float> y(36);
  std::vector<std::int32_t> indices(36, -1);
  kernels::pool2d<float>().max_forward(s, x.data(), y.data(), indices.data());
  for (std::int32_t i = 0; i < 36; ++i) {
    CHECK(y[static_cast<std::size_t>(i)] == x[0]);
    CHECK(indices[static_cast<std::size_t>(i)] == i / 18 * 72 + i % 18 * 2);
  }
}

TEST_CASE("pool2d gives the same bits for any number of threads") {
  const int threads = num_threads();
  const Pool2dShape s = pooling({150, 28, 28}, 3, {.stride = 2, .padding = 1});
  std::vector<float> x = values<float>(150 * 28 * 28, 3);
  for (float& v : x) v *= 0.123f;
  const std::size_t count = static_cast<std::size_t>(150 * s.out_height * s.out_width);
  const auto all = [&](int used) {
    set_num_threads(used);
    std::vector<float> y(count), mean(count), gradient(x.size()), mean_gradient(x.size());
    std::vector<std::int32_t> indices(count);
    const kernels::Pool2dKernels<float>& pool = kernels::pool2d<float>();
    pool.max_forward(s, x.data(), y.data(), indices.data());
    pool.average_forward(s, true, x.data(), mean.data());
    pool.max_backward(s, mean.data(), indices.data(), gradient.data());
    pool.average_backward(s, true, y.data(), mean_gradient.data());
    for (const auto& more : {mean, gradient, mean_gradient}) y.insert(y.end(), more.begin(), more.end());
    return y;
  };
  const std::vector<float> one = all(1);
  for (const int used : {2, 3, 4}) {
    const std::vector<float> more = all(used);
    CHECK(std::memcmp(one.data(), more.data(), one.size() * sizeof(float)) == 0);
  }
  set_num_threads(threads);
}
