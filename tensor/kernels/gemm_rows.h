// Products of a few rows with a transposed matrix. For gemm.cpp.
#pragma once

#include <taper/tensor/kernels/chains.h>
#include <taper/tensor/kernels/gemm.h>
#include <taper/tensor/kernels/gemm_pack.h>
#include <taper/tensor/kernels/gemm_tile.h>

namespace taper::kernels {
namespace {

// Note [Few rows]
// A linear layer on one example reads each weight for a single multiply-add: memory binds, and a packed copy
// of the weight would be moved twice more. So with no more rows than a tile has, squares of B are transposed
// in registers and multiplied there. Lines of B are read from begin to end, which processors recognize and
// fetch ahead. The chains are those of Note [Chains]; a multiply-add waits for the one before in its chain,
// so that one row takes the squares of several groups of lines in turns.

constexpr int lines_together = 16;  // with more, processors no longer fetch ahead

template <class T>
bool has_few_rows(const Gemm<T>& p) {
  return p.rows <= tile_rows && p.b_row_stride == 1 && p.b_column_stride != 1 && p.depth >= width<T>;
}

/// `groups` registers of columns from `begin` on, or `count` columns of one.
template <class T, int rows, std::int64_t groups>
void multiply_few_columns(const Gemm<T>& p, std::int64_t begin, std::int64_t count) {
  using V = Vector<T>;
  constexpr std::int64_t w = width<T>, line = 64 / sizeof(T);
  const bool cut = count < groups * w;
  const T* const b = p.b + begin * p.b_column_stride;
  std::int64_t lines[w];  // where a group's begin
  for (std::int64_t i = 0; i < w; ++i) lines[i] = i < count ? i * p.b_column_stride : 0;
  std::int64_t k = 0;
  do {
    const std::int64_t end = min(k + chain_length, p.depth), whole = k + (end - k) / w * w;
    const bool first = k == 0;
    V sum[rows][groups];
    const T* const start = first && !p.accumulate ? p.column_bias : nullptr;
#pragma GCC unroll 16
    for (int group = 0; group < groups; ++group) {
      V from(T(0));
      if (start != nullptr)
        from = cut ? load_partial(start + begin + group * w, count) : load(start + begin + group * w);
#pragma GCC unroll 16
      for (int row = 0; row < rows; ++row) sum[row][group] = from;
    }
    if (first && p.row_bias != nullptr) {
#pragma GCC unroll 16
      for (int row = 0; row < rows; ++row)
#pragma GCC unroll 16
        for (int group = 0; group < groups; ++group) sum[row][group] += V(p.row_bias[row]);
    }
    const auto multiply = [&](std::int64_t at, int group, const V& column) {
#pragma GCC unroll 16
      for (int row = 0; row < rows; ++row)
        sum[row][group] =
            multiply_add(V(p.a[row * p.a_row_stride + at * p.a_column_stride]), column, sum[row][group]);
    };
    for (; k < whole; k = min(k + line, whole))  // a line of the cache at a time
#pragma GCC unroll 16
      for (int group = 0; group < groups; ++group)
        for (std::int64_t x = k; x < min(k + line, whole); x += w) {
          const T* const at = b + group * w * p.b_column_stride + x;
          V columns[w];
          transpose_square<T>([&](int i) { return load(at + lines[i]); },
                              [&](int i, const V& column) { columns[i] = column; });
#pragma GCC unroll 16
          for (int i = 0; i < w; ++i) multiply(x + i, group, columns[i]);
        }
    for (; k < end; ++k)
#pragma GCC unroll 16
      for (int group = 0; group < groups; ++group) {
        alignas(64) T column[w];
        for (std::int64_t i = 0; i < w; ++i) column[i] = b[group * w * p.b_column_stride + lines[i] + k];
        multiply(k, group, load(column));
      }
    T* const c = p.c + begin;
    if (!first || p.accumulate) {
      const T* at = c;
      const std::int64_t step = disguised(p.c_row_stride);
#pragma GCC unroll 16
      for (int row = 0; row < rows; ++row, at += step)
#pragma GCC unroll 16
        for (int group = 0; group < groups; ++group)
          sum[row][group] += cut ? load_partial(at, count) : load(at + group * w);
    }
    if (p.relu && k == p.depth) {
#pragma GCC unroll 16
      for (int row = 0; row < rows; ++row)
#pragma GCC unroll 16
        for (int group = 0; group < groups; ++group) sum[row][group] = relu(sum[row][group]);
    }
    T* at = c;
#pragma GCC unroll 16
    for (int row = 0; row < rows; ++row, at += p.c_row_stride)
#pragma GCC unroll 16
      for (int group = 0; group < groups; ++group)
        cut ? store_partial(at, sum[row][group], count) : store(at + group * w, sum[row][group]);
  } while (k < p.depth);
}

/// Columns begin..end-1 of the product.
template <class T, int rows>
void multiply_few_rows(const Gemm<T>& p, std::int64_t begin, std::int64_t end) {
  constexpr std::int64_t w = width<T>, groups = rows == 1 && w < lines_together ? lines_together / w : 1;
  for (; end - begin >= groups * w; begin += groups * w)
    multiply_few_columns<T, rows, groups>(p, begin, groups * w);
  for (; begin < end; begin += w)
    multiply_few_columns<T, rows, 1>(p, begin, end - begin < w ? end - begin : w);
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
