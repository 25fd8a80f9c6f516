// Convolution with kernels of 3 x 3 by minimal filtering. For conv2d.cpp only.
#pragma once

#include <taper/tensor/kernels/conv2d/tasks.h>
#include <taper/tensor/kernels/conv2d/winograd_tiles.h>

namespace taper::kernels {
namespace {

// Note [Winograd]
// A tile of 2 x 2 results meets 4 x 4 pixels d of each channel. With Winograd's F(2 x 2, 3 x 3) (Lavin and
// Gray, 2016, arXiv:1509.09308) it takes 16 products instead of 36 for each pair of channels:
//   y = A' [sum over channels of (G g G') * (B' d B)] A
// with * element by element, so that there are 16 products of matrices, [tiles, in] times [in, out], between
// linear maps of few additions:
//   B' d: d0 - d2, d1 + d2, d2 - d1, d1 - d3     A' m: m0 + m1 + m2, m1 - m2 - m3
//   G g:  g0, (g0 + g1 + g2) / 2, (g0 - g1 + g2) / 2, g2
// The gradient of the image is such a convolution itself (Note [Direct convolution]).
// Channels are turned into lanes for the maps, and back. The tiles of a few images, row by row, are the rows
// of one product. For one tile of registers, the 16 products are taken together, and A is applied while they
// are in L1. A NaN or an infinity in the image reaches all results of the tiles that meet it.

template <class T>
class WinogradConvolution {
 public:
  WinogradConvolution(const Conv2dShape& shape, bool adjoint, const T* bias)
      : s(shape),
        adjoint(adjoint),
        bias(bias),
        in_channels(s.in_channels / s.groups),
        out_channels(s.out_channels / s.groups),
        panels(ceil_div(out_channels, panel)),
        blocks(s, in_channels),
        in_step(ceil_div(in_channels, w) * w) {}

  std::int64_t weight_size() const { return weight_tasks() * 16 * in_channels * panel; }
  std::int64_t weight_tasks() const { return s.groups * panels; }

  /// G g G' for one panel of out_channels: [element, in_channel, out_channel].
  void pack_weight(const T* weight, std::int64_t task, T* packed) const {
    const std::int64_t group = task / panels, first = task % panels * panel;
    const std::int64_t count = min(panel, out_channels - first);
    const std::int64_t out_stride = adjoint ? 9 : in_channels * 9, in_stride = adjoint ? out_channels * 9 : 9;
    const T* const from = weight + group * out_channels * in_channels * 9 + first * out_stride;
    T* const to = packed + task * 16 * in_channels * panel;
    const auto transform = [](const V* g, V* result) {
      const V half(T(0.5));
      result[0] = g[0];
      result[1] = half * (g[0] + g[1] + g[2]);
      result[2] = half * (g[0] - g[1] + g[2]);
      result[3] = g[2];
    };
    alignas(64) T taps[9 * panel];
    for (std::int64_t c = 0; c < in_channels; ++c) {
      pack(from + c * in_stride, count, out_stride, 9, 1, taps, panel);
      for (std::int64_t lane = 0; lane < count; lane += w) {
        const auto tap = [&](int i, int j) {
          return load(taps + (adjoint ? 8 - 3 * i - j : 3 * i + j) * panel + lane);
        };
        V down[3][4];
        for (int j = 0; j < 3; ++j) {
          const V column[3] = {tap(0, j), tap(1, j), tap(2, j)};
          transform(column, down[j]);
        }
        for (int i = 0; i < 4; ++i) {
          const V row[3] = {down[0][i], down[1][i], down[2][i]};
          V across[4];
          transform(row, across);
          for (int j = 0; j < 4; ++j) store(to + ((4 * i + j) * in_channels + c) * panel + lane, across[j]);
        }
      }
    }
  }

  /// A block of images of one group; result_of(i) is where the group's channels of image i go.
  template <class ImageOf, class ResultOf>
  void run(const TileBlock& block, std::int64_t group, const T* packed, ImageOf&& image_of,
           ResultOf&& result_of) const {
    const std::int64_t rows = block.last - block.first, step = block.count() * in_step;
    PlanesInLanes<T> of_x(s.height, s.width, s.padding_height, s.padding_width, 2 * rows + 2,
                          2 * block.columns + 2);
    PlanesInLanes<T> of_y(s.out_height, s.out_width, 0, 0, 2 * rows, 2 * block.columns);
    of_x.choose(2 * block.first, 2 * rows + 2);
    of_y.choose(2 * block.first, 2 * rows);
    Workspace<T> x(of_x.size()), y(2 * block.images * of_y.size()), pixels(16 * step);
    std::memset(x.data(), 0, static_cast<std::size_t>(of_x.size()) * sizeof(T));
    for (std::int64_t i = 0; i < block.images; ++i) {
      const T* const image = image_of(block.first_image + i);
      for (std::int64_t c = 0; c < in_channels; c += w) {
        of_x.fill(image + c * s.height * s.width, min(w, in_channels - c), x.data());
        transform_lanes<4>(of_x, x.data(), block, pixels.data() + i * block.of_image() * in_step + c, step,
                           in_step, transform_pixels<V>);
      }
    }

    const std::int64_t chains = ceil_div(in_channels, chain_length);
    Workspace<TileLine> lines(chains);
    for (std::int64_t i = 0; i < chains; ++i) {
      const std::int64_t c = i * chain_length;
      lines.data()[i] = {c, c * panel, min(chain_length, in_channels - c)};
    }
    alignas(64) T products[16 * tile_rows * panel];
    Tile<T> tile{};
    tile.lines = chains;
    tile.chain_lines = 1;
    tile.line = lines.data();
    tile.a_row_stride = in_step;
    tile.b_row_stride = panel;
    tile.c_row_stride = panel;
    tile.start = zeros<T>;
    const RowTiles tiles(block.count());
    for (std::int64_t p = 0; p < panels; ++p) {
      const std::int64_t channel = p * panel, channels = min(panel, out_channels - channel);
      const std::int64_t vectors = channels <= w ? 1 : 2;
      V shift[2] = {V(T(0)), V(T(0))};
      for (std::int64_t v = 0; bias != nullptr && v < vectors; ++v) {
        const T* const from = bias + group * out_channels + channel + v * w;
        shift[v] = channels - v * w >= w ? load(from) : load_partial(from, channels - v * w);
      }
      for (std::int64_t i = 0; i < tiles.count; ++i) {
        const std::int64_t first = tiles.begin(i), count = tiles.begin(i + 1) - first;
        const auto function = tile_of(count, vectors, LayoutOfA::in_place);
        for (std::int64_t element = 0; element < 16; ++element) {
          tile.a = pixels.data() + element * step + first * in_step;
          tile.b = packed + ((group * panels + p) * 16 + element) * in_channels * panel;
          tile.c = products + element * tile_rows * panel;
          function(tile);
        }
        for (std::int64_t k = 0; k < count; ++k) {
          const std::int64_t at = first + k, of_image = at % block.of_image();
          T* const to = y.data() + at / block.of_image() * 2 * of_y.size() +
                        of_y.place(2 * (of_image / block.columns), 2 * (of_image % block.columns));
          for (std::int64_t v = 0; v < vectors; ++v)
            finish(products + k * panel + v * w, shift[v], to + v * of_y.size(), of_y.place(1, 0));
        }
      }
      for (std::int64_t i = 0; i < block.images; ++i)
        for (std::int64_t v = 0; v < vectors; ++v)
          of_y.empty(y.data() + (2 * i + v) * of_y.size(),
                     result_of(block.first_image + i) + (channel + v * w) * s.out_height * s.out_width,
                     min(w, channels - v * w));
    }
  }

  const Conv2dShape& s;
  const bool adjoint;
  const T* const bias;
  const std::int64_t in_channels, out_channels, panels;
  const TileBlocks blocks;
  const std::int64_t in_step;

 private:
  using V = Vector<T>;
  static constexpr std::int64_t w = width<T>, panel = panel_columns<T>;

  // A' m A for a register of channels, with bias and relu: 2 x 2 results.
  void finish(const T* m, const V& shift, T* to, std::int64_t row) const {
    V down[2][4];
#pragma GCC unroll 4
    for (int j = 0; j < 4; ++j) {
      const auto at = [&](int i) { return load(m + (4 * i + j) * tile_rows * panel); };
      const V m1 = at(1), m2 = at(2);
      down[0][j] = at(0) + m1 + m2;
      down[1][j] = m1 - m2 - at(3);
    }
#pragma GCC unroll 2
    for (int i = 0; i < 2; ++i) {
      V left = down[i][0] + down[i][1] + down[i][2] + shift;
      V right = down[i][1] - down[i][2] - down[i][3] + shift;
      if (s.relu) {
        left = relu(left);
        right = relu(right);
      }
      store(to + i * row, left);
      store(to + i * row + w, right);
    }
  }

  const decltype(GemmKernels<T>::tile) tile_of = table_for<GemmKernels<T>, TAPER_ISA>().tile;
};

template <class T>
void convolve_by_tiles(const Conv2dShape& s, bool adjoint, const Images<T>& images, const T* weight,
                       const T* bias, T* y, std::int32_t* positions) {
  const WinogradConvolution<T> convolution(s, adjoint, bias);
  Workspace<T> packed(convolution.weight_size());
  pack_weight(convolution, weight, packed.data());
  const TileBlocks& blocks = convolution.blocks;
  const std::int64_t size = convolution.out_channels * s.out_height * s.out_width;
  for_each_image(
      s, blocks.images, blocks.bands, size * convolution.in_channels * 9 / blocks.bands, images, y, positions,
      size,
      [&](std::int64_t block, std::int64_t group, std::int64_t band, auto&& image_of, auto&& result_of) {
        convolution.run(blocks.block(s, block, band), group, packed.data(), image_of, result_of);
      });
}

}  // namespace
}  // namespace taper::kernels
