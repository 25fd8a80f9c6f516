// A kernel of one element with a stride: copies the pixels that it reads, the samples. For conv2d.cpp only.
#pragma once

#include <cstring>

#include <taper/tensor/kernels/conv2d/tasks.h>
#include <taper/tensor/kernels/conv2d/window.h>

namespace taper::kernels {
namespace {

/// The convolution of the samples, whose stride is 1.
Conv2dShape without_stride(const Conv2dShape& s) {
  Conv2dShape result = s;
  result.height = s.out_height;
  result.width = s.out_width;
  result.stride_height = result.stride_width = 1;
  return result;
}
/// Calls row(pixels, samples) for each row of the image that has samples: pixels that the kernel reads.
template <class X, class T, class Row>
void for_each_sampled_row(const Conv2dShape& s, X* x, T* samples, Row&& row) {
  for_each_task(s.images * s.in_channels, s.height * s.width, [&](std::int64_t plane) {
    for (std::int64_t y = 0; y < s.out_height; ++y)
      row(x + (plane * s.height + y * s.stride_height) * s.width,
          samples + (plane * s.out_height + y) * s.out_width);
  });
}
template <class T>
void sample_pixels(const Conv2dShape& s, const T* x, T* samples) {
  for_each_sampled_row(s, x, samples,
                       [&](const T* from, T* to) { copy_strided(from, s.stride_width, to, s.out_width); });
}
std::int64_t sample_count(const Conv2dShape& s) {
  return s.images * s.in_channels * s.out_height * s.out_width;
}

/// The way back: pixels that are not read get 0.
template <class T>
void unsample_pixels(const Conv2dShape& s, const T* samples, T* x) {
  std::memset(x, 0, static_cast<std::size_t>(s.images * s.in_channels * s.height * s.width) * sizeof(T));
  for_each_sampled_row(s, x, samples, [&](T* to, const T* from) {
    for (std::int64_t i = 0; i < s.out_width; ++i) to[i * s.stride_width] = from[i];
  });
}

}  // namespace
}  // namespace taper::kernels
