// Convolution of many images with few channels: a lane for each image. For conv2d.cpp only.
#pragma once

#include <array>
#include <cstring>
#include <utility>

#include <taper/tensor/kernels/conv2d_choose.h>
#include <taper/tensor/kernels/gemm_pack.h>
#include <taper/tensor/kernels/gemm_tile.h>
#include <taper/tensor/kernels/lanes.h>
#include <taper/tensor/kernels/workspace.h>

namespace taper::kernels {
namespace {

// Note [Images as lanes]
// A product of matrices with few rows leaves most of its tile empty, and rows of images shorter than a
// register leave most of that empty. Here each pixel of a block of images, 64 bytes, lies side by side, so
// that every register is full, whatever sizes, strides and dilations. A tile of channels x positions of the
// result stays in registers while the taps go by, as in a product. Images are transposed on their way in and
// out. For the gradient of the weight the tile is channels x taps, and the positions go by; the lanes are
// summed at the end.

constexpr std::int64_t lane_band = 12 * 1024;          // bytes of rows of y's gradient, in L1 for all taps
constexpr std::int64_t lane_rows = tile_rows * 2 / 3;  // of a tile
constexpr std::int64_t lane_columns = 3;

/// `length` adjacent elements of each of `count` images, into lanes. The lanes that are left over get 0.
template <class T>
[[gnu::flatten]] void images_to_lanes(const T* const* images, std::int64_t count, std::int64_t at,
                                      std::int64_t length, T* to) {
  constexpr std::int64_t w = width<T>, lanes = lanes_of_images<T>;
  for (std::int64_t first = 0; first < lanes; first += w)
    for (std::int64_t i = 0; i < length; i += w) {
      const std::int64_t n = min(w, length - i);
      const auto put = [&](auto&& row) {
        transpose_square<T>(row, [&](std::int64_t k, const Vector<T>& x) {
          if (k < n) store(to + (i + k) * lanes + first, x);
        });
      };
      const auto from = [&](std::int64_t lane) { return images[first + lane] + at + i; };
      if (count < first + w)
        put([&](std::int64_t lane) {
          return first + lane < count ? load_partial(from(lane), n) : Vector<T>(T(0));
        });
      else if (n == w)
        put([&](std::int64_t lane) { return load(from(lane)); });
      else
        put([&](std::int64_t lane) { return load_partial(from(lane), n); });
    }
}
/// The way back.
template <class T>
[[gnu::flatten]] void lanes_to_images(const T* from, std::int64_t length, T* const* images,
                                      std::int64_t count, std::int64_t at) {
  constexpr std::int64_t w = width<T>, lanes = lanes_of_images<T>;
  for (std::int64_t first = 0; first < count; first += w)
    for (std::int64_t i = 0; i < length; i += w) {
      const std::int64_t n = min(w, length - i);
      const auto to = [&](std::int64_t lane) { return images[first + lane] + at + i; };
      const auto get = [&](std::int64_t k) { return load(from + (i + min(k, n - 1)) * lanes + first); };
      if (n == w && first + w <= count)
        transpose_square<T>(get, [&](std::int64_t lane, const Vector<T>& x) { store(to(lane), x); });
      else
        transpose_square<T>(get, [&](std::int64_t lane, const Vector<T>& x) {
          if (first + lane < count) store_partial(to(lane), x, n);
        });
    }
}

/// The distance between channels of `positions` each: odd, so that they begin in different sets of the cache.
template <class T>
constexpr std::int64_t lane_channel_step(std::int64_t positions) {
  return (positions | 1) * lanes_of_images<T>;
}

/// The padded images of a block, in lanes: [channel, y, x, lane].
template <class T>
struct LaneWindow {
  explicit LaneWindow(const Conv2dShape& s)
      : s(s),
        channels(s.in_channels / s.groups),
        height(extent_met(s.out_height, s.stride_height, s.kernel_height, s.dilation_height)),
        width(extent_met(s.out_width, s.stride_width, s.kernel_width, s.dilation_width)),
        taps(channels * s.kernel_height * s.kernel_width) {}
  const Conv2dShape& s;
  std::int64_t channels, height, width, taps;
  static constexpr std::int64_t lanes = lanes_of_images<T>;

  std::int64_t size() const { return channels * height * width * lanes; }
  std::int64_t image_at(std::int64_t channel) const {  // that lies in it whole
    return ((channel * height + s.padding_height) * width + s.padding_width) * lanes;
  }
  std::int64_t row_step() const { return s.stride_height * width * lanes; }
  std::int64_t column_step() const { return s.stride_width * lanes; }
  /// Where taps begin: [channel, ky, kx].
  void find_taps(std::int64_t* offsets) const {
    for (std::int64_t channel = 0; channel < channels; ++channel)
      for (std::int64_t ky = 0; ky < s.kernel_height; ++ky)
        for (std::int64_t kx = 0; kx < s.kernel_width; ++kx)
          *offsets++ = ((channel * height + ky * s.dilation_height) * width + kx * s.dilation_width) * lanes;
  }
  /// Rows first..end-1 of the window.
  void fill(const T* const* images, std::int64_t count, std::int64_t first, std::int64_t end, T* to) const {
    const Vector<T> zero(T(0));
    const auto clear = [&](T* from, const T* last) {
      for (; from != last; from += kernels::width<T>) store(from, zero);
    };
    for (std::int64_t channel = 0; channel < channels; ++channel)
      for (std::int64_t y = first; y < end; ++y) {
        T* const row = to + (channel * height + y) * width * lanes;
        const Met met = of_image(channel, y);
        clear(row, row + met.begin * lanes);
        images_to_lanes(images, count, met.at, met.length, row + met.begin * lanes);
        clear(row + (met.begin + met.length) * lanes, row + width * lanes);
      }
  }
  void fill(const T* const* images, std::int64_t count, T* to) const { fill(images, count, 0, height, to); }
  /// The way back. Writes only what the window meets.
  void crop(const T* from, T* const* images, std::int64_t count) const {
    for (std::int64_t channel = 0; channel < channels; ++channel)
      for (std::int64_t y = 0; y < height; ++y) {
        const Met met = of_image(channel, y);
        lanes_to_images(from + ((channel * height + y) * width + met.begin) * lanes, met.length, images,
                        count, met.at);
      }
  }

 private:
  /// What a row meets of the image.
  struct Met {
    std::int64_t begin, length;  // in the row
    std::int64_t at;             // in the image
  };
  Met of_image(std::int64_t channel, std::int64_t row) const {
    const std::int64_t y = row - s.padding_height, begin = max(s.padding_width, 0);
    const std::int64_t length = min(width, s.width + s.padding_width) - begin;
    if (y < 0 || y >= s.height || length <= 0) return {0, 0, 0};
    return {begin, length, (channel * s.height + y) * s.width + begin - s.padding_width};
  }
};

/// A function for each height and width of a tile: functions[rows - 1][columns - 1].
template <class Kernel, std::int64_t most_rows = lane_rows, std::int64_t most_columns = lane_columns>
struct LaneTiles {
  using Function = typename Kernel::Function;
  template <std::size_t... i>
  static constexpr std::array<Function, sizeof...(i)> all(std::index_sequence<i...>) {
    return {Kernel::template run<static_cast<int>(i / most_columns) + 1,
                                 static_cast<int>(i % most_columns) + 1>...};
  }
  static constexpr auto functions = all(std::make_index_sequence<most_rows * most_columns>{});
  static Function get(std::int64_t rows, std::int64_t columns) {
    return functions[static_cast<std::size_t>((rows - 1) * most_columns + columns - 1)];
  }
};

/// A tile of results: channels x adjacent positions, over all taps.
template <class T>
struct LaneSum {
  const std::int64_t* offsets;
  std::int64_t taps;
  const T* weight;  // [tap, channel]
  const T* bias;    // or null
  bool relu;
  std::int64_t column_step;   // between positions in the window
  std::int64_t channel_step;  // between channels of the result

  using Function = void (*)(const LaneSum&, const T* from, T* to);
  template <int rows, int columns>
  static void run(const LaneSum& tile, const T* from, T* to) {
    using V = Vector<T>;
    constexpr std::int64_t lanes = lanes_of_images<T>;
    for (std::int64_t part = 0; part < lanes; part += width<T>) {
      const T *left = tile.weight, *bias = tile.bias;
      for (std::int64_t tap = 0; tap < tile.taps; bias = nullptr) {  // chain by chain
        const bool first = tap == 0;
        const std::int64_t end = min(tap + chain_length, tile.taps);
        V sum[rows][columns];
#pragma GCC unroll 16
        for (int i = 0; i < rows; ++i)
#pragma GCC unroll 4
          for (int j = 0; j < columns; ++j) sum[i][j] = V(bias != nullptr ? bias[i] : T(0));
        for (; tap < end; ++tap, left += rows) {
          const T* const at = from + tile.offsets[tap] + part;
          V right[columns];
#pragma GCC unroll 4
          for (int j = 0; j < columns; ++j) right[j] = load(at + j * tile.column_step);
#pragma GCC unroll 16
          for (int i = 0; i < rows; ++i) {
            const V factor(left[i]);
#pragma GCC unroll 4
            for (int j = 0; j < columns; ++j) sum[i][j] = multiply_add(factor, right[j], sum[i][j]);
          }
        }
        T* const found = to + part;
        if (!first) {
#pragma GCC unroll 16
          for (int i = 0; i < rows; ++i)
#pragma GCC unroll 4
            for (int j = 0; j < columns; ++j) sum[i][j] += load(found + i * tile.channel_step + j * lanes);
        }
        const V zero(T(0));
        const bool relu = tile.relu && end == tile.taps;
#pragma GCC unroll 16
        for (int i = 0; i < rows; ++i)
#pragma GCC unroll 4
          for (int j = 0; j < columns; ++j)
            store(found + i * tile.channel_step + j * lanes,
                  relu ? select(sum[i][j] <= zero, zero, sum[i][j]) : sum[i][j]);
      }
    }
  }
};

/// conv(x, weight) + bias, then relu if asked. `adjoint`: as for DirectConvolution.
template <class T>
class LaneConvolution {
 public:
  LaneConvolution(const Conv2dShape& shape, bool adjoint, const T* weight, const T* bias)
      : s(shape),
        bias(bias),
        in_channels(s.in_channels / s.groups),
        out_channels(s.out_channels / s.groups),
        window(shape),
        tiles(out_channels, lane_rows),
        offsets(window.taps),
        packed(s.out_channels * window.taps) {
    window.find_taps(offsets.data());
    const std::int64_t taps = s.kernel_height * s.kernel_width;
    T* to = packed.data();
    for (std::int64_t group = 0; group < s.groups; ++group)
      for (std::int64_t tile = 0; tile < tiles.count; ++tile)
        for (std::int64_t k = 0; k < window.taps; ++k)
          for (std::int64_t row = tiles.begin(tile); row < tiles.begin(tile + 1); ++row) {
            const std::int64_t i = k / taps, tap = k % taps;
            *to++ = adjoint ? weight[((group * in_channels + i) * out_channels + row) * taps + taps - 1 - tap]
                            : weight[(group * out_channels + row) * window.taps + k];
          }
  }

  std::int64_t work() const { return out_channels * window.taps * s.out_height * s.out_width; }

  /// One group of a block of images: from.fill(window, to) brings them into lanes; to.put(channel, row, rows,
  /// result) takes to.band() rows of each channel of the result, [position, lane], while they are in L1.
  template <class From, class To>
  void run(std::int64_t group, const From& from, To& to) {
    const std::int64_t band = to.band(), channel_step = lane_channel_step<T>(band * s.out_width);
    Workspace<T> padded(window.size()), found(min(out_channels, lane_rows) * channel_step);
    from.fill(window, padded.data());
    for (std::int64_t tile = 0; tile < tiles.count; ++tile) {
      const std::int64_t first = tiles.begin(tile), channels = tiles.begin(tile + 1) - first;
      const std::int64_t channel = group * out_channels + first;
      const LaneSum<T> sum{offsets.data(),
                           window.taps,
                           packed.data() + channel * window.taps,
                           bias != nullptr ? bias + channel : nullptr,
                           s.relu,
                           window.column_step(),
                           channel_step};
      for (std::int64_t row = 0; row < s.out_height; row += band) {
        const std::int64_t rows = min(band, s.out_height - row);
        for (std::int64_t y = 0; y < rows; ++y)
          for (std::int64_t x = 0; x < s.out_width; x += lane_columns)
            LaneTiles<LaneSum<T>>::get(channels, min(lane_columns, s.out_width - x))(
                sum, padded.data() + (row + y) * window.row_step() + x * window.column_step(),
                found.data() + (y * s.out_width + x) * lanes_of_images<T>);
        for (std::int64_t i = 0; i < channels; ++i)
          to.put(first + i, row, rows, found.data() + i * channel_step);
      }
    }
  }

 private:
  const Conv2dShape& s;
  const T* const bias;
  const std::int64_t in_channels, out_channels;
  const LaneWindow<T> window;
  const RowTiles tiles;
  Workspace<std::int64_t> offsets;
  Workspace<T> packed;
};

/// A tile of the gradient of the weight: channels x taps, over some positions of a chain.
template <class T>
struct LaneProducts {
  const LaneWindow<T>& window;
  std::int64_t channel_step;   // of the gradient of y
  std::int64_t rows, columns;  // of it: whole rows, or a part of one
  bool begins, ends;           // the chain
  T *sums, *totals;            // of the chain and of all: [tap * tap_step + channel * lanes + lane]
  std::int64_t tap_step;

  using Function = void (*)(const LaneProducts&, const T* gradient, const T* from,
                            const std::int64_t* offsets);
  template <int channels, int columns>
  static void run(const LaneProducts& tile, const T* gradient, const T* from, const std::int64_t* offsets) {
    using V = Vector<T>;
    constexpr std::int64_t lanes = lanes_of_images<T>;
    for (std::int64_t part = 0; part < lanes; part += width<T>) {
      V sum[channels][columns];
      const T* right_at[columns];
#pragma GCC unroll 9
      for (int j = 0; j < columns; ++j) right_at[j] = from + offsets[j] + part;
      T* const kept = tile.sums + part;
      if (tile.begins) {
#pragma GCC unroll 16
        for (int i = 0; i < channels; ++i)
#pragma GCC unroll 9
          for (int j = 0; j < columns; ++j) sum[i][j] = V(T(0));
      } else {
#pragma GCC unroll 16
        for (int i = 0; i < channels; ++i)
#pragma GCC unroll 9
          for (int j = 0; j < columns; ++j) sum[i][j] = load(kept + j * tile.tap_step + i * lanes);
      }
      const T* left = gradient + part;
      for (std::int64_t y = 0; y < tile.rows; ++y) {
        std::int64_t at = y * tile.window.row_step();
        for (std::int64_t x = 0; x < tile.columns; ++x, at += tile.window.column_step(), left += lanes) {
          V right[columns];
#pragma GCC unroll 9
          for (int j = 0; j < columns; ++j) right[j] = load(right_at[j] + at);
#pragma GCC unroll 16
          for (int i = 0; i < channels; ++i) {
            const V factor = load(left + i * tile.channel_step);
#pragma GCC unroll 9
            for (int j = 0; j < columns; ++j) sum[i][j] = multiply_add(factor, right[j], sum[i][j]);
          }
        }
      }
      T* const to = (tile.ends ? tile.totals : tile.sums) + part;
      if (tile.ends) {
#pragma GCC unroll 16
        for (int i = 0; i < channels; ++i)
#pragma GCC unroll 9
          for (int j = 0; j < columns; ++j) sum[i][j] += load(to + j * tile.tap_step + i * lanes);
      }
#pragma GCC unroll 16
      for (int i = 0; i < channels; ++i)
#pragma GCC unroll 9
        for (int j = 0; j < columns; ++j) store(to + j * tile.tap_step + i * lanes, sum[i][j]);
    }
  }
};

/// How positions of the result are divided into chains: as many rows together, or as many columns of one.
struct LaneChains {
  explicit LaneChains(const Conv2dShape& s)
      : rows(max(chain_length / s.out_width, 1)), columns(min(s.out_width, chain_length)) {}
  std::int64_t rows, columns;
};

/// The part of one group of images first..end-1 of the gradients of the weight, partial[channel, tap][channel
/// of y], and of the bias, unless that is null. fill(first, count, window, to) brings the next images into
/// lanes, gradient_of(channel, to) a channel of their gradients.
template <class T, class Fill, class GradientOf>
void add_lane_products(const Conv2dShape& s, std::int64_t first, std::int64_t end, Fill&& fill,
                       GradientOf&& gradient_of, T* partial, std::int64_t row_size, T* bias_partial) {
  constexpr std::int64_t lanes = lanes_of_images<T>, w = width<T>;
  const std::int64_t out_channels = s.out_channels / s.groups, positions = s.out_height * s.out_width;
  const std::int64_t channel_step = lane_channel_step<T>(positions);
  const LaneWindow<T> window(s);
  const RowTiles tiles(out_channels, lane_rows);
  const LaneChains chains(s);
  const std::int64_t size = (window.taps + 1) * out_channels * lanes;  // the last tap is the bias
  Workspace<T> padded(window.size()), gradient(out_channels * channel_step), sums(2 * size);
  T* const totals = sums.data() + size;
  Workspace<std::int64_t> offsets(window.taps);
  window.find_taps(offsets.data());
  std::memset(totals, 0, static_cast<std::size_t>(size) * sizeof(T));
  for (; first < end; first += lanes) {
    const std::int64_t count = min(lanes, end - first);
    fill(first, count, window, padded.data());
    for (std::int64_t i = 0; i < out_channels; ++i) {
      T* const from = gradient.data() + i * channel_step;
      gradient_of(i, from);
      T* const total = totals + (window.taps * out_channels + i) * lanes;
      for (std::int64_t part = 0; bias_partial != nullptr && part < lanes; part += w)
        for (std::int64_t at = 0; at < positions;) {
          Vector<T> sum(T(0));
          for (const std::int64_t last = min(at + chain_length, positions); at < last; ++at)
            sum += load(from + at * lanes + part);
          store(total + part, load(total + part) + sum);
        }
    }
    for (std::int64_t tile = 0; tile < tiles.count; ++tile) {
      const std::int64_t channel = tiles.begin(tile), channels = tiles.begin(tile + 1) - channel;
      const std::int64_t rows = max(lane_band / (channels * chains.columns * 64), 1);  // in L1, or half more
      const std::int64_t band = ceil_div(chains.rows, max(chains.rows / rows, 1));
      for (std::int64_t begin = 0; begin < s.out_height; begin += chains.rows)
        for (std::int64_t x = 0; x < s.out_width; x += chains.columns) {
          const std::int64_t last = min(begin + chains.rows, s.out_height);
          for (std::int64_t row = begin; row < last; row += band)
            for (std::int64_t tap = 0; tap < window.taps; tap += lane_columns) {
              const std::int64_t at = (tap * out_channels + channel) * lanes;
              LaneTiles<LaneProducts<T>>::get(channels, min(lane_columns, window.taps - tap))(
                  {window, channel_step, min(band, last - row), min(chains.columns, s.out_width - x),
                   row == begin, row + band >= last, sums.data() + at, totals + at, out_channels * lanes},
                  gradient.data() + channel * channel_step + (row * s.out_width + x) * lanes,
                  padded.data() + row * window.row_step() + x * window.column_step(), offsets.data() + tap);
            }
        }
    }
  }
  const auto add = [](const Vector<T>& a, const Vector<T>& b) { return a + b; };
  for (std::int64_t tap = 0; tap <= window.taps; ++tap)
    for (std::int64_t channel = 0; channel < out_channels; ++channel) {
      Vector<T> parts[lanes / w];
      for (std::int64_t part = 0; part < lanes / w; ++part)
        parts[part] = load(totals + (tap * out_channels + channel) * lanes + part * w);
      const T sum = first_lane<T>(combine_lanes(parts, add));
      if (tap < window.taps)
        partial[tap * row_size + channel] = sum;
      else if (bias_partial != nullptr)
        bias_partial[channel] = sum;
    }
}

}  // namespace
}  // namespace taper::kernels
