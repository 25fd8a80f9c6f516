// Tiles of 2 x 2 results of a kernel of 3 x 3, with channels as lanes. For winograd.h and winograd_weight.h.
#pragma once

#include <cstring>

#include <taper/tensor/kernels/conv2d/choose.h>
#include <taper/tensor/kernels/gemm_pack.h>
#include <taper/tensor/kernels/gemm_tile.h>
#include <taper/tensor/kernels/workspace.h>
#include <taper/tensor/parallel.h>

namespace taper::kernels {
namespace {

constexpr std::int64_t tiles_wanted = 200;          // in a block ...
constexpr std::int64_t tile_elements = 192 * 1024;  // ... of transformed pixels not many more than this

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
        most(max(min(tiles_wanted, tile_elements / (16 * channels)), 32)),
        bands(min(rows, ceil_div(rows * columns, most))),
        images(max(min(most / (rows * columns), s.images), 1)),
        groups_of_images(ceil_div(s.images, images)) {}
  TileBlock block(const Conv2dShape& s, std::int64_t i, std::int64_t band) const {
    const std::int64_t image = chunk_begin(i, groups_of_images, s.images);
    return {image, chunk_begin(i + 1, groups_of_images, s.images) - image, chunk_begin(band, bands, rows),
            chunk_begin(band + 1, bands, rows), columns};
  }
  std::int64_t band_rows() const { return ceil_div(rows, bands); }
  /// Tiles of the largest block.
  std::int64_t most_tiles() const { return images * band_rows() * columns; }
  std::int64_t rows, columns, most, bands, images, groups_of_images;
};

/// Where the pixels of some rows of planes are when a register of planes lies side by side: [row, column,
/// lane], with room around them for padding.
template <class T>
class PlanesInLanes {
 public:
  PlanesInLanes(std::int64_t height, std::int64_t width, std::int64_t padding_height,
                std::int64_t padding_width, std::int64_t rows, std::int64_t columns)
      : height_(height),
        width_(width),
        padding_height_(padding_height),
        padding_width_(padding_width),
        rows_(rows),
        columns_(columns),
        places_(min(rows, height) * width) {}
  /// Elements of the lanes; the last register takes what falls outside.
  std::int64_t size() const { return (rows_ * columns_ + 1) * w; }
  std::int64_t place(std::int64_t row, std::int64_t column) const { return (row * columns_ + column) * w; }

  Vector<T> at(const T* lanes, std::int64_t row, std::int64_t column) const {
    return load(lanes + place(row, column));
  }

  /// Sets which rows are meant: `rows` of the padded planes, from `first` on.
  void choose(std::int64_t first, std::int64_t rows) {
    const std::int64_t y = max(first - padding_height_, 0),
                       end = min(first + rows - padding_height_, height_);
    begin_ = y * width_;
    count_ = max(end - y, 0) * width_;
    std::int64_t* to = places_.data();
    for (std::int64_t row = y + padding_height_ - first; row < end + padding_height_ - first; ++row)
      for (std::int64_t column = padding_width_; column < width_ + padding_width_; ++column)
        *to++ = column >= 0 && column < columns_ ? place(row, column) : place(rows_, 0);
  }
  /// Takes up to a register of planes.
  void fill(const T* planes, std::int64_t count, T* lanes) const {
    const T* lines[w];
    for (std::int64_t lane = 0; lane < w; ++lane)
      lines[lane] = planes + (lane < count ? lane : 0) * height_ * width_ + begin_;
    for_each_square([&](std::int64_t i, std::int64_t n) {
      const std::int64_t* const places = places_.data() + i;
      if (n == w)
        transpose_square<T>([&](std::int64_t lane) { return load(lines[lane] + i); },
                            [&](std::int64_t k, const Vector<T>& x) { store(lanes + places[k], x); });
      else
        transpose_square<T>([&](std::int64_t lane) { return load_partial(lines[lane] + i, n); },
                            [&](std::int64_t k, const Vector<T>& x) {
                              if (k < n) store(lanes + places[k], x);
                            });
    });
  }
  /// The way back.
  void empty(const T* lanes, T* planes, std::int64_t count) const {
    for_each_square([&](std::int64_t i, std::int64_t n) {
      const std::int64_t* const places = places_.data() + i;
      T* const to = planes + begin_ + i;
      if (n == w && count == w)
        transpose_square<T>(
            [&](std::int64_t k) { return load(lanes + places[k]); },
            [&](std::int64_t lane, const Vector<T>& x) { store(to + lane * height_ * width_, x); });
      else
        transpose_square<T>([&](std::int64_t k) { return load(lanes + places[k < n ? k : 0]); },
                            [&](std::int64_t lane, const Vector<T>& x) {
                              T* const line = to + lane * height_ * width_;
                              if (lane < count) n == w ? store(line, x) : store_partial(line, x, n);
                            });
    });
  }

 private:
  static constexpr std::int64_t w = width<T>;
  /// square(first pixel, pixels): whole registers that may overlap, or fewer pixels than one.
  template <class Square>
  void for_each_square(const Square& square) const {
    if (count_ < w && count_ > 0) square(0, count_);
    for (std::int64_t i = 0; count_ >= w && i < count_; i += w) square(min(i, count_ - w), w);
  }

  std::int64_t height_, width_, padding_height_, padding_width_, rows_, columns_;
  std::int64_t begin_ = 0, count_ = 0;
  Workspace<std::int64_t> places_;
};

/// to[i * step + tile * tile_step] = element i of L p L' for the tiles of a block, where p are `size` x
/// `size` pixels and combine(column of p, column of L p) applies L.
template <int size, class T, class Combine>
void transform_lanes(const PlanesInLanes<T>& planes, const T* lanes, const TileBlock& block, T* to,
                     std::int64_t step, std::int64_t tile_step, const Combine& combine) {
  using V = Vector<T>;
  for (std::int64_t y = 0; y < block.last - block.first; ++y)
    for (std::int64_t x = 0; x < block.columns; ++x, to += tile_step) {
      V down[size][4];
#pragma GCC unroll 4
      for (int j = 0; j < size; ++j) {
        V column[size];
#pragma GCC unroll 4
        for (int i = 0; i < size; ++i) column[i] = planes.at(lanes, 2 * y + i, 2 * x + j);
        combine(column, down[j]);
      }
#pragma GCC unroll 4
      for (int i = 0; i < 4; ++i) {
        V row[size], across[4];
#pragma GCC unroll 4
        for (int j = 0; j < size; ++j) row[j] = down[j][i];
        combine(row, across);
#pragma GCC unroll 4
        for (int j = 0; j < 4; ++j) store(to + (4 * i + j) * step, across[j]);
      }
    }
}

/// B' d of Note [Winograd].
template <class V>
void transform_pixels(const V* d, V* to) {
  to[0] = d[0] - d[2];
  to[1] = d[1] + d[2];
  to[2] = d[2] - d[1];
  to[3] = d[1] - d[3];
}

}  // namespace
}  // namespace taper::kernels
