// Images as operands of a matrix product: one row for each channel and tap of the kernel. For conv2d.cpp
// only.
#pragma once

#include <cstring>

#include <taper/tensor/kernels/conv2d/choose.h>
#include <taper/tensor/kernels/gemm_pack.h>
#include <taper/tensor/kernels/shuffle.h>
#include <taper/tensor/kernels/simd.h>

namespace taper::kernels {
namespace {

// Note [Convolution]
// A convolution is a product of matrices: weight [out_channels, k] times the unfolded image [k, positions],
// with k = (channel, tap) and a position for each element of the result. The unfolded image is never stored
// whole: one block of channels and one band of rows at a time, it is made in two steps that the gradient of
// the input takes backwards.
//   1. Window: the part of the image with its padding, its columns sorted by their remainder modulo the
//      stride, so that whatever the stride and dilation, the elements that one tap meets in one row of the
//      result are adjacent.
//   2. Unfold: for each channel and tap, rows of the window, copied by whole registers. A copy goes over the
//      end of its row; the next row, written later, puts that right.

constexpr std::int64_t channel_depth = 512;  // channels * taps of one window

/// to[i] = from[i * stride].
template <class T>
void copy_strided(const T* from, std::int64_t stride, T* to, std::int64_t count) {
  if (stride == 1) return copy_row(from, to, count);
  using V = Raw<T>;
  constexpr std::int64_t w = width<T>;
  std::int64_t i = 0;
  if (stride == 2)
    for (; i + w < count; i += w)
      store_raw(to + i, even(load_raw<V>(from + 2 * i), load_raw<V>(from + 2 * i + w)));
  for (; i < count; ++i) to[i] = from[i * stride];
}

/// The first `count` elements become 0, and no others.
template <class T>
void set_zero(T* to, std::int64_t count) {
  constexpr std::int64_t w = width<T>;
  const Vector<T> zero(T(0));
  for (; count >= w; count -= w, to += w) store(to, zero);
  if (count > 0) store_partial(to, zero, count);
}

/// A block of channels of one image, and a band of rows of the result.
template <class T>
struct Window {
  Window(const Conv2dShape& shape, std::int64_t channels, std::int64_t first_row, std::int64_t last_row)
      : shape(shape),
        channels(channels),
        first_row(first_row),
        last_row(last_row),
        height(rows_met(shape, last_row - first_row)),
        width(shape.out_width + shape.dilation_width * (shape.kernel_width - 1) / shape.stride_width),
        row_size(width * shape.stride_width),
        plane(odd_lines(height * row_size)),
        positions((last_row - first_row) * shape.out_width) {}
  const Conv2dShape& shape;
  std::int64_t channels, first_row, last_row;  // rows of the result
  std::int64_t height, width;                  // rows of the padded image, and columns of each remainder
  std::int64_t row_size, plane;                // the distances between rows and between channels
  std::int64_t positions;

  // An odd number of cache lines, so that rows begin in different sets of the cache.
  static std::int64_t odd_lines(std::int64_t count) {
    const std::int64_t line = 64 / sizeof(T);
    return ((count + line - 1) / line | 1) * line;
  }
  /// With room for reading two registers beyond the end.
  std::int64_t size() const { return channels * plane + 2 * kernels::width<T>; }
  /// The distance between rows of the unfolded image: at least whole panels.
  std::int64_t step(std::int64_t panel) const { return odd_lines((positions + panel - 1) / panel * panel); }
  std::int64_t unfolded_size(std::int64_t panel) const {
    return channels * shape.kernel_height * shape.kernel_width * step(panel) + kernels::width<T> + panel;
  }

  // Calls row(window, image or null, first, last) for all rows and remainders, the columns first..last-1 of
  // the window being image[0], image[stride], ... and the others padding.
  template <class Image, class Row>
  void for_each_row(T* window, Image* image, Row&& row) const {
    const std::int64_t stride = shape.stride_width;
    for (std::int64_t remainder = 0; remainder < stride; ++remainder) {
      const std::int64_t shift = shape.padding_width - remainder;
      const auto first_column = [&](std::int64_t x) {  // whose place in the image is x or more
        const std::int64_t at = x + shift <= 0 ? 0
                                : stride == 1  ? x + shift
                                               : (x + shift + stride - 1) / stride;
        return at < width ? at : width;
      };
      const std::int64_t first = first_column(0), last = first_column(shape.width);
      const std::int64_t x = first * stride - shift;
      T* at = window + remainder * width;
      for (std::int64_t channel = 0; channel < channels; ++channel, at += plane - height * row_size) {
        std::int64_t y = first_row * shape.stride_height - shape.padding_height;
        for (std::int64_t i = 0; i < height; ++i, ++y, at += row_size) {
          const bool inside = y >= 0 && y < shape.height;
          row(at, inside ? image + (channel * shape.height + y) * shape.width + x : nullptr, first, last);
        }
      }
    }
  }

  /// Rows begin so that pixels are aligned as lines of the cache are; returns the room needed before them.
  std::int64_t align_rows() {
    const std::int64_t line = 64 / sizeof(T);
    row_size = (row_size + line - 1) / line * line;
    plane = odd_lines(height * row_size);
    return (line - (shape.padding_width > 0 ? shape.padding_width : 0) % line) % line;
  }

  void fill(const T* image, T* window) const {
    const std::int64_t stride = shape.stride_width;
    for_each_row(window, image, [=, this](T* to, const T* from, std::int64_t first, std::int64_t last) {
      if (from == nullptr) first = last = width;
      set_zero(to, first);
      if (first < last) copy_strided(from, stride, to + first, last - first);
      set_zero(to + last, width - last);
    });
  }

  /// The way back: the image from a window of all rows. Elements that no window meets become 0.
  void crop(T* window, T* image) const {
    const std::int64_t stride = shape.stride_width;
    std::memset(image, 0, static_cast<std::size_t>(channels * shape.height * shape.width) * sizeof(T));
    for_each_row(window, image, [=](const T* from, T* to, std::int64_t first, std::int64_t last) {
      if (to == nullptr) return;
      if (stride == 1)
        for (std::int64_t i = first; i < last; ++i) *to++ = from[i];
      else
        for (std::int64_t i = first; i < last; ++i, to += stride) *to = from[i];
    });
  }

  // Calls row(window, unfolded) for each channel, tap and row first..last-1 of the result.
  template <class Row>
  void for_each_tap(T* window, T* unfolded, std::int64_t step, std::int64_t first, std::int64_t last,
                    Row&& row) const {
    const std::int64_t out_width = shape.out_width, down = shape.stride_height * row_size;
    for (std::int64_t channel = 0; channel < channels; ++channel)
      for (std::int64_t ky = 0; ky < shape.kernel_height; ++ky)
        for (std::int64_t kx = 0; kx < shape.kernel_width; ++kx, unfolded += step) {
          const std::int64_t y = (first - first_row) * shape.stride_height + ky * shape.dilation_height;
          const std::int64_t x = kx * shape.dilation_width;
          T* from = window + channel * plane + y * row_size + x % shape.stride_width * width +
                    x / shape.stride_width;
          T* to = unfolded;
          for (std::int64_t i = first; i < last; ++i, from += down, to += out_width) row(from, to);
        }
  }

  void unfold(T* window, T* unfolded, std::int64_t step) const {
    const std::int64_t count = shape.out_width;
    for_each_tap(window, unfolded, step, first_row, last_row, [count](const T* from, T* to) {
      for (std::int64_t x = 0; x < count; x += kernels::width<T>) store(to + x, load(from + x));
    });
  }

  /// The way back, for rows first..last-1 of the result: adds to the window what has been found for each tap.
  void fold(T* unfolded, std::int64_t step, std::int64_t first, std::int64_t last, T* window) const {
    constexpr std::int64_t w = kernels::width<T>;
    const std::int64_t whole = shape.out_width / w * w, rest = shape.out_width - whole;
    alignas(64) T lanes[w];
    for (std::int64_t i = 0; i < w; ++i) lanes[i] = static_cast<T>(i);
    const Vector<T> zero(T(0));
    const auto used = load(lanes) < Vector<T>(static_cast<T>(rest));
    for_each_tap(window, unfolded, step, first, last, [&](T* to, const T* from) {
      for (std::int64_t x = 0; x < whole; x += w) store(to + x, load(to + x) + load(from + x));
      if (rest != 0) store(to + whole, load(to + whole) + select(used, load(from + whole), zero));
    });
  }
};

}  // namespace
}  // namespace taper::kernels
