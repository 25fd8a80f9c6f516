// The register tile of the matrix product. For gemm.cpp, and its constants for conv2d.cpp.
#pragma once

#include <taper/tensor/kernels/chains.h>
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
/// Whether special kinds of convolutions have kernels of their own. float64 serves checks, where less code is
/// worth more than speed.
template <class T>
constexpr bool has_special_convolutions = sizeof(T) == 4;
/// Columns of a tile; B is taken in panels this wide.
template <class T>
constexpr std::int64_t panel_columns = 2 * width<T>;

/// Rows of a tile in packed A, with room for whole registers.
template <class T>
constexpr std::int64_t a_columns = ceil_div(tile_rows, width<T>) * width<T>;

/// A row to start from 0.
template <class T>
alignas(64) constexpr T zeros[panel_columns<T>] = {};

/// The rows as tiles of nearly equal height.
struct RowTiles {
  explicit RowTiles(std::int64_t rows, std::int64_t most = tile_rows)
      : count(ceil_div(rows, most)), height(rows / count), higher(rows - height * count) {}
  std::int64_t begin(std::int64_t i) const { return i * height + min(i, higher); }
  std::int64_t count, height, higher;  // the first `higher` tiles have one row more
};

// Note [Instructions of a tile]
// Where two threads share a core, as on most rented machines, each gets half of the instructions that a cycle
// can start, and these bind before the arithmetic does. So packed A is addressed from one pointer by
// constants, and where the instruction set has multiply-adds with an operand in memory that is spread over
// the register, they do without the broadcast: a load more, an instruction less. For a few rows only: with
// more, loads bind in their turn (measured: 3 rows of 12 are best with and without another thread on the
// core). Their addresses have no index (library.cmake), which would make two instructions of each.

#if defined(__AVX512F__)
constexpr int rows_from_memory = 9;  // every third of them
#else
constexpr int rows_from_memory = 0;
#endif

/// The same, but the compiler does not know: what is read at both addresses is loaded twice, and what follows
/// from a stride is not calculated beforehand.
template <class T>
T disguised(T value) {
  asm volatile("" : "+r"(value));
  return value;
}

template <class T, int rows, int vectors, LayoutOfA layout>
void compute_tile(const Tile<T>& tile) {
  using V = Vector<T>;
  constexpr std::int64_t w = width<T>;
  // Rows that are addressed from one pointer; every third otherwise: x86 addresses base + stride * {0, 1, 2}.
  constexpr int group = layout == LayoutOfA::packed ? rows : 3, groups = (rows + group - 1) / group;
  const std::int64_t a_row = layout == LayoutOfA::in_place ? tile.a_row_stride : 1;
  constexpr std::int64_t a_step = layout == LayoutOfA::packed ? a_columns<T> : 1;
  constexpr auto from_memory = [](int row) { return vectors > 1 && row % 3 == 0 && row < rows_from_memory; };
  const std::int64_t b_row = tile.b_row_stride;
  const T *start = tile.start, *row_bias = tile.row_bias;
  bool accumulate = tile.accumulate;
  std::int64_t line = 0;
  do {
    V sum[rows][vectors];
#pragma GCC unroll 2
    for (int v = 0; v < vectors; ++v) {
      const V from = load(start + v * w);
#pragma GCC unroll 16
      for (int i = 0; i < rows; ++i) sum[i][v] = from;
    }
    if (row_bias != nullptr) {
#pragma GCC unroll 16
      for (int i = 0; i < rows; ++i)
#pragma GCC unroll 2
        for (int v = 0; v < vectors; ++v) sum[i][v] += V(row_bias[i]);
    }

    const std::int64_t end = min(line + tile.chain_lines, tile.lines);
    for (; line < end; ++line) {
      const T *a[groups], *again[groups];
#pragma GCC unroll 16
      for (int i = 0; i < groups; ++i) {
        a[i] =
            tile.a + tile.line[line].a + (layout == LayoutOfA::threes ? tile.a_threes[i] : group * i * a_row);
        again[i] = from_memory(group * i) ? disguised(a[i]) : a[i];
      }
      const T* b = tile.b + tile.line[line].b;
#pragma GCC unroll 4
      for (std::int64_t k = tile.line[line].depth; k > 0; --k) {
        V right[vectors];
#pragma GCC unroll 2
        for (int v = 0; v < vectors; ++v) right[v] = load(b + v * w);
        b += b_row;
#pragma GCC unroll 16
        for (int g = 0; g < groups; ++g)
#pragma GCC unroll 16
          for (int j = 0; j < group; ++j) {
            const int i = g * group + j;
            if (i >= rows) break;
#pragma GCC unroll 2
            for (int v = 0; v < vectors; ++v) {
              const T* const left = (v > 0 && from_memory(i) ? again[g] : a[g]) + j * a_row;
              sum[i][v] = multiply_add(V(*left), right[v], sum[i][v]);
            }
          }
#pragma GCC unroll 16
        for (int i = 0; i < groups; ++i) {
          a[i] += a_step;
          again[i] += a_step;
        }
      }
    }

    if (accumulate) {
      const T* c = tile.c;
      const std::int64_t c_row = disguised(tile.c_row_stride);
#pragma GCC unroll 16
      for (int i = 0; i < rows; ++i, c += c_row)
#pragma GCC unroll 2
        for (int v = 0; v < vectors; ++v) sum[i][v] += load(c + v * w);
    }
    if (tile.relu && line == tile.lines) {
#pragma GCC unroll 16
      for (int i = 0; i < rows; ++i)
#pragma GCC unroll 2
        for (int v = 0; v < vectors; ++v) sum[i][v] = relu(sum[i][v]);
    }
    T* c = tile.c;
    const std::int64_t c_row = disguised(tile.c_row_stride);
#pragma GCC unroll 16
    for (int i = 0; i < rows; ++i, c += c_row)
#pragma GCC unroll 2
      for (int v = 0; v < vectors; ++v) store(c + v * w, sum[i][v]);
    start = zeros<T>;
    row_bias = nullptr;
    accumulate = true;
  } while (line < tile.lines);
}

template <class T, int vectors, LayoutOfA layout, std::size_t... i>
constexpr TileFunction<T> tile_function(std::int64_t rows, std::index_sequence<i...>) {
  constexpr TileFunction<T> functions[] = {compute_tile<T, static_cast<int>(i) + 1, vectors, layout>...};
  return functions[rows - 1];
}

/// The function for tiles of `rows` rows and 1 or 2 registers of columns.
template <class T>
TileFunction<T> tile_function(std::int64_t rows, std::int64_t vectors, LayoutOfA layout) {
  const auto of = [&]<LayoutOfA known>() {
    constexpr auto all = std::make_index_sequence<tile_rows>{};
    return vectors == 1 ? tile_function<T, 1, known>(rows, all) : tile_function<T, 2, known>(rows, all);
  };
  if constexpr (has_special_convolutions<T>)
    if (layout == LayoutOfA::threes) return of.template operator()<LayoutOfA::threes>();
  return layout == LayoutOfA::packed ? of.template operator()<LayoutOfA::packed>()
                                     : of.template operator()<LayoutOfA::in_place>();
}

}  // namespace
}  // namespace taper::kernels
