// Products of a few rows with a transposed matrix. For gemm.cpp.
#pragma once

#include <taper/tensor/kernels/gemm.h>
#include <taper/tensor/kernels/gemm_pack.h>
#include <taper/tensor/kernels/gemm_tile.h>

namespace taper::kernels {
namespace {

// Note [Few rows]
// A linear layer on one example reads each weight for a single multiply-add: memory binds, and a packed copy
// of the weight would be moved twice more. So with no more rows than a tile has, squares of B are transposed
// in registers and multiplied there. Lines of B are read from begin to end, which processors recognize and
// fetch ahead. The chains are those of Note [Matrix products].

template <class T>
bool has_few_rows(const Gemm<T>& p) {
  return p.rows <= tile_rows && p.b_row_stride == 1 && p.b_column_stride != 1 && p.depth >= width<T>;
}

/// Columns begin..end-1 of the product.
template <class T, int rows>
void multiply_few_rows(const Gemm<T>& p, std::int64_t begin, std::int64_t end) {
  using V = Vector<T>;
  constexpr std::int64_t w = width<T>;
  for (; begin < end; begin += w) {
    const std::int64_t count = end - begin < w ? end - begin : w;
    const T* lines[w];
    for (std::int64_t i = 0; i < w; ++i) lines[i] = p.b + (begin + (i < count ? i : 0)) * p.b_column_stride;
    V sum[rows];
#pragma GCC unroll 16
    for (int row = 0; row < rows; ++row) {
      const T* const start = p.accumulate               ? p.c + row * p.c_row_stride + begin
                             : p.column_bias != nullptr ? p.column_bias + begin
                                                        : zeros<T>;
      sum[row] = count == w ? load(start) : load_partial(start, count);
      if (p.row_bias != nullptr) sum[row] += V(p.row_bias[row]);
    }
    const auto multiply = [&](std::int64_t k, const V& column) {
#pragma GCC unroll 16
      for (int row = 0; row < rows; ++row)
        sum[row] = multiply_add(V(p.a[row * p.a_row_stride + k * p.a_column_stride]), column, sum[row]);
    };
    std::int64_t k = 0;
    for (; k + w <= p.depth; k += w) {
      V columns[w];
      transpose_square<T>([&](int i) { return load(lines[i] + k); },
                          [&](int i, const V& column) { columns[i] = column; });
#pragma GCC unroll 16
      for (int i = 0; i < w; ++i) multiply(k + i, columns[i]);
    }
    for (; k < p.depth; ++k) {
      alignas(64) T column[w];
      for (std::int64_t i = 0; i < w; ++i) column[i] = lines[i][k];
      multiply(k, load(column));
    }
#pragma GCC unroll 16
    for (int row = 0; row < rows; ++row) {
      const V zero(T(0));
      const V result = p.relu ? select(sum[row] <= zero, zero, sum[row]) : sum[row];
      T* const c = p.c + row * p.c_row_stride + begin;
      count == w ? store(c, result) : store_partial(c, result, count);
    }
  }
}

template <class T>
void multiply_few_rows(const Gemm<T>& p, std::int64_t begin, std::int64_t end) {
  [&]<std::size_t... i>(std::index_sequence<i...>) {
    constexpr void (*functions[])(const Gemm<T>&, std::int64_t,
                                  std::int64_t) = {multiply_few_rows<T, static_cast<int>(i) + 1>...};
    functions[p.rows - 1](p, begin, end);
  }
  (std::make_index_sequence<tile_rows>{});
}

}  // namespace
}  // namespace taper::kernels
