// Convolution of many images with few channels: a lane for each image. For conv2d.cpp only.
#pragma once

#include <array>
#include <cstring>
#include <utility>

#include <taper/tensor/kernels/conv2d/choose.h>
#include <taper/tensor/kernels/gemm_pack.h>
#include <taper/tensor/kernels/gemm_tile.h>
#include <taper/tensor/kernels/sum_rows.h>
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
        height(rows_met(s, s.out_height)),
        width(columns_met(s)),
        taps(channels * s.kernel_height * s.kernel_width),
        offsets_(taps) {
    std::int64_t* to = offsets_.data();
    for (std::int64_t channel = 0; channel < channels; ++channel)
      for (std::int64_t ky = 0; ky < s.kernel_height; ++ky)
        for (std::int64_t kx = 0; kx < s.kernel_width; ++kx)
          *to++ = ((channel * height + ky * s.dilation_height) * width + kx * s.dilation_width) * lanes;
  }
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
  const std::int64_t* offsets() const { return offsets_.data(); }
  /// Rows first..end-1 of the window.
  void fill(const T* const* images, std::int64_t count, std::int64_t first, std::int64_t end, T* to) const {
    const Vector<T> zero(T(0));
    const auto clear = [&](T* from, const T* last) {
      for (; from != last; from += kernels::width<T>) store(from, zero);
    };
    for (std::int64_t channel = 0; channel < channels; ++channel)
      for (std::int64_t y = first; y < end; ++y) {
        T* const row = to + (channel * height + y) * width * lanes;
        const Segment inside = of_image(channel, y);
        clear(row, row + inside.begin * lanes);
        images_to_lanes(images, count, inside.at, inside.length, row + inside.begin * lanes);
        clear(row + (inside.begin + inside.length) * lanes, row + width * lanes);
      }
  }
  void fill(const T* const* images, std::int64_t count, T* to) const { fill(images, count, 0, height, to); }
  /// The way back. Writes only what the window meets.
  void crop(const T* from, T* const* images, std::int64_t count) const {
    for (std::int64_t channel = 0; channel < channels; ++channel)
      for (std::int64_t y = 0; y < height; ++y) {
        const Segment inside = of_image(channel, y);
        lanes_to_images(from + ((channel * height + y) * width + inside.begin) * lanes, inside.length, images,
                        count, inside.at);
      }
  }

 private:
  /// The part of a row that lies in the image.
  struct Segment {
    std::int64_t begin, length;  // in the row
    std::int64_t at;             // in the image
  };
  Segment of_image(std::int64_t channel, std::int64_t row) const {
    const std::int64_t y = row - s.padding_height, begin = max(s.padding_width, 0);
    const std::int64_t length = min(width, s.width + s.padding_width) - begin;
    if (y < 0 || y >= s.height || length <= 0) return {0, 0, 0};
    return {begin, length, (channel * s.height + y) * s.width + begin - s.padding_width};
  }

  Workspace<std::int64_t> offsets_;
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

/// body(row, column) for each register of a tile, written out.
template <int rows, int columns, class Body>
[[gnu::always_inline]] inline void for_each_register(const Body& body) {
#pragma GCC unroll 16
  for (int row = 0; row < rows; ++row)
#pragma GCC unroll 16
    for (int column = 0; column < columns; ++column) body(row, column);
}

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
      T* const so_far = tile.sums + part;
      if (tile.begins)
        for_each_register<channels, columns>([&](int i, int j) { sum[i][j] = V(T(0)); });
      else
        for_each_register<channels, columns>(
            [&](int i, int j) { sum[i][j] = load(so_far + j * tile.tap_step + i * lanes); });
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
      if (tile.ends)
        for_each_register<channels, columns>(
            [&](int i, int j) { sum[i][j] += load(to + j * tile.tap_step + i * lanes); });
      for_each_register<channels, columns>(
          [&](int i, int j) { store(to + j * tile.tap_step + i * lanes, sum[i][j]); });
    }
  }
};

/// How positions of the result are divided into chains: as many rows together, or as many columns of one.
struct LaneChains {
  explicit LaneChains(const Conv2dShape& s)
      : rows(max(chain_length / s.out_width, 1)), columns(min(s.out_width, chain_length)) {}
  std::int64_t rows, columns;
};

}  // namespace
}  // namespace taper::kernels
