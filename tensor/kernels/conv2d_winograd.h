// Convolution with kernels of 3 x 3 by minimal filtering. For conv2d.cpp only.
#pragma once

#include <cstring>

#include <taper/tensor/kernels/conv2d_direct.h>
#include <taper/tensor/kernels/conv2d_epilogue.h>
#include <taper/tensor/kernels/shuffle.h>

namespace taper::kernels {
namespace {

// Note [Winograd]
// A tile of 2 x 2 results meets 4 x 4 pixels d of each channel. With Winograd's F(2 x 2, 3 x 3) (Lavin and
// Gray, 2016, arXiv:1509.09308) it takes 16 products instead of 36 for each pair of channels:
//   y = A' [sum over channels of (G g G') * (B' d B)] A
// with * element by element, so that there are 16 products of matrices, [out, in] times [in, tiles], between
// linear maps of few additions:
//   B' d: d0 - d2, d1 + d2, d2 - d1, d1 - d3     A' m: m0 + m1 + m2, m1 - m2 - m3
//   G g:  g0, (g0 + g1 + g2) / 2, (g0 - g1 + g2) / 2, g2
// The gradient of the image is such a convolution itself (Note [Direct convolution]).
// The tiles of a few images, row by row, are the columns of one product. For two registers of columns and the
// rows of one tile of registers, the 16 products are taken together, and A is applied while they are in L1.
// A NaN or an infinity in the image reaches all results of the tiles that meet it.

constexpr std::int64_t winograd_tiles = 200;            // wanted in a product ...
constexpr std::int64_t winograd_elements = 192 * 1024;  // ... of transformed images not larger than this

// Where it wins, as measured: with few channels the transforms cost more than they save, with many the
// transformed weight and images leave L2.
inline bool is_winograd(const Conv2dShape& s) {
  const std::int64_t in = s.in_channels / s.groups, out = s.out_channels / s.groups;
  return s.kernel_height == 3 && s.kernel_width == 3 && s.stride_height == 1 && s.stride_width == 1 &&
         s.dilation_height == 1 && s.dilation_width == 1 && in >= 16 && in <= 160 && out >= 16 &&
         s.images * s.out_height * s.out_width >= 256;
}

/// The tiles of a group of channels of images first_image.., rows of tiles first..last-1 of each.
struct TileBlock {
  std::int64_t first_image, images, first, last;
  std::int64_t columns;  // tiles in a row
  std::int64_t of_image() const { return (last - first) * columns; }
  std::int64_t count() const { return images * of_image(); }
};

/// How tiles are divided into blocks.
struct TileBlocks {
  TileBlocks(const Conv2dShape& s, std::int64_t channels)
      : rows(ceil_div(s.out_height, 2)),
        columns(ceil_div(s.out_width, 2)),
        most(max(min(winograd_tiles, winograd_elements / (16 * channels)), 32)),
        bands(min(rows, ceil_div(rows * columns, most))),
        images(max(min(most / (rows * columns), s.images), 1)),
        groups_of_images(ceil_div(s.images, images)) {}
  TileBlock block(const Conv2dShape& s, std::int64_t i, std::int64_t band) const {
    const std::int64_t image = chunk_begin(i, groups_of_images, s.images);
    return {image, chunk_begin(i + 1, groups_of_images, s.images) - image, chunk_begin(band, bands, rows),
            chunk_begin(band + 1, bands, rows), columns};
  }
  /// Tiles of the largest block, in whole panels and with room for a register more; an odd number of lines.
  template <class T>
  std::int64_t step() const {
    const std::int64_t tiles = images * ceil_div(rows, bands) * columns;
    return Window<T>::odd_lines(ceil_div(tiles, panel_columns<T>) * panel_columns<T> + width<T>);
  }
  std::int64_t rows, columns, most, bands, images, groups_of_images;
};

/// The rows of one channel that a block meets, with zeros around them, even and odd columns apart.
template <class T>
class SplitRows {
 public:
  SplitRows(std::int64_t height, std::int64_t width, std::int64_t padding_height, std::int64_t padding_width,
            std::int64_t tile_columns, std::int64_t rows)
      : height_(height),
        width_(width),
        padding_height_(padding_height),
        padding_width_(padding_width),
        half_(ceil_div(tile_columns + 1, w) * w + w),
        line_(2 * half_),
        rows_(rows * 2 * half_) {
    std::memset(line_.data(), 0, static_cast<std::size_t>(2 * half_) * sizeof(T));
  }
  /// Takes rows first..first+count-1 of the padded image.
  void fill(const T* image, std::int64_t first, std::int64_t count) {
    const std::int64_t skipped = padding_width_ < 0 ? -padding_width_ : 0;
    const std::int64_t at = padding_width_ < 0 ? 0 : padding_width_;
    const std::int64_t columns = min(width_ - skipped, 2 * half_ - at);
    for (std::int64_t i = 0; i < count; ++i) {
      T* const even_columns = rows_.data() + i * 2 * half_;
      const std::int64_t y = first + i - padding_height_;
      if (y < 0 || y >= height_) {
        std::memset(even_columns, 0, static_cast<std::size_t>(2 * half_) * sizeof(T));
        continue;
      }
      copy_row(image + y * width_ + skipped, line_.data() + at, columns);
      for (std::int64_t x = 0; x < half_; x += w) {
        const auto a = load_raw<Raw<T>>(line_.data() + 2 * x), b = load_raw<Raw<T>>(line_.data() + 2 * x + w);
        store_raw(even_columns + x, even(a, b));
        store_raw(even_columns + half_ + x, odd(a, b));
      }
    }
  }
  const T* even_columns(std::int64_t row) { return rows_.data() + row * 2 * half_; }
  const T* odd_columns(std::int64_t row) { return even_columns(row) + half_; }

 private:
  static constexpr std::int64_t w = width<T>;
  std::int64_t height_, width_, padding_height_, padding_width_, half_;
  Workspace<T> line_, rows_;
};

/// to[i * step + tile] = element i of B' d B, for a block's tiles of one channel of one image, a register V
/// at a time. Writes up to a register more.
template <class V, class T>
void transform_pixels(SplitRows<T>& rows, const TileBlock& block, T* to, std::int64_t step) {
  for (std::int64_t y = 0; y < block.last - block.first; ++y, to += block.columns)
    for (std::int64_t x = 0; x < block.columns; x += lanes_of<V>) {
      V d[4][4];
      for (int i = 0; i < 4; ++i) {
        const T* const e = rows.even_columns(2 * y + i) + x;
        const T* const o = rows.odd_columns(2 * y + i) + x;
        d[i][0] = load_raw<V>(e);
        d[i][1] = load_raw<V>(o);
        d[i][2] = load_raw<V>(e + 1);
        d[i][3] = load_raw<V>(o + 1);
      }
      const auto combine = [](const V& d0, const V& d1, const V& d2, const V& d3, V* out, int out_step) {
        out[0] = d0 - d2;
        out[out_step] = d1 + d2;
        out[2 * out_step] = d2 - d1;
        out[3 * out_step] = d1 - d3;
      };
      V down[4][4], all[16];
      for (int j = 0; j < 4; ++j) combine(d[0][j], d[1][j], d[2][j], d[3][j], &down[0][j], 4);
      for (int i = 0; i < 4; ++i) combine(down[i][0], down[i][1], down[i][2], down[i][3], all + 4 * i, 1);
      for (int i = 0; i < 16; ++i) store_raw(to + i * step + x, all[i]);
    }
}

/// The same with registers that fit the rows of tiles.
template <class T>
void transform_pixels(SplitRows<T>& rows, const TileBlock& block, T* to, std::int64_t step) {
  constexpr int half = static_cast<int>(width<T>) / 2;
  block.columns <= half ? transform_pixels<Raw<T, half>>(rows, block, to, step)
                        : transform_pixels<Raw<T>>(rows, block, to, step);
}

template <class T>
class WinogradConvolution {
 public:
  WinogradConvolution(const Conv2dShape& shape, bool adjoint, const T* bias)
      : s(shape),
        adjoint(adjoint),
        bias(bias),
        in_channels(s.in_channels / s.groups),
        out_channels(s.out_channels / s.groups),
        tiles(out_channels),
        blocks(s, in_channels),
        step(blocks.step<T>()),
        plane(Window<T>::odd_lines(in_channels * step)) {}

  /// Room for a block's transformed pixels.
  std::int64_t room() const { return 16 * plane; }

  std::int64_t weight_size() const { return weight_tasks() * 16 * in_channels * a_columns<T>; }
  std::int64_t weight_tasks() const { return s.groups * tiles.count; }

  /// G g G' for the rows of one tile: [element, in_channel, row].
  void pack_weight(const T* weight, std::int64_t task, T* packed) const {
    const std::int64_t group = task / tiles.count, row = tiles.begin(task % tiles.count);
    const std::int64_t rows = tiles.begin(task % tiles.count + 1) - row;
    const std::int64_t row_stride = adjoint ? 9 : in_channels * 9;
    const std::int64_t channel_stride = adjoint ? out_channels * 9 : 9;
    T* const to = packed + task * 16 * in_channels * a_columns<T>;
    for (std::int64_t c = 0; c < in_channels; ++c)
      for (std::int64_t k = 0; k < rows; ++k) {
        const T* const g =
            weight + group * out_channels * in_channels * 9 + (row + k) * row_stride + c * channel_stride;
        const auto at = [&](int i, int j) { return adjoint ? g[8 - 3 * i - j] : g[3 * i + j]; };
        T down[4][3];
        const auto combine = [](T g0, T g1, T g2, T* out, std::int64_t out_step) {
          out[0] = g0;
          out[out_step] = (g0 + g1 + g2) / 2;
          out[2 * out_step] = (g0 - g1 + g2) / 2;
          out[3 * out_step] = g2;
        };
        for (int j = 0; j < 3; ++j) combine(at(0, j), at(1, j), at(2, j), &down[0][j], 3);
        const std::int64_t between = in_channels * a_columns<T>;
        for (int i = 0; i < 4; ++i)
          combine(down[i][0], down[i][1], down[i][2], to + 4 * i * between + c * a_columns<T> + k, between);
      }
  }

  /// A block of images of one group; result_of(i) is where the group's channels of image i go.
  template <class ImageOf, class ResultOf>
  void run(const TileBlock& block, std::int64_t group, const T* packed, T* pixels, ImageOf&& image_of,
           ResultOf&& result_of) const {
    SplitRows<T> rows(s.height, s.width, s.padding_height, s.padding_width, block.columns,
                      2 * (block.last - block.first) + 2);
    for (std::int64_t i = 0; i < block.images; ++i) {
      const T* const image = image_of(block.first_image + i);
      for (std::int64_t c = 0; c < in_channels; ++c) {
        rows.fill(image + c * s.height * s.width, 2 * block.first, 2 * (block.last - block.first) + 2);
        transform_pixels(rows, block, pixels + c * step + i * block.of_image(), plane);
      }
    }
    const TileLine line{0, 0};
    alignas(64) T products[16 * tile_rows * w];
    Tile<T> tile{};
    tile.lines = 1;
    tile.line = &line;
    tile.depth = in_channels;
    tile.b_row_stride = step;
    tile.c_row_stride = w;
    tile.start = zeros<T>;
    for (std::int64_t first = 0; first < block.count(); first += w) {
      const std::int64_t count = min(w, block.count() - first), vectors = count <= width<T> ? 1 : 2;
      Run runs[w];
      const std::int64_t run_count = find_runs(block, first, count, runs);
      for (std::int64_t i = 0; i < tiles.count; ++i) {
        const std::int64_t row = tiles.begin(i), row_count = tiles.begin(i + 1) - row;
        const auto function = tile_of(row_count, vectors, LayoutOfA::packed);
        for (std::int64_t r = 0; r < run_count; ++r)
          for (std::int64_t k = 0; k < row_count; ++k) {
            const T* const to = result_of(runs[r].image) + place(row + k, runs[r]);
            __builtin_prefetch(to, 1);
            __builtin_prefetch(to + s.out_width, 1);
          }
        for (std::int64_t element = 0; element < 16; ++element) {
          tile.a = packed + ((group * tiles.count + i) * 16 + element) * in_channels * a_columns<T>;
          tile.b = pixels + element * plane + first;
          tile.c = products + element * tile_rows * w;
          function(tile);
        }
        for (std::int64_t k = 0; k < row_count; ++k)
          finish(products + k * w, vectors, group, row + k, runs, run_count, result_of);
      }
    }
  }

  const Conv2dShape& s;
  const bool adjoint;
  const T* const bias;
  const std::int64_t in_channels, out_channels;
  const RowTiles tiles;
  const TileBlocks blocks;
  const std::int64_t step, plane;  // between channels, and between the 16 elements

 private:
  static constexpr std::int64_t w = panel_columns<T>;

  /// What a panel holds of one row of an image's tiles.
  struct Run {
    std::int64_t image, y, x, column, count;
  };
  static std::int64_t find_runs(const TileBlock& block, std::int64_t first, std::int64_t count, Run* runs) {
    std::int64_t found = 0;
    for (std::int64_t column = 0; column < count; column += runs[found++].count) {
      const std::int64_t tile = first + column, at = tile % block.of_image(), x = at % block.columns;
      runs[found] = {block.first_image + tile / block.of_image(), block.first + at / block.columns, x, column,
                     min(block.columns - x, count - column)};
    }
    return found;
  }

  std::int64_t place(std::int64_t channel, const Run& run) const {
    return (channel * s.out_height + 2 * run.y) * s.out_width + 2 * run.x;
  }

  // A' m A for one channel of a panel, with bias and relu, and from there to its rows of the result.
  template <class ResultOf>
  void finish(const T* m, std::int64_t vectors, std::int64_t group, std::int64_t channel, const Run* runs,
              std::int64_t run_count, ResultOf&& result_of) const {
    using V = Vector<T>;
    const V zero(T(0)), shift(bias != nullptr ? bias[group * out_channels + channel] : T(0));
    alignas(64) T line[2][2 * w];
    for (std::int64_t v = 0; v < vectors; ++v) {
      const auto at = [&](int i, int j) { return load(m + (4 * i + j) * tile_rows * w + v * width<T>); };
      V down[2][4];
      for (int j = 0; j < 4; ++j) {
        const V m1 = at(1, j), m2 = at(2, j);
        down[0][j] = at(0, j) + m1 + m2;
        down[1][j] = m1 - m2 - at(3, j);
      }
      for (int i = 0; i < 2; ++i) {
        V left = down[i][0] + down[i][1] + down[i][2] + shift;
        V right = down[i][1] - down[i][2] - down[i][3] + shift;
        if (s.relu) {
          left = select(left <= zero, zero, left);
          right = select(right <= zero, zero, right);
        }
        Raw<T> a, b;
        std::memcpy(&a, &left, sizeof(a));
        std::memcpy(&b, &right, sizeof(b));
        store_raw(line[i] + 2 * v * width<T>, interleave_low(a, b));
        store_raw(line[i] + (2 * v + 1) * width<T>, interleave_high(a, b));
      }
    }
    for (std::int64_t r = 0; r < run_count; ++r) {
      const Run& run = runs[r];
      T* const to = result_of(run.image) + place(channel, run);
      const std::int64_t count = min(2 * run.count, s.out_width - 2 * run.x);
      copy_row(line[0] + 2 * run.column, to, count);
      if (2 * run.y + 1 < s.out_height) copy_row(line[1] + 2 * run.column, to + s.out_width, count);
    }
  }

  const decltype(GemmKernels<T>::tile) tile_of = table_for<GemmKernels<T>, TAPER_ISA>().tile;
};

}  // namespace
}  // namespace taper::kernels
