// Depthwise convolution of small images: a lane for each channel. For conv2d.cpp only.
#pragma once

#include <cstring>
#include <type_traits>

#include <taper/tensor/kernels/conv2d/depthwise.h>
#include <taper/tensor/kernels/conv2d/lane_window.h>
#include <taper/tensor/kernels/conv2d/tasks.h>

namespace taper::kernels {
namespace {

// Note [Channels as lanes]
// The rows of a small image leave registers partly empty, and where a kernel meets one channel only, most of
// its shifted loads cross a line of the cache. Here the channels of a block, 64 bytes, lie side by side as
// images do in Note [Images as lanes]. Then every register is full and every load aligned, for any stride,
// and a tap's weight is a register of its own. For the gradient of the weight each lane has a sum of its own,
// so nothing is left to add at the end but chains (Note [Chains]).

constexpr std::int64_t channel_columns = 14;  // positions of a tile
constexpr std::int64_t channel_taps = 9;      // of a tile of the gradient of the weight

/// The groups are blocks of channels.
template <class T>
Conv2dShape in_blocks(const Conv2dShape& s) {
  Conv2dShape result = s;
  result.groups = s.groups / lanes_of_images<T>;
  return result;
}

/// The planes of a block of channels.
template <class X>
struct Planes {
  static constexpr std::int64_t count = lanes_of_images<std::remove_const_t<X>>;
  Planes(X* first, std::int64_t size) {
    for (std::int64_t i = 0; i < count; ++i) at[i] = first + i * size;
  }
  X* at[count];
};

/// Fetches `rows` rows from row `first` on of the planes of the next block, so many elements each: short rows
/// of many planes are no pattern that the machine would foresee.
template <class T>
void fetch_next(const Planes<T>& planes, std::int64_t row_size, std::int64_t first, std::int64_t rows) {
  const T* const next = planes.at[0] + Planes<T>::count * (planes.at[1] - planes.at[0]) + first * row_size;
  for (std::int64_t i = 0; i < rows * row_size; i += Planes<T>::count) __builtin_prefetch(next + i, 0, 2);
}

/// Adjacent positions of the result, over all taps.
template <class T>
struct ChannelSum {
  const std::int64_t* offsets;
  std::int64_t taps;
  const T* weight;  // [tap, lane]
  const T* bias;    // [lane], or null
  bool relu;
  std::int64_t column_step;  // between positions in the window

  using Function = void (*)(const ChannelSum&, const T* from, T* to);
  template <int, int columns>
  static void run(const ChannelSum& tile, const T* from, T* to) {
    using V = Vector<T>;
    constexpr std::int64_t lanes = lanes_of_images<T>;
    for (std::int64_t part = 0; part < lanes; part += width<T>) {
      const V zero(T(0)), bias = tile.bias != nullptr ? load(tile.bias + part) : zero;
      for (std::int64_t tap = 0; tap < tile.taps;) {  // chain by chain
        const bool first = tap == 0;
        const std::int64_t end = min(tap + chain_length, tile.taps);
        const bool relu = tile.relu && end == tile.taps;
        V sum[columns];
#pragma GCC unroll 14
        for (int j = 0; j < columns; ++j) sum[j] = first ? bias : zero;
        for (; tap < end; ++tap) {
          const T* const at = from + tile.offsets[tap] + part;
          const V factor = load(tile.weight + tap * lanes + part);
#pragma GCC unroll 14
          for (int j = 0; j < columns; ++j)
            sum[j] = multiply_add(factor, load(at + j * tile.column_step), sum[j]);
        }
#pragma GCC unroll 14
        for (int j = 0; j < columns; ++j) {
          const V found = first ? sum[j] : sum[j] + load(to + j * lanes + part);
          store(to + j * lanes + part, relu ? kernels::relu(found) : found);
        }
      }
    }
  }
};

/// Rows of a band: enough positions for a square.
template <class T>
std::int64_t band_rows(const Conv2dShape& s) {
  return max(lanes_of_images<T> / s.out_width, 1);
}
/// Calls body(first, end, fresh, last) for bands of rows of the result, first..end-1, of which the rows
/// fresh..last-1 of the window are met for the first time. So what is brought into lanes is used while it is
/// in L1.
template <class T, class Body>
void for_each_band(const LaneWindow<T>& window, Body&& body) {
  const Conv2dShape& s = window.s;
  const std::int64_t rows = band_rows<T>(s);
  std::int64_t fresh = 0;
  for (std::int64_t first = 0; first < s.out_height; first += rows) {
    const std::int64_t end = min(first + rows, s.out_height);
    const std::int64_t last = window.height - (s.out_height - end) * s.stride_height;
    body(first, end, fresh, last);
    fresh = last;
  }
}

/// The weight as [block, tap, lane], the taps in reverse if asked.
template <class T>
void weight_to_lanes(const Conv2dShape& s, const T* weight, bool reverse, T* to) {
  const std::int64_t taps = s.kernel_height * s.kernel_width;
  for (std::int64_t channel = 0; channel < s.groups; channel += lanes_of_images<T>)
    for (std::int64_t tap = 0; tap < taps; ++tap)
      for (std::int64_t lane = 0; lane < lanes_of_images<T>; ++lane)
        *to++ = weight[(channel + lane) * taps + (reverse ? taps - 1 - tap : tap)];
}

/// conv(x, weight) + bias, then relu and pooling if asked. `adjoint`: as for DirectConvolution.
template <class T>
void convolve_channels(const Conv2dShape& s, bool adjoint, const Images<T>& images, const T* weight,
                       const T* bias, T* y, std::int32_t* maxima) {
  constexpr std::int64_t lanes = lanes_of_images<T>;
  const LaneWindow<T> window(s);
  const std::int64_t positions = s.out_height * s.out_width;
  const std::int64_t image_row = ceil_div(lanes * s.height * s.width, s.out_height);
  Workspace<T> packed(s.groups * window.taps);
  weight_to_lanes(s, weight, adjoint, packed.data());
  for_each_image(
      in_blocks<T>(s), 1, 1, lanes * window.taps * positions, images, y, maxima, lanes * positions,
      [&](std::int64_t n, std::int64_t block, std::int64_t, auto&& image_of, auto&& result_of) {
        const Planes<const T> image(image_of(n), s.height * s.width);
        const Planes<T> result(result_of(n), positions);
        Workspace<T> padded(window.size()), found(lanes * (lanes + s.out_width));
        const ChannelSum<T> sum{window.offsets(),
                                window.taps,
                                packed.data() + block * window.taps * lanes,
                                bias != nullptr ? bias + block * lanes : nullptr,
                                s.relu,
                                window.column_step()};
        for_each_band(window, [&](std::int64_t first, std::int64_t end, std::int64_t fresh,
                                  std::int64_t last) {
          fetch_next(image, image_row, first, end - first);
          fetch_next(result, lanes * s.out_width, first, end - first);
          window.fill(image.at, lanes, fresh, last, padded.data());
          for (std::int64_t i = first; i < end; ++i)
            for (std::int64_t j = 0; j < s.out_width; j += channel_columns)
              LaneTiles<ChannelSum<T>, 1, channel_columns>::get(1, min(channel_columns, s.out_width - j))(
                  sum, padded.data() + i * window.row_step() + j * window.column_step(),
                  found.data() + ((i - first) * s.out_width + j) * lanes);
          lanes_to_images(found.data(), (end - first) * s.out_width, result.at, lanes, first * s.out_width);
        });
      });
}

template <class T>
void channels_input_gradient(const Conv2dShape& s, const Conv2dGradient<T>& y_gradient, const T* weight,
                             T* x_gradient) {
  constexpr std::int64_t lanes = lanes_of_images<T>, w = width<T>;
  const Images<T> gradients(in_blocks<T>(s), y_gradient);
  const Conv2dShape a = adjoint(s);
  if (!has_stride(s)) return convolve_channels<T>(a, true, gradients, weight, nullptr, x_gradient, nullptr);
  const LaneWindow<T> window(s);
  const std::int64_t positions = s.out_height * s.out_width, pixels = s.height * s.width;
  Workspace<T> packed(s.groups * window.taps);
  weight_to_lanes(s, weight, false, packed.data());
  for_each_image<T>(
      in_blocks<T>(a), 1, 1, lanes * window.taps * positions, gradients, x_gradient, nullptr, lanes * pixels,
      [&](std::int64_t n, std::int64_t block, std::int64_t, auto&& image_of, auto&& result_of) {
        Workspace<T> padded(window.size()), gradient(lanes * positions);
        images_to_lanes(Planes<const T>(image_of(n), positions).at, lanes, 0, positions, gradient.data());
        std::memset(padded.data(), 0, static_cast<std::size_t>(window.size()) * sizeof(T));
        for (std::int64_t i = 0; i < positions; ++i) {
          T* const at =
              padded.data() + i / s.out_width * window.row_step() + i % s.out_width * window.column_step();
          for (std::int64_t part = 0; part < lanes; part += w) {
            const Vector<T> g = load(gradient.data() + i * lanes + part);
            for (std::int64_t tap = 0; tap < window.taps; ++tap) {
              T* const to = at + window.offsets()[tap] + part;
              const T* const factor = packed.data() + (block * window.taps + tap) * lanes + part;
              store(to, multiply_add(load(factor), g, load(to)));
            }
          }
        }
        std::memset(result_of(n), 0, static_cast<std::size_t>(lanes * pixels) * sizeof(T));
        window.crop(padded.data(), Planes<T>(result_of(n), pixels).at, lanes);
      });
}

template <class T>
void channels_weight_gradient(const Conv2dShape& s, const T* x, const Conv2dGradient<T>& y_gradient,
                              T* w_gradient, T* bias_gradient) {
  constexpr std::int64_t lanes = lanes_of_images<T>;
  const Conv2dShape blocks = in_blocks<T>(s);
  const Images<T> gradients(blocks, y_gradient);
  const LaneWindow<T> window(s);
  const std::int64_t positions = s.out_height * s.out_width, pixels = s.height * s.width;
  const std::int64_t image_row = ceil_div(lanes * pixels, s.out_height);
  const std::int64_t chunks = chunk_count(s.images, chunk_images, weight_chunks),
                     size = s.groups * window.taps;
  const std::int64_t columns = LaneChains(s).columns;  // of a chain, and its rows: those of whole bands
  const std::int64_t rows = max(LaneChains(s).rows / band_rows<T>(s), 1) * band_rows<T>(s);
  // For each chunk of images and each block of channels: [tap, lane].
  Workspace<T> partials(chunks * size), bias_partials(chunks * s.groups);
  std::memset(partials.data(), 0, static_cast<std::size_t>(chunks * size) * sizeof(T));
  std::memset(bias_partials.data(), 0, static_cast<std::size_t>(chunks * s.groups) * sizeof(T));
  for_each_task(
      chunks * blocks.groups, lanes * window.taps * positions * ceil_div(s.images, chunks),
      [&](std::int64_t task) {
        const std::int64_t chunk = task / blocks.groups, block = task % blocks.groups;
        const std::int64_t first = chunk_begin(chunk, chunks, s.images);
        const std::int64_t end = chunk_begin(chunk + 1, chunks, s.images);
        T* const sums = partials.data() + chunk * size + block * window.taps * lanes;
        Workspace<T> padded(window.size()), in_lanes(lanes * (lanes + s.out_width)), made(gradients.room());
        Workspace<T> of_chain(window.taps * lanes);
        for (std::int64_t n = first; n < end; ++n) {
          const T* const gradient = gradients.at(n * blocks.groups + block, made.data());
          if (bias_gradient != nullptr)
            add_row_sums(gradient, lanes, positions, n > first,
                         bias_partials.data() + chunk * s.groups + block * lanes);
          const Planes<const T> of_y(gradient, positions);
          const Planes<const T> image(x + (n * blocks.groups + block) * lanes * pixels, pixels);
          for_each_band(
              window, [&](std::int64_t row, std::int64_t last_row, std::int64_t fresh, std::int64_t last) {
                fetch_next(of_y, lanes * s.out_width, row, last_row - row);
                fetch_next(image, image_row, row, last_row - row);
                images_to_lanes(of_y.at, lanes, row * s.out_width, (last_row - row) * s.out_width,
                                in_lanes.data());
                window.fill(image.at, lanes, fresh, last, padded.data());
                for (std::int64_t at = 0; at < s.out_width; at += columns)
                  for (std::int64_t tap = 0; tap < window.taps; tap += channel_taps)
                    LaneTiles<LaneProducts<T>, 1, channel_taps>::get(1, min(channel_taps, window.taps - tap))(
                        {window, 0, last_row - row, min(columns, s.out_width - at), row % rows == 0,
                         last_row % rows == 0 || last_row == s.out_height, of_chain.data() + tap * lanes,
                         sums + tap * lanes, lanes},
                        in_lanes.data() + at * lanes,
                        padded.data() + row * window.row_step() + at * window.column_step(),
                        window.offsets() + tap);
              });
        }
      });
  for (std::int64_t channel = 0; channel < s.groups; ++channel) {
    const T* const from = partials.data() + channel / lanes * lanes * window.taps + channel % lanes;
    for (std::int64_t tap = 0; tap < window.taps; ++tap)
      w_gradient[channel * window.taps + tap] = total(from + tap * lanes, chunks, size);
    if (bias_gradient != nullptr)
      bias_gradient[channel] = total(bias_partials.data() + channel, chunks, s.groups);
  }
}

}  // namespace
}  // namespace taper::kernels
