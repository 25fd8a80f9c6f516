// Kernels: reductions and softmax.
#include <cstring>
#include <limits>
#include <type_traits>

#include <taper/tensor/kernels/math.h>
#include <taper/tensor/kernels/reduce.h>
#include <taper/tensor/kernels/simd.h>
#include <taper/tensor/kernels/sum_rows.h>

namespace taper::kernels {
namespace {

template <class T>
constexpr T lowest = std::is_floating_point_v<T> ? -std::numeric_limits<T>::infinity()
                                                 : std::numeric_limits<T>::lowest();
template <class T>
constexpr T highest = std::is_floating_point_v<T> ? std::numeric_limits<T>::infinity()
                                                  : std::numeric_limits<T>::max();

template <class T, ReduceOp reduction>
struct Reduce {
  static constexpr T identity = reduction == ReduceOp::sum       ? T(0)
                                : reduction == ReduceOp::maximum ? lowest<T>
                                                                 : highest<T>;
  // NaN wins an extremum from either side. Whether the new element b is one does not wait for the others.
  template <class V>
  V operator()(V a, V b) const {
    if constexpr (reduction == ReduceOp::sum)
      return static_cast<V>(wrapping(a) + wrapping(b));
    else if constexpr (reduction == ReduceOp::maximum)
      return select(is_nan(b), b, larger(b, a));
    else
      return select(is_nan(b), b, smaller(b, a));
  }
};

/// As many columns as are worked on at a time: their sums stay in L1.
constexpr std::int64_t strip = 512;

// A few columns, a block of rows at a time, so that memory is read in order. Even and odd rows are summed
// apart: that makes half as many blocks. `group`: of registers, columns that are worked on together.
template <class T, ReduceOp reduction, int group>
void reduce_strip(const T* x, std::int64_t count, std::int64_t stride, std::int64_t columns, T* result) {
  constexpr Reduce<T, reduction> combine;
  constexpr std::int64_t w = width<T>, chains = reduction == ReduceOp::sum ? 2 : 1, rows = 2 * block_steps;
  const T* const end = x + (count - 1) * stride + columns;
  Cascade<T, strip> sums;
  for (; count > 0; count -= rows, x += rows * stride) {
    const std::int64_t here = count < rows ? count : rows;
    const auto block = [&]<int registers>(std::int64_t j, auto load_from, auto store_to) {
      Vector<T> lanes[chains][registers];
      for (std::int64_t row = 0; row < chains; ++row)
        for (int r = 0; r < registers; ++r)
          lanes[row][r] = row < here ? load_from(x + row * stride + j + r * w) : Vector<T>(combine.identity);
      const auto take = [&](std::int64_t row, std::int64_t chain) {
        for (int r = 0; r < registers; ++r)
          lanes[chain][r] = combine(lanes[chain][r], load_from(x + row * stride + j + r * w));
      };
      std::int64_t row = chains;
      for (; row + chains <= here; row += chains)
        for (std::int64_t chain = 0; chain < chains; ++chain) take(row + chain, chain);
      if (row < here) take(row, 0);
      for (std::int64_t chain = 1; chain < chains; ++chain)
        for (int r = 0; r < registers; ++r) lanes[0][r] = combine(lanes[0][r], lanes[chain][r]);
      if (count > rows) return sums.add(lanes[0], combine, j);
      sums.finish(lanes[0], combine, j);
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

template <class T, ReduceOp reduction>
void reduce_columns(const T* x, std::int64_t count, std::int64_t columns, T* result) {
  // Narrow rows are taken together, as one that fills the registers; those that are left over are appended to
  // the results.
  if (const std::int64_t together = 64 / columns; together > 1 && count >= 2 * together) {
    T all[2 * 64];
    const std::int64_t whole = count / together * together, rest = count - whole;
    reduce_columns<T, reduction>(x, count / together, together * columns, all);
    std::memcpy(all + together * columns, x + whole * columns,
                static_cast<std::size_t>(rest * columns) * sizeof(T));
    return reduce_columns<T, reduction>(all, together + rest, columns, result);
  }
  for (std::int64_t j = 0; j < columns; j += strip)
    reduce_strip<T, reduction, 4>(x + j, count, columns, columns - j < strip ? columns - j : strip,
                                  result + j);
}

template <class T, ReduceOp reduction>
T reduce_row(const T* x, std::int64_t length) {
  constexpr Reduce<T, reduction> combine;
  const auto part = [&](const T* from, std::int64_t count) {
    return first_lane<T>(reduce_part<T>(
        0, count, combine, combine.identity,
        [=](std::int64_t i, std::int64_t n) { return load_some(from + i, n, combine.identity); },
        keep_nothing));
  };
  if (reduction != ReduceOp::sum || length <= 2 * block_steps * logical_lanes) return part(x, length);
  // A long row is summed as a matrix of narrow rows, of which even and odd ones make the logical lanes.
  constexpr std::int64_t columns = logical_lanes / 2;
  const std::int64_t whole = length / columns;
  T sums[columns];
  reduce_strip<T, reduction, static_cast<int>(columns / width<T>)>(x, whole, columns, columns, sums);
  return combine(part(sums, columns), part(x + whole * columns, length % columns));
}

/// Sums of bytes are int64.
template <class T, ReduceOp reduction>
using Result = std::conditional_t<reduction == ReduceOp::sum && sizeof(T) == 1, std::int64_t, T>;

template <class T, ReduceOp reduction>
void rows(const void* in, void* out, std::int64_t count, std::int64_t length) {
  using R = Result<T, reduction>;
  const T* x = static_cast<const T*>(in);
  R* const result = static_cast<R*>(out);
  for (std::int64_t row = 0; row < count; ++row, x += length) {
    if constexpr (std::is_floating_point_v<T>) {
      result[row] = reduce_row<T, reduction>(x, length);
    } else {
      const Reduce<R, reduction> combine;
      R value = combine.identity;
      for (std::int64_t i = 0; i < length; ++i) value = combine(value, static_cast<R>(x[i]));
      result[row] = value;
    }
  }
}

template <class T, ReduceOp reduction>
void columns(const void* in, void* out, std::int64_t count, std::int64_t columns) {
  using R = Result<T, reduction>;
  const T* const x = static_cast<const T*>(in);
  R* const result = static_cast<R*>(out);
  if constexpr (std::is_floating_point_v<T>) {
    reduce_columns<T, reduction>(x, count, columns, result);
  } else {
    const Reduce<R, reduction> combine;
    for (std::int64_t j = 0; j < columns; ++j) result[j] = combine.identity;
    for (std::int64_t k = 0; k < count; ++k)
      for (std::int64_t j = 0; j < columns; ++j)
        result[j] = combine(result[j], static_cast<R>(x[k * columns + j]));
  }
}

template <class T, ReduceOp reduction>
void position(const void* in, std::int64_t* out, std::int64_t length, std::int64_t stride) {
  const T* const x = static_cast<const T*>(in);
  std::int64_t best = 0;
  for (std::int64_t k = 1; k < length && x[best * stride] == x[best * stride]; ++k) {
    const T value = x[k * stride], top = x[best * stride];
    if ((reduction == ReduceOp::maximum ? value > top : value < top) || value != value) best = k;
  }
  *out = best;
}

struct Max {
  template <class V>
  V operator()(V a, V b) const {
    return xsimd::max(a, b);
  }
};

// Of a row with NaN, any of its elements.
template <class T>
Vector<T> row_maximum(const T* x, std::int64_t length) {
  return reduce_part<T>(
      0, length, Max(), lowest<T>,
      [=](std::int64_t i, std::int64_t n) { return load_some(x + i, n, lowest<T>); }, keep_nothing);
}

// Calls body(i, n) for each register of a row.
template <class T, class Body>
void each_register(std::int64_t length, Body body) {
  for (std::int64_t i = 0; i < length; i += width<T>) body(i, length - i < width<T> ? length - i : width<T>);
}

// exp(x - maximum) is at most 1, so nothing overflows; a row of -inf gives NaN, as in PyTorch.
template <class T>
void softmax(const void* in, void* out, std::int64_t count, std::int64_t length) {
  for (std::int64_t row = 0; row < count; ++row) {
    const T* const x = static_cast<const T*>(in) + row * length;
    T* const y = static_cast<T*>(out) + row * length;
    const Vector<T> top = row_maximum(x, length);
    const Vector<T> sum = sum_row<T>(
        length,
        [=](std::int64_t i, std::int64_t n) { return math::exp(load_some(x + i, n, lowest<T>) - top); },
        [=](std::int64_t i, const Vector<T>& e, std::int64_t n) { store_some(y + i, e, n); });
    const Vector<T> factor = Vector<T>(T(1)) / sum;  // a quotient takes as long as ten products
    each_register<T>(length, [&](std::int64_t i, std::int64_t n) {
      store_some(y + i, load_some(y + i, n, T(0)) * factor, n);
    });
  }
}

template <class T>
void log_softmax(const void* in, void* out, std::int64_t count, std::int64_t length) {
  for (std::int64_t row = 0; row < count; ++row) {
    const T* const x = static_cast<const T*>(in) + row * length;
    T* const y = static_cast<T*>(out) + row * length;
    const Vector<T> top = row_maximum(x, length);
    const Vector<T> shift = math::log(sum_row<T>(length, [=](std::int64_t i, std::int64_t n) {
      return math::exp(load_some(x + i, n, lowest<T>) - top);
    }));
    each_register<T>(length, [&](std::int64_t i, std::int64_t n) {
      store_some(y + i, load_some(x + i, n, T(0)) - top - shift, n);
    });
  }
}

template <class T>
void softmax_gradient(const void* gradient, const void* result, void* out, std::int64_t count,
                      std::int64_t length) {
  for (std::int64_t row = 0; row < count; ++row) {
    const T* const g = static_cast<const T*>(gradient) + row * length;
    const T* const y = static_cast<const T*>(result) + row * length;
    T* const dx = static_cast<T*>(out) + row * length;
    const Vector<T> sum = sum_row<T>(length, [=](std::int64_t i, std::int64_t n) {
      return load_some(g + i, n, T(0)) * load_some(y + i, n, T(0));
    });
    each_register<T>(length, [&](std::int64_t i, std::int64_t n) {
      store_some(dx + i, load_some(y + i, n, T(0)) * (load_some(g + i, n, T(0)) - sum), n);
    });
  }
}

template <class T>
void log_softmax_gradient(const void* gradient, const void* result, void* out, std::int64_t count,
                          std::int64_t length) {
  for (std::int64_t row = 0; row < count; ++row) {
    const T* const g = static_cast<const T*>(gradient) + row * length;
    const T* const y = static_cast<const T*>(result) + row * length;
    T* const dx = static_cast<T*>(out) + row * length;
    const Vector<T> sum =
        sum_row<T>(length, [=](std::int64_t i, std::int64_t n) { return load_some(g + i, n, T(0)); });
    each_register<T>(length, [&](std::int64_t i, std::int64_t n) {
      store_some(dx + i, load_some(g + i, n, T(0)) - math::exp(load_some(y + i, n, T(0))) * sum, n);
    });
  }
}

template <ReduceOp reduction, class T>
constexpr void set(ReduceKernels& table) {
  constexpr int row = static_cast<int>(reduction), column = static_cast<int>(dtype_of<T>);
  table.rows[row][column] = rows<T, reduction>;
  table.columns[row][column] = columns<T, reduction>;
  table.position[row][column] = position<T, reduction>;
}

template <ReduceOp reduction>
constexpr void set(ReduceKernels& table) {
  if constexpr (reduction == ReduceOp::sum) {
    table.rows[static_cast<int>(reduction)][static_cast<int>(DType::boolean)] = rows<bool, reduction>;
    table.columns[static_cast<int>(reduction)][static_cast<int>(DType::boolean)] = columns<bool, reduction>;
  }
  set<reduction, std::uint8_t>(table);
  set<reduction, std::int32_t>(table);
  set<reduction, std::int64_t>(table);
  set<reduction, float>(table);
  set<reduction, double>(table);
}

constexpr ReduceKernels make_table() {
  ReduceKernels table{};
  set<ReduceOp::sum>(table);
  set<ReduceOp::maximum>(table);
  set<ReduceOp::minimum>(table);
  table.softmax[0] = softmax<float>;
  table.softmax[1] = softmax<double>;
  table.log_softmax[0] = log_softmax<float>;
  table.log_softmax[1] = log_softmax<double>;
  table.softmax_gradient[0] = softmax_gradient<float>;
  table.softmax_gradient[1] = softmax_gradient<double>;
  table.log_softmax_gradient[0] = log_softmax_gradient<float>;
  table.log_softmax_gradient[1] = log_softmax_gradient<double>;
  return table;
}

}  // namespace

template <>
const ReduceKernels& table_for<ReduceKernels, TAPER_ISA>() {
  static constexpr ReduceKernels table = make_table();
  return table;
}

}  // namespace taper::kernels
