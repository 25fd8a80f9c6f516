// Convolution of many images with few channels: a lane for each image. For conv2d.cpp only.
#pragma once

#include <cstring>

#include <taper/tensor/kernels/conv2d/lane_pooling.h>
#include <taper/tensor/kernels/conv2d/lane_window.h>
#include <taper/tensor/kernels/conv2d/tasks.h>

namespace taper::kernels {
namespace {

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
        for_each_register<rows, columns>(
            [&](int i, int j) { sum[i][j] = V(bias != nullptr ? bias[i] : T(0)); });
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
        const auto place = [&](int i, int j) { return found + i * tile.channel_step + j * lanes; };
        if (!first) for_each_register<rows, columns>([&](int i, int j) { sum[i][j] += load(place(i, j)); });
        const bool relu = tile.relu && end == tile.taps;
        for_each_register<rows, columns>(
            [&](int i, int j) { store(place(i, j), relu ? kernels::relu(sum[i][j]) : sum[i][j]); });
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
        packed(s.out_channels * window.taps) {
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
      const LaneSum<T> sum{window.offsets(),
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
  Workspace<T> packed;
};

/// A part of the gradients of weight and bias.
template <class T>
void add_lane_products(const Conv2dShape& s, const Images<T>& images, const Images<T>& gradients,
                       const WeightPart<T>& part) {
  constexpr std::int64_t lanes = lanes_of_images<T>, w = width<T>;
  const std::int64_t out_channels = s.out_channels / s.groups, positions = s.out_height * s.out_width;
  const std::int64_t channel_step = lane_channel_step<T>(positions);
  const LaneWindow<T> window(s);
  const RowTiles tiles(out_channels, lane_rows);
  const LaneChains chains(s);
  const std::int64_t size = (window.taps + 1) * out_channels * lanes;  // the last tap is the bias
  Workspace<T> padded(window.size()), gradient(out_channels * channel_step), sums(2 * size);
  T* const totals = sums.data() + size;
  std::memset(totals, 0, static_cast<std::size_t>(size) * sizeof(T));
  LaneImages<T> of_x(images), of_y(gradients);
  for (std::int64_t first = part.first; first < part.end; first += lanes) {
    const std::int64_t count = min(lanes, part.end - first);
    of_x.take(first * s.groups + part.group, s.groups, count);
    of_y.take(first * s.groups + part.group, s.groups, count);
    of_x.fill(window, padded.data());
    for (std::int64_t i = 0; i < out_channels; ++i) {
      T* const from = gradient.data() + i * channel_step;
      of_y.get_channel(i, positions, from);
      T* const total = totals + (window.taps * out_channels + i) * lanes;
      for (std::int64_t lane = 0; part.bias_partial != nullptr && lane < lanes; lane += w)
        for (std::int64_t at = 0; at < positions;) {
          Vector<T> sum(T(0));
          for (const std::int64_t last = min(at + chain_length, positions); at < last; ++at)
            sum += load(from + at * lanes + lane);
          store(total + lane, load(total + lane) + sum);
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
                  padded.data() + row * window.row_step() + x * window.column_step(), window.offsets() + tap);
            }
        }
    }
  }
  const auto add = [](const Vector<T>& a, const Vector<T>& b) { return a + b; };
  for (std::int64_t tap = 0; tap <= window.taps; ++tap)
    for (std::int64_t channel = 0; channel < out_channels; ++channel) {
      Vector<T> parts[lanes / w];
      for (std::int64_t i = 0; i < lanes / w; ++i)
        parts[i] = load(totals + (tap * out_channels + channel) * lanes + i * w);
      const T sum = first_lane<T>(combine_lanes(parts, add));
      if (tap < window.taps)
        part.partial[tap * part.row_size + channel] = sum;
      else if (part.bias_partial != nullptr)
        part.bias_partial[channel] = sum;
    }
}

template <class T>
void convolve_in_lanes(const Conv2dShape& s, bool adjoint, const Images<T>& images, const T* weight,
                       const T* bias, T* y, std::int32_t* maxima) {
  constexpr std::int64_t lanes = lanes_of_images<T>;
  LaneConvolution<T> convolution(s, adjoint, weight, bias);
  const std::int64_t blocks = ceil_div(s.images, lanes);
  Conv2dShape unpooled = s;
  unpooled.pool_height = unpooled.pool_width = 1;
  const bool pools = is_pooled(s);
  const std::int64_t size =
      s.out_channels / s.groups *
      (pools ? pool_of(s).out_height * pool_of(s).out_width : s.out_height * s.out_width);
  for_each_image(pools ? unpooled : s, lanes, 1, convolution.work(), images, y, maxima, size,
                 [&](std::int64_t block, std::int64_t group, std::int64_t, auto&&, auto&& result_of) {
                   const std::int64_t first = chunk_begin(block, blocks, s.images);
                   const std::int64_t count = chunk_begin(block + 1, blocks, s.images) - first;
                   LaneImages<T> from(images);
                   from.take(first * s.groups + group, s.groups, count);
                   LaneResults<T> to(s);
                   for (std::int64_t i = first; i < first + count; ++i)
                     to.add(result_of(i), pools ? maxima + (i * s.groups + group) * size : nullptr);
                   convolution.run(group, from, to);
                 });
}

}  // namespace
}  // namespace taper::kernels
