// The register tile of the matrix product. For gemm.cpp, and its constants for conv2d.cpp.
#pragma once

#include <taper/tensor/kernels/gemm.h>
#include <taper/tensor/kernels/simd.h>

namespace taper::kernels {
namespace {

constexpr std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }
constexpr std::int64_t min(std::int64_t a, std::int64_t b) { return a < b ? a : b; }
constexpr std::int64_t max(std::int64_t a, std::int64_t b) { return a > b ? a : b; }

// A tile is up to tile_rows x 2 registers of sums; with two for B and one for A they fill the register file.
#if defined(__AVX512F__) || defined(__aarch64__)
constexpr std::int64_t tile_rows = 12;  // of 32 registers
#else
constexpr std::int64_t tile_rows = 6;  // of 16
#endif
/// Columns of a tile; B is taken in panels this wide.
template <class T>
constexpr std::int64_t panel_columns = 2 * width<T>;

/// The rows as tiles of nearly equal height.
struct RowTiles {
  explicit RowTiles(std::int64_t rows, std::int64_t most = tile_rows)
      : count(ceil_div(rows, most)), height(rows / count), higher(rows - height * count) {}
  std::int64_t begin(std::int64_t i) const { return i * height + min(i, higher); }
  std::int64_t count, height, higher;  // the first `higher` tiles have one row more
};

// One stride of A is known to be 1, so that the rows can be addressed from few registers: rows_adjacent for
// a_row_stride, otherwise a_column_stride.
template <class T, int rows, int vectors, bool rows_adjacent>
void compute_tile(const Tile<T>& tile) {
  using V = Vector<T>;
  constexpr std::int64_t w = width<T>;
  V sum[rows][vectors];
#pragma GCC unroll 16
  for (int i = 0; i < rows; ++i)
#pragma GCC unroll 2
    for (int v = 0; v < vectors; ++v) sum[i][v] = V(T(0));
  if (tile.column_bias != nullptr) {
#pragma GCC unroll 16
    for (int i = 0; i < rows; ++i)
#pragma GCC unroll 2
      for (int v = 0; v < vectors; ++v) sum[i][v] = load(tile.column_bias + v * w);
  }
  if (tile.row_bias != nullptr) {
#pragma GCC unroll 16
    for (int i = 0; i < rows; ++i)
#pragma GCC unroll 2
      for (int v = 0; v < vectors; ++v) sum[i][v] += V(tile.row_bias[i]);
  }
  T* const c = tile.c;
  const std::int64_t c_row = tile.c_row_stride;
  if (tile.accumulate) {
#pragma GCC unroll 16
    for (int i = 0; i < rows; ++i)
#pragma GCC unroll 2
      for (int v = 0; v < vectors; ++v) sum[i][v] += load(c + i * c_row + v * w);
  }

  constexpr int groups = (rows + 2) / 3;
  const std::int64_t a_row = rows_adjacent ? 1 : tile.a_row_stride;
  const std::int64_t a_step = rows_adjacent ? tile.a_column_stride : 1;
  const std::int64_t b_row = tile.b_row_stride;
  for (std::int64_t line = 0; line < tile.lines; ++line) {
    const T* a[groups];  // every third row: x86 addresses base + stride * {0, 1, 2}
#pragma GCC unroll 16
    for (int i = 0; i < groups; ++i)
      a[i] = tile.a + tile.line[line].a + (tile.a_threes != nullptr ? tile.a_threes[i] : 3 * i * a_row);
    const T* b = tile.b + tile.line[line].b;
#pragma GCC unroll 2
    for (std::int64_t k = tile.depth; k > 0; --k) {
      V right[vectors];
#pragma GCC unroll 2
      for (int v = 0; v < vectors; ++v) right[v] = load(b + v * w);
      b += b_row;
#pragma GCC unroll 16
      for (int i = 0; i < rows; ++i) {
        const V left(a[i / 3][i % 3 * a_row]);
#pragma GCC unroll 2
        for (int v = 0; v < vectors; ++v) sum[i][v] = multiply_add(left, right[v], sum[i][v]);
      }
#pragma GCC unroll 16
      for (int i = 0; i < groups; ++i) a[i] += a_step;
    }
  }

  if (tile.relu) {
    const V zero(T(0));
#pragma GCC unroll 16
    for (int i = 0; i < rows; ++i)
#pragma GCC unroll 2
      for (int v = 0; v < vectors; ++v) sum[i][v] = select(sum[i][v] <= zero, zero, sum[i][v]);
  }
#pragma GCC unroll 16
  for (int i = 0; i < rows; ++i)
#pragma GCC unroll 2
    for (int v = 0; v < vectors; ++v) store(c + i * c_row + v * w, sum[i][v]);
}

template <class T, int vectors, bool rows_adjacent, std::size_t... i>
constexpr TileFunction<T> tile_function(std::int64_t rows, std::index_sequence<i...>) {
  constexpr TileFunction<T> functions[] = {
      compute_tile<T, static_cast<int>(i) + 1, vectors, rows_adjacent>...};
  return functions[rows - 1];
}

/// The function for tiles of `rows` rows and 1 or 2 registers of columns.
template <class T>
TileFunction<T> tile_function(std::int64_t rows, std::int64_t vectors, bool rows_adjacent) {
  constexpr auto all = std::make_index_sequence<tile_rows>{};
  if (rows_adjacent)
    return vectors == 1 ? tile_function<T, 1, true>(rows, all) : tile_function<T, 2, true>(rows, all);
  return vectors == 1 ? tile_function<T, 1, false>(rows, all) : tile_function<T, 2, false>(rows, all);
}

}  // namespace
}  // namespace taper::kernels
