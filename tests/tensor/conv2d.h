// Shapes and values for the tests of convolution kernels.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include <taper/tensor/kernels/conv2d.h>

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

}  // namespace taper
