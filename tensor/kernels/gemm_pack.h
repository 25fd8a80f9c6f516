// Packing: copies an operand of a matrix product into panels that are read from begin to end. For gemm.cpp
// and conv2d.cpp.
#pragma once

#include <cstring>
#include <utility>

#include <taper/tensor/kernels/shuffle.h>
#include <taper/tensor/kernels/simd.h>

namespace taper::kernels {
namespace {

/// Copies `count` adjacent elements, and touches no others.
template <class T>
void copy_row(const T* from, T* to, std::int64_t count) {
  constexpr std::int64_t w = width<T>;
  if (count < w) return store_partial(to, load_partial(from, count), count);
  for (std::int64_t i = 0; i < count - w; i += w) store(to + i, load(from + i));
  store(to + count - w, load(from + count - w));
}

// Note [Transposing]
// A register is taken as quarters of 16 bytes. Register i gets, in quarter q, 16 bytes of line q * n + i,
// where n is the number of elements in 16 bytes; transposing n x n elements inside each quarter then gives n
// registers that each hold one position of all lines, in order. It needs no shuffles across quarters, and one
// text serves all register widths.
template <class T>
constexpr int quarter = 16 / static_cast<int>(sizeof(T));
template <class T>
constexpr int quarters = static_cast<int>(width<T>) / quarter<T>;

template <class V, std::size_t... i>
auto join(const V& a, const V& b, std::index_sequence<i...>) {
  return __builtin_shufflevector(a, b, static_cast<int>(i)...);
}

/// Registers of 16 bytes from address(0), address(1), ... side by side.
template <class T, int count, class Address>
[[gnu::always_inline]] inline auto load_quarters(const Address& address, int first = 0) {
  Raw<T, quarter<T> * count> result;
#if defined(__AVX512F__)  // compilers make three instructions of each insertion if left to themselves
  if constexpr (count == 4) {
    const auto load = [&](int i) { return _mm_loadu_ps(reinterpret_cast<const float*>(address(i))); };
    __m512 joined = _mm512_castps128_ps512(load(0));
    joined = _mm512_insertf32x4(joined, load(1), 1);
    joined = _mm512_insertf32x4(joined, load(2), 2);
    joined = _mm512_insertf32x4(joined, load(3), 3);
    std::memcpy(&result, &joined, sizeof(result));
    return result;
  }
#endif
  if constexpr (count == 1)
    std::memcpy(&result, address(first), 16);
  else
    result = join(load_quarters<T, count / 2>(address, first),
                  load_quarters<T, count / 2>(address, first + count / 2),
                  std::make_index_sequence<quarter<T> * count>{});
  return result;
}

// Interleaves groups of `run` elements of the lower (upper) halves of the quarters of a and b.
template <class T, int run, bool upper, class V, std::size_t... i>
V interleave(const V& a, const V& b, std::index_sequence<i...>) {
  constexpr auto source = [](int lane) {
    const int begin = lane / quarter<T> * quarter<T>, at = lane % quarter<T>;
    return begin + (upper ? quarter<T> / 2 : 0) + at / (2 * run) * run + at % run +
           (at / run % 2 == 1 ? static_cast<int>(width<T>) : 0);
  };
  return __builtin_shufflevector(a, b, source(static_cast<int>(i))...);
}

/// Quarters from `from_a` on of a, then of b, each `step` from the last.
template <class T, int step, int from_a, class V, std::size_t... i>
V choose_quarters(const V& a, const V& b, std::index_sequence<i...>) {
  constexpr auto source = [](int lane) {
    const int at = lane / quarter<T>, half = quarters<T> / 2;
    return (from_a + at % half * step + at / half * quarters<T>)*quarter<T> + lane % quarter<T>;
  };
  return __builtin_shufflevector(a, b, source(static_cast<int>(i))...);
}

/// put(k, column k) for a square of registers whose rows are row(0), row(1), ...
template <class T, class Row, class Put>
[[gnu::always_inline]] inline void transpose_square(const Row& row, const Put& put_vector) {
  const auto put = [&](int k, const Raw<T>& x) { put_vector(k, __builtin_bit_cast(Vector<T>, x)); };
  constexpr int n = quarter<T>, q = quarters<T>;
  constexpr auto lanes = std::make_index_sequence<width<T>>{};
  Raw<T> part[n][q];  // [column of a quarter, rows of a quarter]
#pragma GCC unroll 4
  for (int i = 0; i < q; ++i) {
    Raw<T> x[n];
#pragma GCC unroll 4
    for (int k = 0; k < n; ++k) x[k] = __builtin_bit_cast(Raw<T>, row(i * n + k));
    if constexpr (n == 2) {
      part[0][i] = interleave<T, 1, false>(x[0], x[1], lanes);
      part[1][i] = interleave<T, 1, true>(x[0], x[1], lanes);
    } else {
      const Raw<T> low01 = interleave<T, 1, false>(x[0], x[1], lanes);
      const Raw<T> high01 = interleave<T, 1, true>(x[0], x[1], lanes);
      const Raw<T> low23 = interleave<T, 1, false>(x[2], x[3], lanes);
      const Raw<T> high23 = interleave<T, 1, true>(x[2], x[3], lanes);
      part[0][i] = interleave<T, 2, false>(low01, low23, lanes);
      part[1][i] = interleave<T, 2, true>(low01, low23, lanes);
      part[2][i] = interleave<T, 2, false>(high01, high23, lanes);
      part[3][i] = interleave<T, 2, true>(high01, high23, lanes);
    }
  }
#pragma GCC unroll 4
  for (int k = 0; k < n; ++k) {
    const auto& x = part[k];
    if constexpr (q == 1) {
      put(k, x[0]);
    } else if constexpr (q == 2) {
      put(k, choose_quarters<T, 1, 0>(x[0], x[1], lanes));
      put(k + n, choose_quarters<T, 1, 1>(x[0], x[1], lanes));
    } else {
      const Raw<T> low01 = choose_quarters<T, 1, 0>(x[0], x[1], lanes);
      const Raw<T> high01 = choose_quarters<T, 1, 2>(x[0], x[1], lanes);
      const Raw<T> low23 = choose_quarters<T, 1, 0>(x[2], x[3], lanes);
      const Raw<T> high23 = choose_quarters<T, 1, 2>(x[2], x[3], lanes);
      put(k, choose_quarters<T, 2, 0>(low01, low23, lanes));
      put(k + n, choose_quarters<T, 2, 1>(low01, low23, lanes));
      put(k + 2 * n, choose_quarters<T, 2, 0>(high01, high23, lanes));
      put(k + 3 * n, choose_quarters<T, 2, 1>(high01, high23, lanes));
    }
  }
}

/// to[k * to_step + line] = address(line)[k] for k < n and all lines of a register.
template <class T, class Address>
void transpose(const Address& address, T* to, std::int64_t to_step) {
  using V = Raw<T>;
  constexpr auto lanes = std::make_index_sequence<width<T>>{};
  constexpr int n = quarter<T>;
  const auto put = [&](int k, const V& value) { std::memcpy(to + k * to_step, &value, sizeof(value)); };
  V line[n];
  for (int i = 0; i < n; ++i)
    line[i] = load_quarters<T, quarters<T>>([&](int q) { return address(q * n + i); });
  if constexpr (n == 2) {
    put(0, interleave<T, 1, false>(line[0], line[1], lanes));
    put(1, interleave<T, 1, true>(line[0], line[1], lanes));
  } else {
    const V low01 = interleave<T, 1, false>(line[0], line[1], lanes);
    const V high01 = interleave<T, 1, true>(line[0], line[1], lanes);
    const V low23 = interleave<T, 1, false>(line[2], line[3], lanes);
    const V high23 = interleave<T, 1, true>(line[2], line[3], lanes);
    put(0, interleave<T, 2, false>(low01, low23, lanes));
    put(1, interleave<T, 2, true>(low01, low23, lanes));
    put(2, interleave<T, 2, false>(high01, high23, lanes));
    put(3, interleave<T, 2, true>(high01, high23, lanes));
  }
}

/// to[row * to_stride + column] = from[column * from_stride + row].
template <class T>
void copy_transposed(const T* from, std::int64_t from_stride, std::int64_t rows, std::int64_t columns, T* to,
                     std::int64_t to_stride) {
  constexpr std::int64_t w = width<T>;
  for (std::int64_t row = 0; row < rows; row += w)
    for (std::int64_t column = 0; column < columns; column += w) {
      const std::int64_t height = rows - row < w ? rows - row : w;
      const std::int64_t length = columns - column < w ? columns - column : w;
      transpose_square<T>(
          [&](std::int64_t i) {
            const T* const line = from + (column + (i < length ? i : 0)) * from_stride + row;
            return height == w ? load(line) : load_partial(line, height);
          },
          [&](std::int64_t i, const Vector<T>& x) {
            T* const line = to + (row + i) * to_stride + column;
            if (i < height) length == w ? store(line, x) : store_partial(line, x, length);
          });
    }
}

/// Panels of two registers, `panel_size` apart, from `depth` rows of adjacent elements.
template <class T>
void pack_panels(const T* from, std::int64_t panels, std::int64_t depth, std::int64_t step, T* to,
                 std::int64_t panel_size) {
  constexpr std::int64_t w = width<T>;
  const std::int64_t ahead =
      (12 + panels - 1) / panels * step;  // rows may be far apart: nothing else fetches them
  for (std::int64_t k = 0; k < depth; ++k, from += step, to += 2 * w)
    for (std::int64_t i = 0; i < panels; ++i) {
      const T* const in = from + i * 2 * w;
      __builtin_prefetch(in + ahead);
      __builtin_prefetch(in + ahead + w);
      store(to + i * panel_size, load(in));
      store(to + i * panel_size + w, load(in + w));
    }
}

/// to[k * to_step + lane] = from[lane * lane_stride + k * step] for 0 <= k < depth and 0 <= lane < lanes.
/// Lanes up to the end of the last register are filled with anything.
template <class T>
void pack(const T* from, std::int64_t lanes, std::int64_t lane_stride, std::int64_t depth, std::int64_t step,
          T* to, std::int64_t to_step) {
  constexpr std::int64_t w = width<T>;
  for (std::int64_t begin = 0; begin < lanes; begin += w) {
    const T* in = from + begin * lane_stride;
    T* out = to + begin;
    const std::int64_t count = lanes - begin < w ? lanes - begin : w;
    std::int64_t k = 0;
    if (lane_stride == 1) {
      if (count == w)
        for (; k < depth; ++k) store(out + k * to_step, load(in + k * step));
      else
        for (; k < depth; ++k) store(out + k * to_step, load_partial(in + k * step, count));
      continue;
    }
    if (step == 1) {
      const T* lines[w];
      for (std::int64_t i = 0; i < w; ++i) lines[i] = in + (i < count ? i : 0) * lane_stride;
      for (; k + w <= depth; k += w)
        transpose_square<T>(
            [&](int i) {
              __builtin_prefetch(lines[i] + k + 2 * w);
              return load(lines[i] + k);
            },
            [&](int i, const Vector<T>& column) { store(out + (k + i) * to_step, column); });
      constexpr std::int64_t n = quarter<T>;
      for (; k + n <= depth; k += n)
        transpose([&](std::int64_t i) { return lines[i] + k; }, out + k * to_step, to_step);
    }
    for (; k < depth; ++k)
      for (std::int64_t lane = 0; lane < w; ++lane)
        out[k * to_step + lane] = lane < count ? in[lane * lane_stride + k * step] : T(0);
  }
}

}  // namespace
}  // namespace taper::kernels
