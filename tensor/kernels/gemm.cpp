// Kernels: products of matrices, blocked for the caches and divided among the threads.
#include <taper/tensor/concurrency.h>
#include <taper/tensor/kernels/gemm.h>
#include <taper/tensor/kernels/gemm_pack.h>
#include <taper/tensor/kernels/gemm_rows.h>
#include <taper/tensor/kernels/gemm_tile.h>
#include <taper/tensor/kernels/workspace.h>
#include <taper/tensor/parallel.h>

namespace taper::kernels {
namespace {

// Note [Matrix products]
// C is computed in tiles that stay in registers (gemm_tile.h), each over a block of the depth; the next block
// is added to C. Every element is the sum of chains of FMAs in the order of the depth (Note [Chains]),
// whatever the threads, the width of the registers or the place of the element, and lanes beyond the edge of
// the matrix are computed from padding and dropped: nothing they hold gets out.
// B is read in panels of two registers. It is packed, panel by panel, unless its columns are adjacent and
// there are too few rows to repay the copy, or its rows would fall on one another in L1; a panel that is cut
// off by the edge is always packed. With up to row_block tiles of rows, the blocks of some panels are packed
// just before their one use and stay in L1; with more, all panels are packed beforehand.
// A is read through broadcasts and stays where it is, unless its columns are apart or many panels read it.
// While a tile is computed, the next one's part of C is fetched: with a short depth that is what binds.
// Where B would be packed against its grain and A is smaller, the product is taken the other way round: C' =
// B' A' has the same chains.

constexpr std::int64_t chains_together = 2;  // a block of the depth: a panel of B stays in L1 ...
constexpr std::int64_t row_block = 16;       // ... and so many tiles' rows of A in L2
constexpr std::int64_t depth_block = chains_together * chain_length;
constexpr std::int64_t rows_to_pack_b = 4;      // in tiles
constexpr std::int64_t rows_of_b_apart = 4096;  // in bytes: then only one tile's rows read B in place
constexpr std::int64_t panels_to_pack_a = 8;
constexpr std::int64_t panels_together = 8;
constexpr std::int64_t elements_in_l1 = 6 * 1024;  // of panels together

/// B as panels: the first `in_place` are read where they are. The others are packed into `packed`: all of
/// them beforehand or, if it is null, each block just before its use.
template <class T>
struct Panels {
  static constexpr std::int64_t columns = panel_columns<T>;

  Panels(const Gemm<T>& p, bool columns_padded) : count(ceil_div(p.columns, columns)) {
    if (p.b_column_stride == 1 && columns_padded)
      in_place = count;
    else if (p.b_column_stride == 1 &&
             p.rows <= (p.b_row_stride * std::int64_t{sizeof(T)} < rows_of_b_apart ? rows_to_pack_b : 1) *
                           tile_rows)
      in_place = p.columns / columns;
  }
  std::int64_t size(const Gemm<T>& p) const { return (count - in_place) * columns * p.depth; }
  T* place(const Gemm<T>& p, std::int64_t panel, std::int64_t k) const {
    return packed + ((panel - in_place) * p.depth + k) * columns;
  }
  /// All of panels in_place + first..in_place + end-1, where they belong, a few at a time.
  void pack(const Gemm<T>& p, std::int64_t first, std::int64_t end) const {
    for (std::int64_t i = in_place + first; i < in_place + end; i += 4)
      pack(p, i, min(i + 4, in_place + end), 0, p.depth, place(p, i, 0), p.depth * columns);
  }
  /// Panels first..end-1 of rows k..k+depth-1.
  void pack(const Gemm<T>& p, std::int64_t first, std::int64_t end, std::int64_t k, std::int64_t depth, T* to,
            std::int64_t panel_size) const {
    const T* from = p.b + first * columns * p.b_column_stride + k * p.b_row_stride;
    if (p.b_column_stride == 1) {
      const std::int64_t whole = min(end, p.columns / columns) - first;
      if (whole > 0) pack_panels(from, whole, depth, p.b_row_stride, to, panel_size);
      first += max(whole, 0);
      from += max(whole, 0) * columns;
      to += max(whole, 0) * panel_size;
    }
    for (; first < end; ++first, from += columns * p.b_column_stride, to += panel_size)
      kernels::pack(from, min(columns, p.columns - first * columns), p.b_column_stride, depth, p.b_row_stride,
                    to, columns);
  }

  /// Asks for rows first..end-1 of a panel that will be packed soon; where rows are far apart, nothing else
  /// would.
  void fetch(const Gemm<T>& p, std::int64_t panel, std::int64_t first, std::int64_t end) const {
    if (p.b_column_stride != 1) return;
    for (const T* at = p.b + panel * columns + first * p.b_row_stride; first < end;
         ++first, at += p.b_row_stride) {
      __builtin_prefetch(at, 0, 2);
      __builtin_prefetch(at + width<T>, 0, 2);
    }
  }

  std::int64_t count, in_place = 0;
  T* packed = nullptr;
};

/// Row tiles and panels first..last-1 of the product.
struct Part {
  std::int64_t first_tile, last_tile, first_panel, last_panel;
};

template <class T>
void compute_cut_tile(Tile<T> tile, TileFunction<T> function, std::int64_t rows, std::int64_t columns) {
  constexpr std::int64_t w = panel_columns<T>;
  alignas(64) T c[tile_rows * w], start[w];
  T* const result = tile.c;
  const std::int64_t result_stride = tile.c_row_stride;
  copy_row(tile.start, start, columns);
  for (std::int64_t i = 0; tile.accumulate && i < rows; ++i)
    copy_row(result + i * result_stride, c + i * w, columns);
  tile.start = start;
  tile.c = c;
  tile.c_row_stride = w;
  function(tile);
  for (std::int64_t i = 0; i < rows; ++i) copy_row(c + i * w, result + i * result_stride, columns);
}

template <class T>
bool is_a_packed(const Gemm<T>& p, std::int64_t panels) {
  return p.a_column_stride != 1 || panels >= panels_to_pack_a;
}

/// `depth` columns of A from k on, of one tile of rows.
template <class T>
void pack_tile_of_a(const Gemm<T>& p, const RowTiles& tiles, std::int64_t tile, std::int64_t k,
                    std::int64_t depth, T* to) {
  pack(p.a + tiles.begin(tile) * p.a_row_stride + k * p.a_column_stride,
       tiles.begin(tile + 1) - tiles.begin(tile), p.a_row_stride, depth, p.a_column_stride, to, a_columns<T>);
}

/// `whole_a`: all of A, packed, or null.
template <class T>
void multiply_part(const Gemm<T>& p, const Panels<T>& panels, const T* whole_a, const Part& part) {
  const RowTiles tiles(p.rows);
  const bool pack_a = whole_a == nullptr && is_a_packed(p, part.last_panel - part.first_panel);
  const LayoutOfA layout = pack_a || whole_a != nullptr ? LayoutOfA::packed : LayoutOfA::in_place;
  const std::int64_t longest = min(p.depth, depth_block);
  Workspace<T> packed_a(pack_a ? min(row_block, part.last_tile - part.first_tile) * a_columns<T> * longest
                               : 0);
  const std::int64_t panel_size = Panels<T>::columns * longest;
  const std::int64_t together = max(1, min(panels_together, elements_in_l1 / max(panel_size, 1)));
  Workspace<T> packed_b(panels.packed == nullptr && part.last_panel > panels.in_place ? together * panel_size
                                                                                      : 0);

  std::int64_t k = 0;
  do {
    const std::int64_t depth = min(p.depth - k, depth_block);
    // A line for each chain, where the panels are packed, and where they are not.
    TileLine lines[2][chains_together];
    for (std::int64_t i = 0; i < chains_together; ++i) {
      const std::int64_t begin = i * chain_length,
                         a = begin * (layout == LayoutOfA::packed ? a_columns<T> : 1);
      const std::int64_t length = min(chain_length, depth - begin);
      lines[0][i] = {a, begin * Panels<T>::columns, length};
      lines[1][i] = {a, begin * p.b_row_stride, length};
    }
    Tile<T> tile{};
    tile.lines = depth > chain_length ? chains_together : 1;
    tile.chain_lines = 1;
    tile.c_row_stride = p.c_row_stride;
    tile.accumulate = p.accumulate || k > 0;
    tile.relu = p.relu && k + depth == p.depth;
    tile.a_row_stride = p.a_row_stride;
    for (std::int64_t first = part.first_tile; first < part.last_tile; first += row_block) {
      const std::int64_t last = min(first + row_block, part.last_tile);
      if (pack_a)
        for (std::int64_t i = first; i < last; ++i)
          pack_tile_of_a(p, tiles, i, k, depth, packed_a.data() + (i - first) * a_columns<T> * depth);
      for (std::int64_t begin = part.first_panel; begin < part.last_panel; begin += together) {
        const std::int64_t end = min(begin + together, part.last_panel);
        const bool pack_here = panels.packed == nullptr && end > panels.in_place;
        if (pack_here)
          panels.pack(p, max(begin, panels.in_place), end, k, depth,
                      packed_b.data() + max(panels.in_place - begin, 0) * panel_size, panel_size);
        for (std::int64_t i = first; i < last; ++i) {
          const std::int64_t row = tiles.begin(i), rows = tiles.begin(i + 1) - row;
          tile.a = pack_a               ? packed_a.data() + (i - first) * a_columns<T> * depth
                   : whole_a != nullptr ? whole_a + (i * p.depth + k) * a_columns<T>
                                        : p.a + row * p.a_row_stride + k * p.a_column_stride;
          tile.row_bias = p.row_bias != nullptr && k == 0 ? p.row_bias + row : nullptr;
          for (std::int64_t panel = begin; panel < end; ++panel) {
            const std::int64_t column = panel * Panels<T>::columns;
            const std::int64_t columns = min(Panels<T>::columns, p.columns - column);
            const std::int64_t vectors = columns <= width<T> ? 1 : 2;
            const bool in_place = panel < panels.in_place;
            tile.b = in_place    ? p.b + column + k * p.b_row_stride
                     : pack_here ? packed_b.data() + (panel - begin) * panel_size
                                 : panels.place(p, panel, k);
            tile.b_row_stride = in_place ? p.b_row_stride : Panels<T>::columns;
            tile.line = lines[in_place];
            tile.c = p.c + row * p.c_row_stride + column;
            tile.start = !tile.accumulate && p.column_bias != nullptr ? p.column_bias + column : zeros<T>;
            const TileFunction<T> function = tile_function<T>(rows, vectors, layout);
            if (panel + 1 < part.last_panel)
              for (std::int64_t y = 0; y < rows; ++y) {
                __builtin_prefetch(tile.c + y * p.c_row_stride + 2 * width<T>, 1);
                __builtin_prefetch(tile.c + y * p.c_row_stride + 3 * width<T>, 1);
              }
            if (pack_here && panel + together < panels.count)
              panels.fetch(p, panel + together, k + chunk_begin(i - first, last - first, depth),
                           k + chunk_begin(i + 1 - first, last - first, depth));
            if (columns == vectors * width<T>)
              function(tile);
            else
              compute_cut_tile(tile, function, rows, columns);
          }
        }
      }
    }
    k += depth;
  } while (k < p.depth);
}

template <class T>
void multiply_here(const Gemm<T>& p, bool columns_padded) {
  if (has_few_rows(p)) return multiply_few_rows(p, 0, p.columns);
  const RowTiles tiles(p.rows);
  Panels<T> panels(p, columns_padded);
  const bool beforehand = tiles.count > row_block;
  Workspace<T> packed(beforehand ? panels.size(p) : 0);
  if (beforehand) {
    panels.packed = packed.data();
    panels.pack(p, 0, panels.count - panels.in_place);
  }
  multiply_part<T>(p, panels, nullptr, {0, tiles.count, 0, panels.count});
}

template <class T>
bool is_better_transposed(const Gemm<T>& p) {
  if (p.a_column_stride != 1 || p.accumulate || p.row_bias != nullptr || p.rows <= tile_rows) return false;
  if (p.columns <= tile_rows) return p.a_row_stride != 1 && p.depth >= width<T>;
  return p.b_row_stride == 1 && p.b_column_stride != 1 && 2 * p.rows <= p.columns &&
         p.rows <= 3 * tile_rows && p.depth >= 4 * p.rows;
}

template <class T>
void multiply_one(const Gemm<T>& p);

template <class T>
void multiply_transposed(const Gemm<T>& p) {
  Workspace<T> c(p.rows * p.columns);
  Gemm<T> other = p;
  other.rows = p.columns;
  other.columns = p.rows;
  other.a = p.b;
  other.a_row_stride = p.b_column_stride;
  other.a_column_stride = p.b_row_stride;
  other.b = p.a;
  other.b_row_stride = p.a_column_stride;
  other.b_column_stride = p.a_row_stride;
  other.c = c.data();
  other.c_row_stride = p.rows;
  other.row_bias = p.column_bias;
  other.column_bias = nullptr;
  multiply_one(other);
  copy_transposed(c.data(), p.rows, p.rows, p.columns, p.c, p.c_row_stride);
}

template <class T>
void multiply_one(const Gemm<T>& p) {
  if (is_better_transposed(p)) return multiply_transposed(p);
  // Every element is the same sum of chains however the product is divided, so that the threads may decide.
  const std::int64_t parts = chunk_count(p.rows * p.columns * p.depth, grain::multiplications,
                                         concurrency() == 1 ? 1 : 8 * concurrency());
  if (parts == 1) return multiply_here(p, false);
  if (has_few_rows(p))
    return parallel_for(parts, [&](std::int64_t i) {
      multiply_few_rows(p, chunk_begin(i, parts, p.columns, width<T>),
                        chunk_begin(i + 1, parts, p.columns, width<T>));
    });

  const RowTiles tiles(p.rows);
  Panels<T> panels(p, false);
  const bool pack_b = tiles.count > row_block || panels.count < 4;
  std::int64_t down = ceil_div(tiles.count, row_block), across = ceil_div(panels.count, panels_to_pack_a);
  const std::int64_t most_down = pack_b ? tiles.count : 1;
  while (down * across < parts && (down < most_down || across < panels.count)) {
    if (across >= panels.count || (down < most_down && tiles.count * across >= panels.count * down))
      down = min(2 * down, most_down);
    else
      across = min(2 * across, panels.count);
  }

  // What several parts read is packed once for all.
  const bool pack_a = across > 1 && is_a_packed(p, panels.count / across);
  Workspace<T> packed_b(pack_b ? panels.size(p) : 0);
  Workspace<T> packed_a(pack_a ? tiles.count * a_columns<T> * p.depth : 0);
  if (pack_b) panels.packed = packed_b.data();
  const std::int64_t count_b = pack_b ? panels.count - panels.in_place : 0;
  const std::int64_t chunks_b = count_b == 0 ? 0 : chunk_count(panels.size(p), grain::elements, count_b);
  const std::int64_t chunks_a =
      pack_a ? chunk_count(tiles.count * a_columns<T> * p.depth, grain::elements, tiles.count) : 0;
  parallel_for(chunks_a + chunks_b, [&](std::int64_t chunk) {
    if (chunk < chunks_b)
      return panels.pack(p, chunk_begin(chunk, chunks_b, count_b), chunk_begin(chunk + 1, chunks_b, count_b));
    chunk -= chunks_b;
    for (std::int64_t i = chunk_begin(chunk, chunks_a, tiles.count);
         i < chunk_begin(chunk + 1, chunks_a, tiles.count); ++i)
      pack_tile_of_a(p, tiles, i, 0, p.depth, packed_a.data() + i * a_columns<T> * p.depth);
  });
  parallel_for(down * across, [&](std::int64_t i) {
    const std::int64_t y = i / across, x = i % across;
    multiply_part<T>(p, panels, pack_a ? packed_a.data() : nullptr,
                     {chunk_begin(y, down, tiles.count), chunk_begin(y + 1, down, tiles.count),
                      chunk_begin(x, across, panels.count), chunk_begin(x + 1, across, panels.count)});
  });
}

template <class T>
void multiply(const Gemm<T>& product) {
  Gemm<T> p = product;
  if (p.rows <= 0 || p.columns <= 0 || p.batch <= 0) return;
  // Not read; those of empty tensors are null, which nothing may be added to.
  if (p.depth == 0) p.a = p.b = zeros<T>;
  // Many matrices against one are one tall matrix against it.
  if (p.batch > 1 && p.b_batch_stride == 0 && p.row_bias == nullptr &&
      p.a_batch_stride == p.rows * p.a_row_stride && p.c_batch_stride == p.rows * p.c_row_stride) {
    p.rows *= p.batch;
    p.batch = 1;
  }
  if (p.batch == 1) return multiply_one(p);
  const auto one = [&p](std::int64_t i) {
    Gemm<T> result = p;
    result.a += i * p.a_batch_stride;
    result.b += i * p.b_batch_stride;
    result.c += i * p.c_batch_stride;
    result.batch = 1;
    return result;
  };
  const std::int64_t work = p.rows * p.columns * p.depth;
  if (work >= 64 * grain::multiplications) {
    for (std::int64_t i = 0; i < p.batch; ++i) multiply_one(one(i));
    return;
  }
  const std::int64_t chunks = chunk_count(work * p.batch, grain::multiplications, min(p.batch, 256));
  parallel_for(chunks, [&](std::int64_t chunk) {
    const std::int64_t end = chunk_begin(chunk + 1, chunks, p.batch);
    for (std::int64_t i = chunk_begin(chunk, chunks, p.batch); i < end; ++i) multiply_here(one(i), false);
  });
}

template <class T>
constexpr GemmKernels<T> kernels_of{multiply<T>, multiply_here<T>, panel_columns<T>, tile_function<T>};

}  // namespace

template <>
const GemmKernels<float>& table_for<GemmKernels<float>, TAPER_ISA>() {
  return kernels_of<float>;
}
template <>
const GemmKernels<double>& table_for<GemmKernels<double>, TAPER_ISA>() {
  return kernels_of<double>;
}

}  // namespace taper::kernels
