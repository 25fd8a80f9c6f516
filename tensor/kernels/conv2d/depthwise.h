// Convolution of channels that meet few others, without products of matrices. For conv2d.cpp only.
#pragma once

#include <taper/tensor/kernels/conv2d/direct.h>
#include <taper/tensor/kernels/conv2d/tasks.h>

namespace taper::kernels {
namespace {

// Note [Depthwise convolution]
// With one channel for each, or a few, a product of matrices would have few rows. Here registers hold
// adjacent positions of one channel, several rows below each other, and each tap adds its weight times the
// window, shifted (Note [Direct convolution]). Most shifted loads cross a line of the cache, so that loads
// would bind; but a row of the window, once loaded, serves all taps of a column of the kernel, each for
// another row of the result. So the taps are taken column by column: [channel, kx, ky]. The gradient of the
// weight is the other way round: each tap has sums in the lanes of a register. They are the lanes of 64 bytes
// on every instruction set, so that the sums are the same. Where these have become long enough, they are
// added to totals (Note [Chains]).

constexpr std::int64_t depthwise_window = 4 * 1024;  // elements of one window, which stays in L1

/// The taps of one channel of the result in a window, in columns that share loads.
template <class T>
struct TapColumns {
  TapColumns(const Window<T>& window, std::int64_t channels)
      : row_step(window.shape.stride_height * window.row_size),
        taps(channels * window.shape.kernel_height * window.shape.kernel_width),
        offsets_(taps) {
    const Conv2dShape& s = window.shape;
    const std::int64_t height = s.kernel_height;
    if (s.stride_height == 1 && s.dilation_height == 1 && (height == 3 || height == 5 || height == 7))
      down = static_cast<int>(height);
    std::int64_t* to = offsets_.data();
    for (std::int64_t channel = 0; channel < channels; ++channel)
      for (std::int64_t kx = 0; kx < s.kernel_width; ++kx)
        for (std::int64_t ky = 0; ky < height; ky += down) {
          const std::int64_t x = kx * s.dilation_width;
          *to++ = channel * window.plane + ky * s.dilation_height * window.row_size +
                  x % s.stride_width * window.width + x / s.stride_width;
        }
  }
  /// Where column i begins.
  std::int64_t offset(std::int64_t i) const { return offsets_.data()[i]; }
  std::int64_t count() const { return taps / down; }

  std::int64_t row_step;  // between what adjacent rows of the result meet
  std::int64_t taps;
  int down = 1;  // taps of a column

 private:
  Workspace<std::int64_t> offsets_;
};

/// The result of a group in bands of rows, and the windows that these meet.
template <class T>
struct DepthwiseBands {
  explicit DepthwiseBands(const Conv2dShape& shape)
      : s(shape),
        in_channels(s.in_channels / s.groups),
        out_channels(s.out_channels / s.groups),
        rows(ceil_div(s.out_height,
                      min(s.out_height,
                          ceil_div(Window<T>(s, in_channels, 0, s.out_height).size(), depthwise_window)))),
        count(ceil_div(s.out_height, rows)),
        window_(s, in_channels, 0, rows),
        lead_(window_.align_rows()),
        columns(window_, in_channels) {}

  std::int64_t rows_of(std::int64_t band) const { return min(rows, s.out_height - band * rows); }
  /// For fill().
  std::int64_t room() const { return lead_ + window_.size(); }
  /// The window of a band of an image.
  const T* fill(const T* image, std::int64_t band, T* room) const {
    Window<T> window = window_;
    window.first_row = band * rows;
    window.fill(image, room + lead_);
    return room + lead_;
  }
  /// Pixels to fetch from memory while the band is worked on.
  const T* after(const T* image, std::int64_t band) const {
    return image + (band + 1) * rows * s.stride_height * s.width;
  }

  const Conv2dShape& s;
  const std::int64_t in_channels, out_channels, rows, count;

 private:
  Window<T> window_;
  std::int64_t lead_;

 public:
  const TapColumns<T> columns;
};

/// Asks for a register of each of `rows` rows, which will be wanted soon.
template <int rows, class T>
void fetch_rows(const T* first, std::int64_t step) {
#pragma GCC unroll 8
  for (int i = 0; i < rows; ++i) __builtin_prefetch(first + i * step, 0, 2);
}

/// The taps of a channel, [ky, kx], as columns; in reverse if asked.
template <class T>
void to_columns(const Conv2dShape& s, const T* weight, bool reverse, T* to) {
  const std::int64_t taps = s.kernel_height * s.kernel_width;
  for (std::int64_t kx = 0; kx < s.kernel_width; ++kx)
    for (std::int64_t tap = kx; tap < taps; tap += s.kernel_width)
      *to++ = weight[reverse ? taps - 1 - tap : tap];
}

/// Function::run<down, rows>(...) for rows first..last-1 of the result, as many as have a function together.
template <class Function, class... Arguments>
void for_each_tile_of_rows(int down, std::int64_t rows, const Arguments&... arguments) {
  const auto run = [&]<int known_down>() {
    std::int64_t y = 0;
    for (; y + 8 <= rows; y += 8) Function::template run<known_down, 8>(y, arguments...);
    if (rows & 4) Function::template run<known_down, 4>(y, arguments...), y += 4;
    if (rows & 2) Function::template run<known_down, 2>(y, arguments...), y += 2;
    if (rows & 1) Function::template run<known_down, 1>(y, arguments...);
  };
  if (down == 3)
    run.template operator()<3>();
  else if (down == 5)
    run.template operator()<5>();
  else if (down == 7)
    run.template operator()<7>();
  else
    run.template operator()<1>();
}

/// Rows y.. of one channel of the result: the sum over a chain of columns of taps, added to those before.
template <class T>
struct TapSum {
  const TapColumns<T>& columns;
  std::int64_t begin, end;   // of the chain
  const T *window, *weight;  // [tap], of the chain
  T bias;
  bool relu;
  T* result;  // dense rows
  std::int64_t width;
  const T* next;       // pixels of the next band ...
  std::int64_t ahead;  // ... and how far its result is

  template <int down, int rows>
  static void run(std::int64_t y, const TapSum& s) {
    using V = Vector<T>;
    constexpr std::int64_t w = kernels::width<T>;
    const std::int64_t row_step = s.columns.row_step;
    const T* const from = s.window + y * row_step;
    T* const to = s.result + y * s.width;
    for (std::int64_t x = 0; x < s.width; x += w) {
      fetch_rows<rows>(s.next + y * s.width + x, s.width);
      fetch_rows<rows>(to + s.ahead + x, s.width);
      V sum[rows];
#pragma GCC unroll 8
      for (int i = 0; i < rows; ++i) sum[i] = V(s.bias);
      const T* weight = s.weight;
      for (std::int64_t column = s.begin; column < s.end; ++column, weight += down) {
        const T* const at = from + s.columns.offset(column) + x;
        V factor[down];
#pragma GCC unroll 8
        for (int tap = 0; tap < down; ++tap) factor[tap] = V(weight[tap]);
#pragma GCC unroll 16
        for (int row = 0; row < rows + down - 1; ++row) {
          const V pixels = in_register(load(at + row * row_step));
#pragma GCC unroll 8
          for (int tap = 0; tap < down; ++tap)
            if (row >= tap && row - tap < rows)
              sum[row - tap] = multiply_add(factor[tap], pixels, sum[row - tap]);
        }
      }
      if (s.begin > 0) {
        const T* at = to + x;
        const std::int64_t step = disguised(s.width);  // this is rare: no address waits for it
#pragma GCC unroll 8
        for (int i = 0; i < rows; ++i, at += step)
          sum[i] += s.width - x < w ? load_partial(at, s.width - x) : load(at);
      }
      if (s.relu) {
#pragma GCC unroll 8
        for (int i = 0; i < rows; ++i) sum[i] = kernels::relu(sum[i]);
      }
      T* at = to + x;
      if (s.width - x < w) {
#pragma GCC unroll 8
        for (int i = 0; i < rows; ++i, at += s.width) store_partial(at, sum[i], s.width - x);
      } else {
#pragma GCC unroll 8
        for (int i = 0; i < rows; ++i, at += s.width) store(at, sum[i]);
      }
    }
  }
};

/// conv(x, weight) + bias, then relu if asked. `adjoint`: as for DirectConvolution.
template <class T>
class DepthwiseConvolution {
 public:
  DepthwiseConvolution(const Conv2dShape& shape, bool adjoint, const T* weight, const T* bias)
      : s(shape), adjoint(adjoint), weight(weight), bias(bias), bands(s) {}

  std::int64_t band_count() const { return bands.count; }
  std::int64_t work() const { return bands.out_channels * bands.columns.taps * bands.rows * s.out_width; }

  /// One band of rows of one group of one image.
  void run(const T* image, std::int64_t group, std::int64_t band, T* result) {
    const std::int64_t taps = s.kernel_height * s.kernel_width;
    Workspace<T> padded(bands.room()), weights(bands.columns.taps);
    const T* const window = bands.fill(image, band, padded.data());
    for (std::int64_t channel = 0; channel < bands.out_channels; ++channel) {
      const std::int64_t y_channel = group * bands.out_channels + channel;
      for (std::int64_t i = 0; i < bands.in_channels; ++i) {
        const std::int64_t at = adjoint ? (group * bands.in_channels + i) * bands.out_channels + channel
                                        : y_channel * bands.in_channels + i;
        to_columns(s, weight + at * taps, adjoint, weights.data() + i * taps);
      }
      T* const to = result + (channel * s.out_height + band * bands.rows) * s.out_width;
      const std::int64_t count = bands.columns.count(), down = bands.columns.down;
      for (std::int64_t column = 0; column < count; column += chain_length / down) {
        const std::int64_t end = min(column + chain_length / down, count);
        for_each_tile_of_rows<TapSum<T>>(
            bands.columns.down, bands.rows_of(band),
            TapSum<T>{bands.columns, column, end, window, weights.data() + column * down,
                      column == 0 && bias != nullptr ? bias[y_channel] : T(0), s.relu && end == count, to,
                      s.out_width, bands.after(image, band), bands.rows * s.out_width});
      }
    }
  }

 private:
  const Conv2dShape& s;
  const bool adjoint;
  const T *const weight, *const bias;
  const DepthwiseBands<T> bands;
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
  const TapColumns<T> columns(window, in_channels);
  Workspace<T> padded(window.size()), weights(columns.taps);
  std::memset(padded.data(), 0, static_cast<std::size_t>(window.size()) * sizeof(T));
  for (std::int64_t channel = 0; channel < out_channels; ++channel) {
    for (std::int64_t i = 0; i < in_channels; ++i)
      to_columns(s, weight + (channel * in_channels + i) * taps, false, weights.data() + i * taps);
    for (std::int64_t y = 0; y < s.out_height; ++y) {
      const T* const g = y_gradient + (channel * s.out_height + y) * s.out_width;
      const V last = load_partial(g + whole, rest);
      for (std::int64_t tap = 0; tap < columns.taps; ++tap) {
        const V factor(weights.data()[tap]);
        T* const to =
            padded.data() + columns.offset(tap / columns.down) + (y + tap % columns.down) * columns.row_step;
        for (std::int64_t x = 0; x < whole; x += w)
          store(to + x, multiply_add(factor, load(g + x), load(to + x)));
        if (rest != 0)
          store_partial(to + whole, multiply_add(factor, last, load_partial(to + whole, rest)), rest);
      }
    }
  }
  window.crop(padded.data(), x_gradient);
}

/// Rows y.., some columns of them, of one channel's part of the gradient of the weight: sums[tap, lane] +=
/// gradient[x] * window[x shifted by the tap], with x = lane modulo lanes.
template <class T>
struct TapProducts {
  static constexpr std::int64_t lanes = 64 / sizeof(T);
  const TapColumns<T>& columns;
  const T *window, *gradient;
  std::int64_t width, count;  // of a row, and of the columns
  T* sums;
  const T* next;       // pixels of the next band ...
  std::int64_t ahead;  // ... and how far its gradient is

  template <int down, int rows>
  static void run(std::int64_t y, const TapProducts& p) {
    constexpr std::int64_t w = kernels::width<T>;
    std::int64_t x = 0;
    for (; x + w <= p.count; x += w) add<down, rows>(p, y, x, [](const T* from) { return load(from); });
    if (const std::int64_t rest = p.count - x; rest > 0)
      add<down, rows>(p, y, x, [rest](const T* from) { return load_partial(from, rest); });
  }

 private:
  template <int down, int rows, class Get>
  static void add(const TapProducts& p, std::int64_t y, std::int64_t x, Get&& get) {
    using V = Vector<T>;
    const std::int64_t row_step = p.columns.row_step;
    fetch_rows<rows>(p.next + y * p.width + x, p.width);
    fetch_rows<rows>(p.gradient + y * p.width + p.ahead + x, p.width);
    V gradient[rows];
#pragma GCC unroll 8
    for (int i = 0; i < rows; ++i) gradient[i] = get(p.gradient + (y + i) * p.width + x);
    T* sums = p.sums + x % lanes;
    for (std::int64_t column = 0; column < p.columns.count(); ++column, sums += down * lanes) {
      const T* const at = p.window + y * row_step + p.columns.offset(column) + x;
      V sum[down];
#pragma GCC unroll 8
      for (int tap = 0; tap < down; ++tap) sum[tap] = load(sums + tap * lanes);
#pragma GCC unroll 16
      for (int row = 0; row < rows + down - 1; ++row) {
        const V pixels = in_register(get(at + row * row_step));
#pragma GCC unroll 8
        for (int tap = 0; tap < down; ++tap)
          if (row >= tap && row - tap < rows) sum[tap] = multiply_add(gradient[row - tap], pixels, sum[tap]);
      }
#pragma GCC unroll 8
      for (int tap = 0; tap < down; ++tap) store(sums + tap * lanes, sum[tap]);
    }
  }
};

/// A part of the gradient of the weight.
template <class T, class ImageOf, class GradientOf>
void add_tap_products(const Conv2dShape& s, const WeightPart<T>& part, ImageOf&& image_of,
                      GradientOf&& gradient_of) {
  constexpr std::int64_t lanes = TapProducts<T>::lanes;
  const DepthwiseBands<T> bands(s);
  const std::int64_t size = bands.columns.taps * lanes, positions = s.out_height * s.out_width;
  const std::int64_t sum_count = bands.out_channels * size;
  Workspace<T> padded(bands.room()), sums(2 * sum_count);
  T* const totals = sums.data() + sum_count;
  std::memset(sums.data(), 0, static_cast<std::size_t>(2 * sum_count) * sizeof(T));
  std::int64_t length = 0;  // of the chains in the sums
  const auto end_chains = [&] {
    const Vector<T> zero(T(0));
    for (std::int64_t i = 0; i < sum_count; i += width<T>) {
      store(totals + i, load(totals + i) + load(sums.data() + i));
      store(sums.data() + i, zero);
    }
    length = 0;
  };
  for (std::int64_t n = part.first; n < part.end; ++n) {
    const T *const image = image_of(n), *const gradient = gradient_of(n);
    for (std::int64_t band = 0; band < bands.count; ++band) {
      const T* const window = bands.fill(image, band, padded.data());
      for (std::int64_t x = 0; x < s.out_width; x += chain_length * lanes) {
        const std::int64_t count = min(chain_length * lanes, s.out_width - x);
        const std::int64_t more = bands.rows_of(band) * ceil_div(count, lanes);
        if (length > 0 && length + more > chain_length) end_chains();
        length += more;
        for (std::int64_t channel = 0; channel < bands.out_channels; ++channel)
          for_each_tile_of_rows<TapProducts<T>>(
              bands.columns.down, bands.rows_of(band),
              TapProducts<T>{bands.columns, window + x,
                             gradient + channel * positions + band * bands.rows * s.out_width + x,
                             s.out_width, count, sums.data() + channel * size, bands.after(image, band) + x,
                             bands.rows * s.out_width});
      }
    }
  }
  end_chains();
  T* sum = totals;
  for (std::int64_t channel = 0; channel < bands.out_channels; ++channel)
    for (std::int64_t i = 0; i < bands.in_channels; ++i)
      for (std::int64_t kx = 0; kx < s.kernel_width; ++kx)
        for (std::int64_t ky = 0; ky < s.kernel_height; ++ky, sum += lanes) {
          for (std::int64_t half = lanes / 2; half > 0; half /= 2)
            for (std::int64_t lane = 0; lane < half; ++lane) sum[lane] += sum[lane + half];
          part.partial[((i * s.kernel_height + ky) * s.kernel_width + kx) * part.row_size + channel] = *sum;
        }
}

template <class T>
void convolve_depthwise(const Conv2dShape& s, bool adjoint, const Images<T>& images, const T* weight,
                        const T* bias, T* y, std::int32_t* positions) {
  DepthwiseConvolution<T> convolution(s, adjoint, weight, bias);
  for_each_image(s, 1, convolution.band_count(), convolution.work(), images, y, positions,
                 s.out_channels / s.groups * s.out_height * s.out_width,
                 [&](std::int64_t n, std::int64_t group, std::int64_t band, auto&& image_of,
                     auto&& result_of) { convolution.run(image_of(n), group, band, result_of(n)); });
}

/// The gradient of the image, where there is a stride.
template <class T>
void spread_depthwise(const Conv2dShape& s, const Images<T>& gradients, const T* weight, T* x_gradient) {
  const std::int64_t in_channels = s.in_channels / s.groups, out_channels = s.out_channels / s.groups;
  const std::int64_t depth = in_channels * s.kernel_height * s.kernel_width;
  for_each_image<T>(adjoint(s), 1, 1, out_channels * depth * s.out_height * s.out_width, gradients,
                    x_gradient, nullptr, in_channels * s.height * s.width,
                    [&](std::int64_t n, std::int64_t group, std::int64_t, auto&& image_of, auto&& result_of) {
                      spread_depthwise(s, image_of(n), weight + group * out_channels * depth, result_of(n));
                    });
}

}  // namespace
}  // namespace taper::kernels
