// Convolution of channels that meet few others, without products of matrices. For conv2d.cpp only.
#pragma once

#include <array>
#include <utility>

#include <taper/tensor/kernels/conv2d_direct.h>

namespace taper::kernels {
namespace {

// Note [Depthwise convolution]
// With one channel for each, or a few, a product of matrices would have few rows. Here some registers hold
// adjacent positions of one channel, and each tap adds its weight times the window, shifted (Note [Direct
// convolution]). With a stride of 1, all rows of a band are one run of positions; otherwise each is its own.
// The gradient of the weight is the other way round: each tap's sum has a register for the lanes of a run. It
// has the lanes of 64 bytes on every instruction set, so that the sums are the same.

constexpr std::int64_t depthwise_window = 4 * 1024;  // elements of one window, which stays in L1

inline bool is_depthwise(const Conv2dShape& s) {
  return s.in_channels / s.groups * (s.out_channels / s.groups) <= 8;
}
inline bool has_stride(const Conv2dShape& s) { return s.stride_height != 1 || s.stride_width != 1; }

/// Where taps begin in a window: [channel, tap].
template <class T>
void find_taps(const Window<T>& window, std::int64_t channels, std::int64_t* offsets) {
  const Conv2dShape& s = window.shape;
  for (std::int64_t channel = 0; channel < channels; ++channel)
    for (std::int64_t ky = 0; ky < s.kernel_height; ++ky)
      for (std::int64_t kx = 0; kx < s.kernel_width; ++kx) {
        const std::int64_t x = kx * s.dilation_width;
        *offsets++ = channel * window.plane + ky * s.dilation_height * window.row_size +
                     x % s.stride_width * window.width + x / s.stride_width;
      }
}

/// One channel of the result from the windows of a group.
template <class T>
struct TapSum {
  const std::int64_t* offsets;
  const T* weight;
  std::int64_t count;  // of both
  T bias;
  bool relu;

  /// to[i] for i < `length` rounded up to a register, from windows that can be read as far.
  void run(const T* from, std::int64_t length, T* to) const {
    constexpr std::int64_t w = width<T>;
    for (; length > 7 * w; length -= 8 * w, from += 8 * w, to += 8 * w) step<8>(from, to);
    for (; length > 3 * w; length -= 4 * w, from += 4 * w, to += 4 * w) step<4>(from, to);
    for (; length > w; length -= 2 * w, from += 2 * w, to += 2 * w) step<2>(from, to);
    if (length > 0) step<1>(from, to);
  }
  template <int vectors>
  void step(const T* from, T* to) const {
    using V = Vector<T>;
    constexpr std::int64_t w = width<T>;
    V sum[vectors];
#pragma GCC unroll 8
    for (int v = 0; v < vectors; ++v) sum[v] = V(bias);
    for (std::int64_t tap = 0; tap < count; ++tap) {
      const V left(weight[tap]);
      const T* const at = from + offsets[tap];
#pragma GCC unroll 8
      for (int v = 0; v < vectors; ++v) sum[v] = multiply_add(left, load(at + v * w), sum[v]);
    }
    const V zero(T(0));
#pragma GCC unroll 8
    for (int v = 0; v < vectors; ++v) store(to + v * w, relu ? select(sum[v] <= zero, zero, sum[v]) : sum[v]);
  }
};

/// conv(x, weight) + bias, then relu if asked. `adjoint`: as for DirectConvolution.
template <class T>
class DepthwiseConvolution {
 public:
  DepthwiseConvolution(const Conv2dShape& shape, bool adjoint, const T* weight, const T* bias)
      : s(shape),
        adjoint(adjoint),
        weight(weight),
        bias(bias),
        in_channels(s.in_channels / s.groups),
        out_channels(s.out_channels / s.groups),
        taps(s.kernel_height * s.kernel_width),
        bands(
            min(s.out_height, ceil_div(Window<T>(s, in_channels, 0, s.out_height).size(), depthwise_window))),
        rows_of_band(ceil_div(s.out_height, bands)),
        window_of_band(s, in_channels, 0, rows_of_band),
        offsets(in_channels * taps) {
    find_taps(window_of_band, in_channels, offsets.data());
  }

  std::int64_t band_count() const { return ceil_div(s.out_height, rows_of_band); }
  std::int64_t work() const { return out_channels * in_channels * taps * rows_of_band * s.out_width; }

  /// One band of rows of one group of one image.
  void run(const T* image, std::int64_t group, std::int64_t band, T* result) {
    const std::int64_t first = band * rows_of_band, rows = min(rows_of_band, s.out_height - first);
    Window<T> window = window_of_band;
    window.first_row = first;
    const bool one_run = !has_stride(s);
    const std::int64_t step = one_run ? window.row_size : ceil_div(s.out_width, width<T>) * width<T>;
    Workspace<T> padded(window.size()), found(rows * step + width<T>), weights(in_channels * taps);
    window.fill(image, padded.data());
    for (std::int64_t channel = 0; channel < out_channels; ++channel) {
      for (std::int64_t i = 0; i < in_channels; ++i)
        for (std::int64_t tap = 0; tap < taps; ++tap)
          weights.data()[i * taps + tap] =
              adjoint ? weight[((group * in_channels + i) * out_channels + channel) * taps + taps - 1 - tap]
                      : weight[((group * out_channels + channel) * in_channels + i) * taps + tap];
      const TapSum<T> sum{offsets.data(), weights.data(), in_channels * taps,
                          bias != nullptr ? bias[group * out_channels + channel] : T(0), s.relu};
      if (one_run)
        sum.run(padded.data(), (rows - 1) * step + s.out_width, found.data());
      else
        for (std::int64_t y = 0; y < rows; ++y)
          sum.run(padded.data() + y * s.stride_height * window.row_size, s.out_width,
                  found.data() + y * step);
      T* const to = result + (channel * s.out_height + first) * s.out_width;
      for (std::int64_t y = 0; y < rows; ++y)
        copy_row(found.data() + y * step, to + y * s.out_width, s.out_width);
    }
  }

 private:
  const Conv2dShape& s;
  const bool adjoint;
  const T *const weight, *const bias;
  const std::int64_t in_channels, out_channels, taps, bands, rows_of_band;
  const Window<T> window_of_band;
  Workspace<std::int64_t> offsets;
};

/// The gradient of the channels of one group of one image, for any stride: every tap adds its weight times
/// the gradient of y to the window.
template <class T>
void spread_depthwise(const Conv2dShape& s, const T* y_gradient, const T* weight, T* x_gradient) {
  using V = Vector<T>;
  constexpr std::int64_t w = width<T>;
  const std::int64_t in_channels = s.in_channels / s.groups, out_channels = s.out_channels / s.groups;
  const std::int64_t taps = s.kernel_height * s.kernel_width, whole = s.out_width / w * w;
  const std::int64_t rest = s.out_width - whole;
  const Window<T> window(s, in_channels, 0, s.out_height);
  Workspace<T> padded(window.size());
  Workspace<std::int64_t> offsets(in_channels * taps);
  find_taps(window, in_channels, offsets.data());
  std::memset(padded.data(), 0, static_cast<std::size_t>(window.size()) * sizeof(T));
  for (std::int64_t channel = 0; channel < out_channels; ++channel)
    for (std::int64_t y = 0; y < s.out_height; ++y) {
      const T* const g = y_gradient + (channel * s.out_height + y) * s.out_width;
      T* const row = padded.data() + y * s.stride_height * window.row_size;
      const V last = load_partial(g + whole, rest);
      for (std::int64_t tap = 0; tap < in_channels * taps; ++tap) {
        const V factor(weight[channel * in_channels * taps + tap]);
        T* const to = row + offsets.data()[tap];
        for (std::int64_t x = 0; x < whole; x += w)
          store(to + x, multiply_add(factor, load(g + x), load(to + x)));
        if (rest != 0)
          store_partial(to + whole, multiply_add(factor, last, load_partial(to + whole, rest)), rest);
      }
    }
  window.crop(padded.data(), x_gradient);
}

/// The sums of taps for the gradient of the weight.
template <class T>
class TapProducts {
 public:
  static constexpr int lanes = 64 / sizeof(T);
  static constexpr int parts = lanes / static_cast<int>(width<T>);
  static constexpr std::int64_t most = min(9, 2 * tile_rows / parts);  // taps at once

  /// sums[tap * lanes + lane] += y[x] * window[offsets[tap] + x], with x = lane modulo lanes, over all rows.
  static void add(std::int64_t taps, const T* y, const Conv2dShape& s, const T* window, std::int64_t row_step,
                  const std::int64_t* offsets, T* sums) {
    constexpr auto functions = all(std::make_index_sequence<most>{});
    for (std::int64_t tap = 0; tap < taps; tap += most)
      functions[min(most, taps - tap) - 1](y, s, window, row_step, offsets + tap, sums + tap * lanes);
  }

 private:
  using Function = void (*)(const T*, const Conv2dShape&, const T*, std::int64_t, const std::int64_t*, T*);
  template <std::size_t... i>
  static constexpr std::array<Function, most> all(std::index_sequence<i...>) {
    return {add_some<static_cast<int>(i) + 1>...};
  }
  template <int taps>
  static void add_some(const T* y, const Conv2dShape& s, const T* window, std::int64_t row_step,
                       const std::int64_t* offsets, T* sums) {
    using V = Vector<T>;
    constexpr std::int64_t w = width<T>;
    const std::int64_t whole = s.out_width / lanes * lanes, rest = s.out_width - whole;
    V sum[taps][parts];
    const T* from[taps];
#pragma GCC unroll 9
    for (int tap = 0; tap < taps; ++tap) {
      from[tap] = window + offsets[tap];
#pragma GCC unroll 4
      for (int p = 0; p < parts; ++p) sum[tap][p] = load(sums + tap * lanes + p * w);
    }
    for (std::int64_t row = 0; row < s.out_height; ++row, y += s.out_width) {
      const std::int64_t begin = row * row_step;
      for (std::int64_t x = 0; x < whole; x += lanes)
#pragma GCC unroll 4
        for (int p = 0; p < parts; ++p) {
          const V right = load(y + x + p * w);
#pragma GCC unroll 9
          for (int tap = 0; tap < taps; ++tap)
            sum[tap][p] = multiply_add(right, load(from[tap] + begin + x + p * w), sum[tap][p]);
        }
#pragma GCC unroll 4
      for (int p = 0; p < parts; ++p) {
        const std::int64_t count = min(w, rest - p * w);
        if (count <= 0) break;
        const std::int64_t x = whole + p * w;
        if (count == w) {
          const V right = load(y + x);
#pragma GCC unroll 9
          for (int tap = 0; tap < taps; ++tap)
            sum[tap][p] = multiply_add(right, load(from[tap] + begin + x), sum[tap][p]);
        } else {
          const V right = load_partial(y + x, count);
#pragma GCC unroll 9
          for (int tap = 0; tap < taps; ++tap)
            sum[tap][p] = multiply_add(right, load_partial(from[tap] + begin + x, count), sum[tap][p]);
        }
      }
    }
#pragma GCC unroll 9
    for (int tap = 0; tap < taps; ++tap)
#pragma GCC unroll 4
      for (int p = 0; p < parts; ++p) store(sums + tap * lanes + p * w, sum[tap][p]);
  }
};

/// Images first..end-1's part of the gradient of the weight of one group: partial[channel, tap][channel of
/// y].
template <class T, class ImageOf, class GradientOf>
void add_tap_products(const Conv2dShape& s, std::int64_t first, std::int64_t end, ImageOf&& image_of,
                      GradientOf&& gradient_of, T* partial, std::int64_t row_size) {
  constexpr int lanes = TapProducts<T>::lanes;
  const std::int64_t in_channels = s.in_channels / s.groups, out_channels = s.out_channels / s.groups;
  const std::int64_t taps = in_channels * s.kernel_height * s.kernel_width;
  const Window<T> window(s, in_channels, 0, s.out_height);
  Workspace<T> padded(window.size()), sums(out_channels * taps * lanes);
  Workspace<std::int64_t> offsets(taps);
  find_taps(window, in_channels, offsets.data());
  std::memset(sums.data(), 0, static_cast<std::size_t>(out_channels * taps * lanes) * sizeof(T));
  for (std::int64_t n = first; n < end; ++n) {
    window.fill(image_of(n), padded.data());
    const T* const gradient = gradient_of(n);
    for (std::int64_t channel = 0; channel < out_channels; ++channel)
      TapProducts<T>::add(taps, gradient + channel * s.out_height * s.out_width, s, padded.data(),
                          s.stride_height * window.row_size, offsets.data(),
                          sums.data() + channel * taps * lanes);
  }
  for (std::int64_t channel = 0; channel < out_channels; ++channel)
    for (std::int64_t tap = 0; tap < taps; ++tap) {
      T* const sum = sums.data() + (channel * taps + tap) * lanes;
      for (int half = lanes / 2; half > 0; half /= 2)
        for (int lane = 0; lane < half; ++lane) sum[lane] += sum[lane + half];
      partial[tap * row_size + channel] = sum[0];
    }
}

}  // namespace
}  // namespace taper::kernels
