// The loops of reductions: rows and columns, whatever is reduced how. For this folder's .cpp files only.
#pragma once

#include <limits>
#include <type_traits>

#include <taper/tensor/kernels/math.h>
#include <taper/tensor/kernels/simd.h>
#include <taper/tensor/kernels/sum_rows.h>

namespace taper::kernels {
namespace {

// Note [Reductions]
// A reduction is a function of one element and a way to combine two results, both on batches and scalars:
// Reduction<T, Sum<T>, Square>, for example. The loops are the same for all of them. A long reduction is done
// in pieces, and what they gave is reduced by Reduction::Then, which leaves elements as they are.

template <class T>
constexpr T lowest = std::is_floating_point_v<T> ? -std::numeric_limits<T>::infinity()
                                                 : std::numeric_limits<T>::lowest();
template <class T>
constexpr T highest = std::is_floating_point_v<T> ? std::numeric_limits<T>::infinity()
                                                  : std::numeric_limits<T>::max();

// Ways to combine. `chains`: of a column, worked on side by side.

template <class T>
struct Sum {
  static constexpr T identity = T(0);
  static constexpr std::int64_t chains = 2;
  template <class V>
  V operator()(V a, V b) const {
    return static_cast<V>(wrapping(a) + wrapping(b));
  }
};
template <class T>
struct Product {
  static constexpr T identity = T(1);
  static constexpr std::int64_t chains = 2;
  template <class V>
  V operator()(V a, V b) const {
    return static_cast<V>(wrapping(a) * wrapping(b));
  }
};
// NaN wins an extremum from either side. Whether the new element b is one does not wait for the others.
template <class T>
struct Maximum {
  static constexpr T identity = lowest<T>;
  static constexpr std::int64_t chains = 1;
  template <class V>
  V operator()(V a, V b) const {
    return select(is_nan(b), b, larger(b, a));
  }
};
template <class T>
struct Minimum {
  static constexpr T identity = highest<T>;
  static constexpr std::int64_t chains = 1;
  template <class V>
  V operator()(V a, V b) const {
    return select(is_nan(b), b, smaller(b, a));
  }
};

// Functions of an element in some column. fill() is an element whose value makes no difference.

struct Same {
  template <class T>
  T fill(T identity) const {
    return identity;
  }
  template <class V>
  V operator()(const V& x, std::int64_t) const {
    return x;
  }
};

template <class T, class Combine, class Map = Same>
struct Reduction : Combine {
  using Element = T;
  using Then = Reduction<T, Combine>;
  T fill() const { return map.fill(Combine::identity); }
  Map map = {};
};

/// As many columns as are worked on at a time: their sums stay in L1.
constexpr std::int64_t strip = 512;

// A few columns, a block of rows at a time, so that memory is read in order. Even and odd rows are summed
// apart: that makes half as many blocks. `group`: of registers, columns that are worked on together.
template <int group, class T, class Op>
void reduce_strip(const Op& op, const T* x, std::int64_t count, std::int64_t stride, std::int64_t columns,
                  T* result) {
  constexpr std::int64_t w = width<T>, chains = Op::chains, rows = 2 * block_steps;
  const T* const end = x + (count - 1) * stride + columns;
  Cascade<T, strip> sums;
  for (; count > 0; count -= rows, x += rows * stride) {
    const std::int64_t here = count < rows ? count : rows;
    const auto block = [&]<int registers>(std::int64_t j, auto load_from, auto store_to) {
      const auto mapped = [&](std::int64_t row, int r) {
        return op.map(load_from(x + row * stride + j + r * w), j + r * w);
      };
      Vector<T> lanes[chains][registers];
      for (std::int64_t row = 0; row < chains; ++row)
        for (int r = 0; r < registers; ++r)
          lanes[row][r] = row < here ? mapped(row, r) : Vector<T>(op.identity);
      const auto take = [&](std::int64_t row, std::int64_t chain) {
        for (int r = 0; r < registers; ++r) lanes[chain][r] = op(lanes[chain][r], mapped(row, r));
      };
      std::int64_t row = chains;
      for (; row + chains <= here; row += chains)
        for (std::int64_t chain = 0; chain < chains; ++chain) take(row + chain, chain);
      if (row < here) take(row, 0);
      for (std::int64_t chain = 1; chain < chains; ++chain)
        for (int r = 0; r < registers; ++r) lanes[0][r] = op(lanes[0][r], lanes[chain][r]);
      if (count > rows) return sums.add(lanes[0], op, j);
      sums.finish(lanes[0], op, j);
      for (int r = 0; r < registers; ++r) store_to(result + j + r * w, lanes[0][r]);
    };
    std::int64_t j = 0;
    for (; j + group * w <= columns; j += group * w)
      block.template operator()<group>(
          j, [](const T* from) { return load(from); },
          [](T* to, const Vector<T>& value) { store(to, value); });
    for (; j < columns; j += w) {
      // A whole register may be read as long as it ends inside the last row; what lies behind the column is
      // dropped.
      const std::int64_t n = columns - j < w ? columns - j : w;
      block.template operator()<1>(
          j, [=](const T* from) { return from + w <= end ? load(from) : load_partial(from, n); },
          [=](T* to, const Vector<T>& value) { store_some(to, value, n); });
    }
    sums.next();
  }
}

template <class T, class Op>
void reduce_columns(const Op& op, const T* x, std::int64_t count, std::int64_t columns, T* result) {
  // Narrow rows are taken together, as one that fills the registers; those that are left over are appended to
  // the results.
  if (const std::int64_t together = 64 / columns; together > 1 && count >= 2 * together) {
    T all[2 * 64];
    const std::int64_t whole = count / together * together, rest = count - whole;
    reduce_columns(op, x, count / together, together * columns, all);
    for (std::int64_t i = 0; i < rest * columns; ++i)
      all[together * columns + i] = op.map(x[whole * columns + i], i);
    return reduce_columns(typename Op::Then(), all, together + rest, columns, result);
  }
  for (std::int64_t j = 0; j < columns; j += strip)
    reduce_strip<4>(op, x + j, count, columns, columns - j < strip ? columns - j : strip, result + j);
}

/// For maps that do not depend on the column.
template <class T, class Op>
T reduce_row(const Op& op, const T* x, std::int64_t length) {
  const auto part = [](const auto& reduction, const T* from, std::int64_t count) {
    return first_lane<T>(reduce_part<T>(
        0, count, reduction, reduction.identity,
        [=](std::int64_t i, std::int64_t n) {
          return reduction.map(load_some(from + i, n, reduction.fill()), 0);
        },
        keep_nothing));
  };
  if (Op::chains == 1 || length <= 2 * block_steps * logical_lanes) return part(op, x, length);
  // A long row is summed as a matrix of narrow rows, of which even and odd ones make the logical lanes.
  constexpr std::int64_t columns = logical_lanes / 2;
  const std::int64_t whole = length / columns;
  T sums[columns];
  reduce_strip<static_cast<int>(columns / width<T>)>(op, x, whole, columns, columns, sums);
  return op(part(typename Op::Then(), sums, columns), part(op, x + whole * columns, length % columns));
}

// The kernels of ReduceKernels: elements of T, which Op takes as its own.

template <class T, class Op>
void rows(const void* in, void* out, std::int64_t count, std::int64_t length) {
  using R = typename Op::Element;
  constexpr Op op{};
  const T* x = static_cast<const T*>(in);
  R* const result = static_cast<R*>(out);
  for (std::int64_t row = 0; row < count; ++row, x += length) {
    if constexpr (std::is_floating_point_v<T>) {
      result[row] = reduce_row(op, x, length);
    } else {
      R value = op.identity;
      for (std::int64_t i = 0; i < length; ++i) value = op(value, op.map(static_cast<R>(x[i]), 0));
      result[row] = value;
    }
  }
}

template <class T, class Op>
void columns(const void* in, void* out, std::int64_t count, std::int64_t columns) {
  using R = typename Op::Element;
  constexpr Op op{};
  const T* const x = static_cast<const T*>(in);
  R* const result = static_cast<R*>(out);
  if constexpr (std::is_floating_point_v<T>) {
    reduce_columns(op, x, count, columns, result);
  } else {
    for (std::int64_t j = 0; j < columns; ++j) result[j] = op.identity;
    for (std::int64_t k = 0; k < count; ++k)
      for (std::int64_t j = 0; j < columns; ++j)
        result[j] = op(result[j], op.map(static_cast<R>(x[k * columns + j]), 0));
  }
}

}  // namespace
}  // namespace taper::kernels
