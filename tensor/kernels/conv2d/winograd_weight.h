// The gradient of a weight of 3 x 3 by minimal filtering. For conv2d.cpp only.
#pragma once

#include <taper/tensor/kernels/conv2d/tasks.h>
#include <taper/tensor/kernels/conv2d/winograd_tiles.h>

namespace taper::kernels {
namespace {

// Note [Winograd for the weight]
// A tile of 2 x 2 gradients e of y meets the same 4 x 4 pixels d as in Note [Winograd], and adds to 3 x 3
// taps. Transposed, the identity there says
//   gradient of g = G' [sum over tiles of (A e A') * (B' d B)] G
// which are 16 products of matrices again, [in, tiles] times [tiles, out], with
//   A e:  e0, e0 + e1, e0 - e1, -e1     G' m: m0 + (m1 + m2) / 2, (m1 - m2) / 2, (m1 + m2) / 2 + m3
// Both operands are wanted with adjacent channels, so channels are turned into lanes before the transforms,
// while each pixel is there only once. A NaN or an infinity reaches all taps of its channel.

/// A part of the gradient of the weight.
template <class T, class ImageOf, class GradientOf>
void add_tiles(const Conv2dShape& s, const WeightPart<T>& part, const ImageOf& image_of,
               const GradientOf& gradient_of) {
  const std::int64_t channels = part.channels, first = part.first, end = part.end, row_size = part.row_size;
  using V = Vector<T>;
  constexpr std::int64_t w = width<T>, group = a_columns<T>, panel = panel_columns<T>;
  constexpr std::int64_t most_rows = group > tile_rows ? group / 2 : group;
  const std::int64_t out_channels = s.out_channels / s.groups;
  const TileBlocks blocks(s, channels + out_channels);
  const std::int64_t most_tiles = blocks.most_tiles();
  const std::int64_t groups = ceil_div(channels, group), panels = ceil_div(out_channels, panel);
  PlanesInLanes<T> of_x(s.height, s.width, s.padding_height, s.padding_width, 2 * blocks.band_rows() + 2,
                        2 * blocks.columns + 2);
  PlanesInLanes<T> of_y(s.out_height, s.out_width, 0, 0, 2 * blocks.band_rows(), 2 * blocks.columns);
  const std::int64_t x_step = groups * most_tiles * group, y_step = panels * most_tiles * panel;
  Workspace<T> x_tiles(16 * x_step), y_tiles(16 * y_step), products(channels * 16 * row_size);
  Workspace<T> x_lanes(of_x.size()), y_lanes(of_y.size());

  const auto transform_y = [](const V* e, V* to) {
    to[0] = e[0];
    to[1] = e[0] + e[1];
    to[2] = e[0] - e[1];
    to[3] = V(T(0)) - e[1];
  };
  const auto tile_of = table_for<GemmKernels<T>, TAPER_ISA>().tile;
  Workspace<TileLine> lines(ceil_div(most_tiles, chain_length));
  Tile<T> tile{};
  tile.chain_lines = 1;
  tile.line = lines.data();
  tile.start = zeros<T>;
  tile.b_row_stride = panel;
  tile.c_row_stride = 16 * row_size;
  for (std::int64_t n = first; n < end; n += blocks.images) {
    const T* gradient = nullptr;
    for (std::int64_t band = 0; band < blocks.bands; ++band) {
      TileBlock block = blocks.block(s, 0, band);
      block.images = min(blocks.images, end - n);
      of_x.choose(2 * block.first, 2 * (block.last - block.first) + 2);
      of_y.choose(2 * block.first, 2 * (block.last - block.first));
      if (n == first || blocks.bands > 1) {
        std::memset(x_lanes.data(), 0, static_cast<std::size_t>(of_x.size()) * sizeof(T));
        std::memset(y_lanes.data(), 0, static_cast<std::size_t>(of_y.size()) * sizeof(T));
      }
      for (std::int64_t i = 0; i < block.images; ++i) {
        if (band == 0) gradient = gradient_of(n + i);
        const T* const image = image_of(n + i);
        const std::int64_t at = i * block.of_image();
        for (std::int64_t c = 0; c < channels; c += w) {
          of_x.fill(image + c * s.height * s.width, min(w, channels - c), x_lanes.data());
          transform_lanes<4>(of_x, x_lanes.data(), block,
                             x_tiles.data() + (c / group * most_tiles + at) * group + c % group, x_step,
                             group, transform_pixels<V>);
        }
        for (std::int64_t c = 0; c < out_channels; c += w) {
          of_y.fill(gradient + c * s.out_height * s.out_width, min(w, out_channels - c), y_lanes.data());
          transform_lanes<2>(of_y, y_lanes.data(), block,
                             y_tiles.data() + (c / panel * most_tiles + at) * panel + c % panel, y_step,
                             panel, transform_y);
        }
      }
      tile.lines = ceil_div(block.count(), chain_length);
      for (std::int64_t i = 0; i < tile.lines; ++i) {
        const std::int64_t at = i * chain_length;
        lines.data()[i] = {at * group, at * panel, min(chain_length, block.count() - at)};
      }
      tile.accumulate = n > first || band > 0;
      for (std::int64_t element = 0; element < 16; ++element)
        for (std::int64_t row = 0; row < channels; row += most_rows) {
          tile.a = x_tiles.data() + element * x_step + row / group * most_tiles * group + row % group;
          for (std::int64_t column = 0; column < out_channels; column += panel) {
            tile.b = y_tiles.data() + element * y_step + column * most_tiles;
            tile.c = products.data() + (row * 16 + element) * row_size + column;
            tile_of(min(most_rows, channels - row), out_channels - column <= w ? 1 : 2,
                    LayoutOfA::packed)(tile);
          }
        }
    }
  }

  const auto gather = [](const V* m, V* to) {
    const V half(T(0.5)), both = half * (m[1] + m[2]);
    to[0] = m[0] + both;
    to[1] = half * (m[1] - m[2]);
    to[2] = both + m[3];
  };
  for (std::int64_t c = 0; c < channels; ++c)
    for (std::int64_t column = 0; column < row_size; column += w) {
      V down[4][3];
      for (int j = 0; j < 4; ++j) {
        V m[4];
        for (int i = 0; i < 4; ++i) m[i] = load(products.data() + (c * 16 + 4 * i + j) * row_size + column);
        gather(m, down[j]);
      }
      for (int i = 0; i < 3; ++i) {
        V row[4], taps[3];
        for (int j = 0; j < 4; ++j) row[j] = down[j][i];
        gather(row, taps);
        for (int j = 0; j < 3; ++j) store(part.partial + (c * 9 + 3 * i + j) * row_size + column, taps[j]);
      }
    }
}

}  // namespace
}  // namespace taper::kernels
