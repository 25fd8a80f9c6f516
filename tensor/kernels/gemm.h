// Kernels: products of matrices.
#pragma once

#include <cstdint>

#include <taper/tensor/kernels/dispatch.h>

namespace taper::kernels {

/// C = start + A B, then relu if asked, for `batch` triples of matrices; A is [rows, depth], B is
/// [depth, columns]. The start is 0, or C if `accumulate`, or the column_bias given; plus the row_bias given.
/// Strides are in elements and may be anything, so that a transpose costs nothing (an operand is read fastest
/// with one of its strides 1); a batch stride of 0 shares an operand. Columns of C are adjacent.
/// Each element is summed over the depth in order, with FMA, in chains that follow from the depth alone: see
/// Note [Chains].
template <class T>
struct Gemm {
  std::int64_t rows = 0, columns = 0, depth = 0;
  const T* a = nullptr;
  std::int64_t a_row_stride = 0, a_column_stride = 0;
  const T* b = nullptr;
  std::int64_t b_row_stride = 0, b_column_stride = 0;
  T* c = nullptr;
  std::int64_t c_row_stride = 0;
  bool accumulate = false;
  const T* row_bias = nullptr;     // [rows], or null
  const T* column_bias = nullptr;  // [columns], or null; not with `accumulate`
  bool relu = false;
  std::int64_t batch = 1;
  std::int64_t a_batch_stride = 0, b_batch_stride = 0, c_batch_stride = 0;
};

/// How a tile finds A: packed, in steps of tile_rows rounded up to whole registers; (float32) every third row
/// somewhere, the next two as adjacent as the columns; or with adjacent columns.
enum class LayoutOfA { packed, threes, in_place };

/// A stretch of the depth, and where it begins in A and in B.
struct TileLine {
  std::int64_t a, b, depth;
};

/// C = start + row_bias + A B, or C += row_bias + A B, for a few rows and one or two registers of columns; C
/// and start hold whole registers. Every `chain_lines` lines are a chain: see Note [Chains].
template <class T>
struct Tile {
  std::int64_t lines, chain_lines;
  const TileLine* line;
  const T* a;
  std::int64_t a_row_stride;
  const std::int64_t* a_threes;  // where rows 0, 3, 6, ... begin
  const T* b;
  std::int64_t b_row_stride;
  T* c;
  std::int64_t c_row_stride;
  bool accumulate;
  const T* start;     // [columns]: what the first chain of every row starts from; zeros if C is added to
  const T* row_bias;  // [rows], or null
  bool relu;
};
template <class T>
using TileFunction = void (*)(const Tile<T>&);

template <class T>
struct GemmKernels {
  /// On all threads where that pays.
  void (*multiply)(const Gemm<T>& product);
  /// On the calling thread, for the bodies of parallel loops. `columns_padded`: B's columns are adjacent, and
  /// its rows are readable up to a multiple of `panel_columns`.
  void (*multiply_here)(const Gemm<T>& product, bool columns_padded);
  std::int64_t panel_columns;
  /// The function for tiles of `rows` rows and 1 or 2 registers of columns.
  TileFunction<T> (*tile)(std::int64_t rows, std::int64_t vectors, LayoutOfA layout);
};

/// Computes the product. The caller has checked the shapes.
template <class T>
void gemm(const Gemm<T>& product) {
  table<GemmKernels<T>>().multiply(product);
}

}  // namespace taper::kernels
