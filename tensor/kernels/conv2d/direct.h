// Convolution of stride 1 without unfolding the image. For conv2d.cpp only.
#pragma once

#include <cstring>

#include <taper/tensor/kernels/conv2d/choose.h>
#include <taper/tensor/kernels/conv2d/tasks.h>
#include <taper/tensor/kernels/conv2d/window.h>
#include <taper/tensor/kernels/gemm_pack.h>
#include <taper/tensor/kernels/gemm_tile.h>
#include <taper/tensor/kernels/workspace.h>
#include <taper/tensor/parallel.h>

namespace taper::kernels {
namespace {

// Note [Direct convolution]
// With a stride of 1, what one tap meets lies in the window as it would in the unfolded image, if positions
// are counted along the rows of the window: those between the end of one row of the result and the begin of
// the next are computed too, and dropped. So a panel of B is read where it is, one line of the depth for each
// tap, one step for each channel, and the few rows of the window that it meets stay in L1.
// The gradient of the image is such a convolution of the gradient of y: with the padding that is left of the
// kernel, the weight's channels exchanged and its taps backwards.
// The gradient of the weight needs A unfolded: its rows are taps, its columns positions. For kernels 3 wide,
// three rows are neighbours in the window, and the tile reads them there, one line of the depth for each row
// of the result.

constexpr std::int64_t direct_window = 32 * 1024;  // elements of one window
constexpr std::int64_t direct_row_block = 16;      // tiles of rows whose weight stays in L2
constexpr std::int64_t positions_in_l1 = 256;      // of a panel of the gradient of y

/// conv(x, weight) + bias, then relu if asked. `adjoint`: the shape is that of the gradient of the image,
/// and the weight that of the convolution itself.
template <class T>
class DirectConvolution {
 public:
  DirectConvolution(const Conv2dShape& shape, bool adjoint, const T* bias)
      : s(shape),
        adjoint(adjoint),
        bias(bias),
        in_channels(s.in_channels / s.groups),
        out_channels(s.out_channels / s.groups),
        taps(s.kernel_height * s.kernel_width),
        blocks(ceil_div(in_channels, max(min(channel_depth / taps, chain_length), 1))),
        bands(min(s.out_height, ceil_div(Window<T>(s, ceil_div(in_channels, blocks), 0, s.out_height).size(),
                                         direct_window))),
        tiles(out_channels) {}

  std::int64_t weight_size() const { return s.groups * tiles.count * in_channels * taps * a_columns<T>; }
  std::int64_t weight_tasks() const { return s.groups * tiles.count; }
  std::int64_t band_count() const { return bands; }
  /// Multiplications for one band.
  std::int64_t work() const { return out_channels * in_channels * taps * s.out_height * s.out_width / bands; }

  /// Copies the weight of one tile: [block, tap, channel, row].
  void pack_weight(const T* weight, std::int64_t task, T* packed) const {
    const std::int64_t group = task / tiles.count, row = tiles.begin(task % tiles.count);
    const std::int64_t rows = tiles.begin(task % tiles.count + 1) - row;
    const std::int64_t row_stride = adjoint ? taps : in_channels * taps;
    const std::int64_t channel_stride = adjoint ? out_channels * taps : taps;
    const T* const from = weight + group * out_channels * in_channels * taps + row * row_stride;
    T* to = packed + task * in_channels * taps * a_columns<T>;
    for (std::int64_t block = 0; block < blocks; ++block) {
      const std::int64_t channel = chunk_begin(block, blocks, in_channels);
      const std::int64_t channels = chunk_begin(block + 1, blocks, in_channels) - channel;
      for (std::int64_t tap = 0; tap < taps; ++tap, to += channels * a_columns<T>)
        pack(from + channel * channel_stride + (adjoint ? taps - 1 - tap : tap), rows, row_stride, channels,
             channel_stride, to, a_columns<T>);
    }
  }

  /// One band of rows of one group of one image.
  void run(const T* image, const T* packed, std::int64_t group, std::int64_t band, T* result) const {
    Window<T> window(s, ceil_div(in_channels, blocks), chunk_begin(band, bands, s.out_height),
                     chunk_begin(band + 1, bands, s.out_height));
    Workspace<T> padded(window.size());
    Workspace<TileLine> lines(taps);
    const std::int64_t columns = (window.last_row - window.first_row - 1) * window.row_size + s.out_width;
    alignas(64) T c[tile_rows * w] = {};

    Tile<T> tile{};
    tile.lines = taps;
    tile.line = lines.data();
    tile.b_row_stride = window.plane;
    tile.c = c;
    tile.c_row_stride = w;
    tile.start = zeros<T>;
    for (std::int64_t block = 0; block < blocks; ++block) {
      const std::int64_t channel = chunk_begin(block, blocks, in_channels);
      window.channels = chunk_begin(block + 1, blocks, in_channels) - channel;
      window.fill(image + channel * s.height * s.width, padded.data());
      for (std::int64_t tap = 0; tap < taps; ++tap)
        lines.data()[tap] = {tap * window.channels * a_columns<T>,
                             tap / s.kernel_width * s.dilation_height * window.row_size +
                                 tap % s.kernel_width * s.dilation_width,
                             window.channels};
      tile.chain_lines = lines_of_chain(taps, window.channels);
      tile.accumulate = block > 0;
      tile.relu = s.relu && block == blocks - 1;
      for (std::int64_t first = 0; first < tiles.count; first += direct_row_block)
        for (std::int64_t column = 0; column < columns; column += w) {
          const std::int64_t vectors = columns - column <= width<T> ? 1 : 2;
          tile.b = padded.data() + column;
          Run runs[w];
          const std::int64_t run_count = find_runs(window, column, min(column + w, columns), runs);
          for (std::int64_t i = first; i < min(first + direct_row_block, tiles.count); ++i) {
            const std::int64_t row = tiles.begin(i), rows = tiles.begin(i + 1) - row;
            tile.a = packed + ((group * tiles.count + i) * in_channels + channel) * taps * a_columns<T>;
            tile.row_bias = bias != nullptr && block == 0 ? bias + group * out_channels + row : nullptr;
            T* const to = result + row * s.out_height * s.out_width;
            const auto for_each_row = [&](auto&& body) {
              for (std::int64_t r = 0; r < run_count; ++r)
                for (std::int64_t y = 0; y < rows; ++y)
                  body(to + y * s.out_height * s.out_width + runs[r].at, c + y * w + runs[r].column,
                       runs[r].count);
            };
            for_each_row([&](T* in_y, T* in_tile, std::int64_t count) {
              if (block > 0)
                copy_row(in_y, in_tile, count);
              else
                __builtin_prefetch(in_y, 1);
            });
            products(rows, vectors, LayoutOfA::packed)(tile);
            for_each_row(
                [](T* in_y, const T* in_tile, std::int64_t count) { copy_row(in_tile, in_y, count); });
          }
        }
    }
  }

 private:
  static constexpr std::int64_t w = panel_columns<T>;

  /// What a panel holds of one row of y.
  struct Run {
    std::int64_t at, column, count;  // in the plane of y, in the panel
  };
  std::int64_t find_runs(const Window<T>& window, std::int64_t first, std::int64_t last, Run* runs) const {
    std::int64_t found = 0, y = first / window.row_size, x = first % window.row_size;
    for (std::int64_t column = first; column < last; column += window.row_size - x, ++y, x = 0)
      if (x < s.out_width)
        runs[found++] = {(window.first_row + y) * s.out_width + x, column - first,
                         min(s.out_width - x, last - column)};
    return found;
  }

  const Conv2dShape& s;
  const bool adjoint;
  const T* const bias;
  const std::int64_t in_channels, out_channels, taps, blocks, bands;
  const RowTiles tiles;
  const decltype(GemmKernels<T>::tile) products = table_for<GemmKernels<T>, TAPER_ISA>().tile;
};

/// Adds one image's part of the gradient of the weight, channel by channel.
template <class T>
void add_image_products(const Conv2dShape& s, const WeightPart<T>& part, const T* image, const T* y_gradient,
                        bool accumulate) {
  const std::int64_t channels = part.channels, out_channels = s.out_channels / s.groups;
  constexpr std::int64_t w = panel_columns<T>;
  const std::int64_t bands = min(s.out_height, ceil_div(s.out_height * s.out_width, positions_in_l1));
  const std::int64_t threes = channels * s.kernel_height, positions = s.out_height * s.out_width;
  const Window<T> largest(s, channels, 0, ceil_div(s.out_height, bands));
  const RowTiles tiles(threes, tile_rows / 3);
  const std::int64_t parts = ceil_div(s.out_width, chain_length);  // of a row
  const auto tile_of = table_for<GemmKernels<T>, TAPER_ISA>().tile;
  Workspace<T> padded(largest.size()), packed(largest.positions * w);
  Workspace<std::int64_t> begins(threes);
  Workspace<TileLine> lines(s.out_height * parts);

  Tile<T> tile{};
  tile.line = lines.data();
  tile.b = packed.data();
  tile.b_row_stride = w;
  tile.c_row_stride = part.row_size;
  tile.start = zeros<T>;
  for (std::int64_t i = 0; i < bands; ++i) {
    const Window<T> band(s, channels, chunk_begin(i, bands, s.out_height),
                         chunk_begin(i + 1, bands, s.out_height));
    band.fill(image, padded.data());
    tile.lines = (band.last_row - band.first_row) * parts;
    tile.chain_lines = lines_of_chain(tile.lines, ceil_div(s.out_width, parts));
    tile.accumulate = accumulate || i > 0;
    for (std::int64_t line = 0; line < tile.lines; ++line) {
      const std::int64_t y = line / parts, x = line % parts * chain_length;
      lines.data()[line] = {y * band.row_size + x, (y * s.out_width + x) * w,
                            min(chain_length, s.out_width - x)};
    }
    for (std::int64_t three = 0; three < threes; ++three)
      begins.data()[three] =
          three / s.kernel_height * band.plane + three % s.kernel_height * s.dilation_height * band.row_size;
    for (std::int64_t column = 0; column < out_channels; column += w) {
      const std::int64_t columns = min(w, out_channels - column);
      pack(y_gradient + column * positions + band.first_row * s.out_width, columns, positions, band.positions,
           1, packed.data(), w);
      for (std::int64_t j = 0; j < tiles.count; ++j) {
        const std::int64_t three = tiles.begin(j), rows = 3 * (tiles.begin(j + 1) - three);
        tile.a = padded.data();
        tile.a_threes = begins.data() + three;
        tile.c = part.partial + 3 * three * part.row_size + column;
        tile_of(rows, columns <= width<T> ? 1 : 2, LayoutOfA::threes)(tile);
      }
    }
  }
}

/// Convolves all images. `adjoint`: as for DirectConvolution.
template <class T>
void convolve_directly(const Conv2dShape& s, bool adjoint, const Images<T>& images, const T* weight,
                       const T* bias, T* y, std::int32_t* positions) {
  const DirectConvolution<T> convolution(s, adjoint, bias);
  Workspace<T> packed(convolution.weight_size());
  pack_weight(convolution, weight, packed.data());
  for_each_image(
      s, 1, convolution.band_count(), convolution.work(), images, y, positions,
      s.out_channels / s.groups * s.out_height * s.out_width,
      [&](std::int64_t n, std::int64_t group, std::int64_t band, auto&& image_of, auto&& result_of) {
        convolution.run(image_of(n), packed.data(), group, band, result_of(n));
      });
}

/// A part of the gradient of the weight.
template <class T, class ImageOf, class GradientOf>
void add_direct_products(const Conv2dShape& s, const WeightPart<T>& part, ImageOf&& image_of,
                         GradientOf&& gradient_of) {
  for (std::int64_t n = part.first; n < part.end; ++n)
    add_image_products(s, part, image_of(n), gradient_of(n), n > part.first);
}

}  // namespace
}  // namespace taper::kernels
