// Images as operands of a matrix product: one row for each channel and tap of the kernel. For conv2d.cpp
// only.
#pragma once

#include <cstring>

#include <taper/tensor/kernels/conv2d.h>
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

/// A block of channels of one image, and a band of rows of the result.
template <class T>
struct Window {
  const Conv2dShape& shape;
  std::int64_t channels, first_row, last_row;  // rows of the result

  std::int64_t positions() const { return (last_row - first_row) * shape.out_width; }
  std::int64_t taps() const { return shape.kernel_height * shape.kernel_width; }
  /// Rows of the padded image, and columns in each class of remainders.
  std::int64_t height() const {
    return (last_row - first_row - 1) * shape.stride_height +
           shape.dilation_height * (shape.kernel_height - 1) + 1;
  }
  std::int64_t width() const {
    return shape.out_width + shape.dilation_width * (shape.kernel_width - 1) / shape.stride_width;
  }
  std::int64_t row_size() const { return width() * shape.stride_width; }
  std::int64_t size() const { return channels * height() * row_size() + kernels::width<T>; }
  /// The distance between rows of the unfolded image: whole panels, an odd number of cache lines.
  std::int64_t step(std::int64_t panel) const {
    const std::int64_t columns = (positions() + panel - 1) / panel * panel, line = 64 / sizeof(T);
    return columns + (columns / line % 2 == 0 ? line : 0);
  }
  std::int64_t unfolded_size(std::int64_t panel) const {
    return channels * taps() * step(panel) + kernels::width<T> + panel;
  }

  // Calls row(window row, image row or null) for all rows; `image` begins with the first of the channels.
  template <class Image, class Row>
  void for_each_row(Image* image, T* window, Row&& row) const {
    for (std::int64_t channel = 0; channel < channels; ++channel)
      for (std::int64_t i = 0; i < height(); ++i) {
        const std::int64_t y = first_row * shape.stride_height + i - shape.padding_height;
        const bool inside = y >= 0 && y < shape.height;
        row(window + (channel * height() + i) * row_size(),
            inside ? image + (channel * shape.height + y) * shape.width : nullptr);
      }
  }
  // Calls run(first, last, x): the columns first..last-1 with this remainder are x, x + stride, ... in the
  // image; the others are padding.
  template <class Run>
  void with_columns(std::int64_t remainder, Run&& run) const {
    const std::int64_t stride = shape.stride_width, shift = shape.padding_width - remainder;
    const auto clamp = [&](std::int64_t x) {  // the first column at or after x
      const std::int64_t at = x <= 0 ? 0 : (x + stride - 1) / stride;
      return at < width() ? at : width();
    };
    const std::int64_t first = clamp(shift), last = clamp(shape.width + shift);
    run(first, last, first * stride - shift);
  }

  void fill(const T* image, T* window) const {
    for_each_row(image, window, [&](T* to, const T* from) {
      if (from == nullptr) {
        std::memset(to, 0, static_cast<std::size_t>(row_size()) * sizeof(T));
        return;
      }
      for (std::int64_t remainder = 0; remainder < shape.stride_width; ++remainder, to += width())
        with_columns(remainder, [&](std::int64_t first, std::int64_t last, std::int64_t x) {
          for (std::int64_t i = 0; i < first; ++i) to[i] = T(0);
          const T* in = from + x;
          if (shape.stride_width == 1)
            std::memcpy(to + first, in, static_cast<std::size_t>(last - first) * sizeof(T));
          else
            for (std::int64_t i = first; i < last; ++i, in += shape.stride_width) to[i] = *in;
          for (std::int64_t i = last; i < width(); ++i) to[i] = T(0);
        });
    });
    std::memset(window + size() - kernels::width<T>, 0, sizeof(T) * kernels::width<T>);
  }

  /// The way back: the image from a window of all rows. Elements that no window meets become 0.
  void crop(T* window, T* image) const {
    std::memset(image, 0, static_cast<std::size_t>(channels * shape.height * shape.width) * sizeof(T));
    for_each_row(image, window, [&](const T* from, T* to) {
      if (to == nullptr) return;
      for (std::int64_t remainder = 0; remainder < shape.stride_width; ++remainder, from += width())
        with_columns(remainder, [&](std::int64_t first, std::int64_t last, std::int64_t x) {
          for (std::int64_t i = first; i < last; ++i, x += shape.stride_width) to[x] = from[i];
        });
    });
  }

  // Calls row(window, unfolded) for each channel, tap and row first..last-1 of the result.
  template <class Row>
  void for_each_tap(T* window, T* unfolded, std::int64_t step, std::int64_t first, std::int64_t last,
                    Row&& row) const {
    for (std::int64_t channel = 0; channel < channels; ++channel)
      for (std::int64_t ky = 0; ky < shape.kernel_height; ++ky)
        for (std::int64_t kx = 0; kx < shape.kernel_width; ++kx, unfolded += step) {
          const std::int64_t x = kx * shape.dilation_width;
          const std::int64_t y = (first - first_row) * shape.stride_height + ky * shape.dilation_height;
          T* from = window + (channel * height() + y) * row_size() + x % shape.stride_width * width() +
                    x / shape.stride_width;
          T* to = unfolded;
          for (std::int64_t i = first; i < last; ++i) {
            row(from, to);
            from += shape.stride_height * row_size();
            to += shape.out_width;
          }
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
