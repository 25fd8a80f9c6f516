// A kernel of one element with a stride: as without one, of the pixels that it meets. For conv2d.cpp only.
#pragma once

#include <cstring>

#include <taper/tensor/kernels/conv2d/tasks.h>
#include <taper/tensor/kernels/conv2d/window.h>

namespace taper::kernels {
namespace {

/// A kernel of one element is a convolution of stride 1 of the pixels that it meets.
Conv2dShape of_pixels_met(const Conv2dShape& s) {
  Conv2dShape result = s;
  result.height = s.out_height;
  result.width = s.out_width;
  result.stride_height = result.stride_width = 1;
  return result;
}
/// Calls row(pixels of the image, pixels met) for each row with pixels that are met.
template <class X, class T, class Row>
void for_each_row_met(const Conv2dShape& s, X* x, T* met, Row&& row) {
  for_each_task(s.images * s.in_channels, s.height * s.width, [&](std::int64_t plane) {
    for (std::int64_t y = 0; y < s.out_height; ++y)
      row(x + (plane * s.height + y * s.stride_height) * s.width,
          met + (plane * s.out_height + y) * s.out_width);
  });
}
template <class T>
void collect_pixels(const Conv2dShape& s, const T* x, T* met) {
  for_each_row_met(s, x, met,
                   [&](const T* from, T* to) { copy_strided(from, s.stride_width, to, s.out_width); });
}
std::int64_t pixels_met(const Conv2dShape& s) {
  return s.images * s.in_channels * s.out_height * s.out_width;
}

/// The way back: pixels that are not met get 0.
template <class T>
void spread_pixels(const Conv2dShape& s, const T* met, T* x) {
  std::memset(x, 0, static_cast<std::size_t>(s.images * s.in_channels * s.height * s.width) * sizeof(T));
  for_each_row_met(s, x, met, [&](T* to, const T* from) {
    for (std::int64_t i = 0; i < s.out_width; ++i) to[i * s.stride_width] = from[i];
  });
}

}  // namespace
}  // namespace taper::kernels
