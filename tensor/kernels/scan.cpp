// Kernels: scans.
#include <cstring>
#include <limits>
#include <type_traits>

#include <taper/tensor/kernels/math.h>
#include <taper/tensor/kernels/scan.h>
#include <taper/tensor/kernels/shuffle.h>
#include <taper/tensor/kernels/simd.h>

namespace taper::kernels {
namespace {

using Carry = ScanKernels::Carry;
using Real = Vector<double>;
constexpr int w = static_cast<int>(width<double>);

// Operations on batches of float64 and on int64. The identity, combined with y, gives y to the bit, unless y
// is -0.

struct Sum {
  static constexpr double identity = 0;
  static constexpr bool is_slow = false;
  template <class V>
  V operator()(const V& a, const V& b) const {
    return static_cast<V>(wrapping(a) + wrapping(b));
  }
};
struct Product {
  static constexpr double identity = 1;
  static constexpr bool is_slow = false;
  template <class V>
  V operator()(const V& a, const V& b) const {
    return static_cast<V>(wrapping(a) * wrapping(b));
  }
};
/// log(exp(a) + exp(b))
struct LogSumExp {
  static constexpr double identity = -std::numeric_limits<double>::infinity();
  static constexpr bool is_slow = true;
  Real operator()(const Real& a, const Real& b) const {
    const Real low = smaller(a, b), high = larger(a, b);
    const Real sum = math::log1p(math::exp(low - high)) + high;
    const Real either = select((low == high) & (xsimd::abs(high) == Real(-identity)), high, sum);
    return select(is_nan(a), a, select(is_nan(b), b, either));
  }
};

// Elements as float64.

template <class T>
Real load_real(const T* from) {
  if constexpr (std::is_same_v<T, double>)
    return load(from);
  else
    return __builtin_bit_cast(Real, __builtin_convertvector((load_raw<Raw<T, w>>(from)), Raw<double>));
}
template <class T>
void store_real(T* to, const Real& value) {
  if constexpr (std::is_same_v<T, double>)
    store(to, value);
  else
    store_raw(to, __builtin_convertvector(__builtin_bit_cast(Raw<double>, value), Raw<T, w>));
}

template <std::size_t... i>
Real reversed(const Real& x, std::index_sequence<i...>) {
  const auto raw = __builtin_bit_cast(Raw<double>, x);
  return __builtin_bit_cast(Real, __builtin_shufflevector(raw, raw, w - 1 - static_cast<int>(i)...));
}
template <std::size_t... i>
Real last_lane(const Real& x, std::index_sequence<i...>) {
  const auto raw = __builtin_bit_cast(Raw<double>, x);
  return __builtin_bit_cast(Real, __builtin_shufflevector(raw, raw, (static_cast<int>(i) | (w - 1))...));
}
constexpr std::make_index_sequence<w> every_lane;

// Note [Scans in lanes]
// Eight elements are scanned together, in halves: each element of the second, fourth, ... half takes the
// result of the half before it, for halves of 1, 2 and 4 elements. What is combined with what does not depend
// on the width of the registers. A long row is scanned in blocks of a length that follows from nothing else,
// each from its own beginning; then the results of the blocks before it are put in front.
constexpr int lanes = 8, registers = lanes / w;
constexpr bool is_upper(int i, int half) { return i / half % 2 == 1; }

template <int half, class Op, std::size_t... i>
void scan_register(const Op& op, Real& x, std::index_sequence<i...> all) {
  if constexpr (half < w) {
    const auto raw = __builtin_bit_cast(Raw<double>, x);
    const auto before =
        __builtin_shufflevector(raw, raw,
                                (is_upper(static_cast<int>(i), half) ? static_cast<int>(i) / half * half - 1
                                                                     : static_cast<int>(i))...);
    const auto both = __builtin_bit_cast(Raw<double>, op(__builtin_bit_cast(Real, before), x));
    x = __builtin_bit_cast(
        Real, __builtin_shufflevector(
                  raw, both, (static_cast<int>(i) + (is_upper(static_cast<int>(i), half) ? w : 0))...));
    scan_register<half * 2>(op, x, all);
  }
}
template <class Op>
void scan_lanes(const Op& op, Real (&x)[registers]) {
  for (Real& each : x) scan_register<1>(op, each, every_lane);
  for (int half = 1; half < registers; half *= 2)
    for (int r = 0; r < registers; ++r)
      if (is_upper(r, half)) x[r] = op(last_lane(x[r / half * half - 1], every_lane), x[r]);
}

template <class T, class Op, bool reverse, bool stores, bool continued>
void scan_part(const T* in, T* out, std::int64_t length, double before, double* total) {
  constexpr Op op;
  Real carry(op.identity);
  const Real first(before);
  const auto take = [&](const T* from, T* to) {
    Real x[registers];
    for (int r = 0; r < registers; ++r)
      x[r] = reverse ? reversed(load_real(from + lanes - (r + 1) * w), every_lane) : load_real(from + r * w);
    scan_lanes(op, x);
    if constexpr (stores)
      for (int r = 0; r < registers; ++r) {
        Real y = op(carry, x[r]);
        if constexpr (Op::is_slow) x[r] = y;
        if constexpr (continued) y = op(first, y);
        reverse ? store_real(to + lanes - (r + 1) * w, reversed(y, every_lane)) : store_real(to + r * w, y);
      }
    const Real& last = x[registers - 1];
    carry = stores && Op::is_slow ? last_lane(last, every_lane) : op(carry, last_lane(last, every_lane));
  };
  std::int64_t i = 0;
  for (; i + lanes <= length; i += lanes) {
    const std::int64_t at = reverse ? length - i - lanes : i;
    take(in + at, stores ? out + at : nullptr);
  }
  if (i < length) {
    const std::int64_t rest = length - i, at = reverse ? lanes - rest : 0;
    T padded[lanes], result[lanes];
    for (T& each : padded) each = static_cast<T>(op.identity);
    std::memcpy(padded + at, reverse ? in : in + i, static_cast<std::size_t>(rest) * sizeof(T));
    take(padded, result);
    if (stores) std::memcpy(reverse ? out : out + i, result + at, static_cast<std::size_t>(rest) * sizeof(T));
  }
  *total = __builtin_bit_cast(Raw<double>, carry)[0];
}

template <class T, class Op>
void scan_row(const void* in, void* out, std::int64_t length, bool reverse, const Carry* before,
              Carry* total) {
  const auto scan = [&]<bool stores, bool continued>() {
    const double first = continued ? before->real : Op::identity;
    (reverse ? scan_part<T, Op, true, stores, continued>
             : scan_part<T, Op, false, stores, continued>)(static_cast<const T*>(in), static_cast<T*>(out),
                                                           length, first, &total->real);
  };
  if (out == nullptr)
    scan.template operator()<false, false>();
  else if (before == nullptr)
    scan.template operator()<true, false>();
  else
    scan.template operator()<true, true>();
}

template <class T, class Op>
void scan_integers(const void* in, void* out, std::int64_t length, bool reverse, const Carry* before,
                   Carry* total) {
  constexpr Op op;
  const std::int64_t step = reverse ? -1 : 1, begin = reverse ? length - 1 : 0;
  const T* const x = static_cast<const T*>(in) + begin;
  std::int64_t* const y = out == nullptr ? nullptr : static_cast<std::int64_t*>(out) + begin;
  constexpr std::int64_t identity = static_cast<std::int64_t>(op.identity);
  const std::int64_t first = before != nullptr ? before->integer : identity;
  std::int64_t value = identity;
  for (std::int64_t i = 0; i < length; ++i) {
    value = op(value, static_cast<std::int64_t>(x[i * step]));
    if (y != nullptr) y[i * step] = op(first, value);
  }
  total->integer = value;
}

template <class Op>
void join_reals(Carry& to, const Carry& next) {
  const Real both = Op()(Real(to.real), Real(next.real));
  to.real = __builtin_bit_cast(Raw<double>, both)[0];
}
template <class Op>
void join_integers(Carry& to, const Carry& next) {
  to.integer = Op()(to.integer, next.integer);
}

/// Columns that are scanned together.
constexpr std::int64_t strip = 512;

// Calls visit(first, columns) for each strip, and then row(k, first, columns) for each row in order.
template <class Begin, class Row>
void each_strip(std::int64_t count, std::int64_t columns, bool reverse, Begin begin, Row row) {
  for (std::int64_t first = 0; first < columns; first += strip) {
    const std::int64_t here = columns - first < strip ? columns - first : strip;
    begin(first, here);
    for (std::int64_t k = 0; k < count; ++k) row(reverse ? count - 1 - k : k, first, here);
  }
}

template <class T, class Op>
void scan_columns(const void* in, void* out, std::int64_t count, std::int64_t columns, std::int64_t stride,
                  bool reverse) {
  constexpr Op op;
  double sums[strip];
  each_strip(
      count, columns, reverse,
      [&](std::int64_t, std::int64_t here) {
        for (std::int64_t j = 0; j < here; ++j) sums[j] = op.identity;
      },
      [&](std::int64_t k, std::int64_t first, std::int64_t here) {
        const T* const x = static_cast<const T*>(in) + k * stride + first;
        T* const y = static_cast<T*>(out) + k * stride + first;
        std::int64_t j = 0;
        for (; j + w <= here; j += w) {
          const Real sum = op(load(sums + j), load_real(x + j));
          store(sums + j, sum);
          store_real(y + j, sum);
        }
        if (j < here) {
          const std::size_t bytes = static_cast<std::size_t>(here - j) * sizeof(T);
          T padded[w] = {};
          std::memcpy(padded, x + j, bytes);
          const Real sum = op(load_partial(sums + j, here - j), load_real(padded));
          store_some(sums + j, sum, here - j);
          store_real(padded, sum);
          std::memcpy(y + j, padded, bytes);
        }
      });
}

template <class T, class Op>
void scan_integer_columns(const void* in, void* out, std::int64_t count, std::int64_t columns,
                          std::int64_t stride, bool reverse) {
  constexpr Op op;
  std::int64_t sums[strip];
  each_strip(
      count, columns, reverse,
      [&](std::int64_t, std::int64_t here) {
        for (std::int64_t j = 0; j < here; ++j) sums[j] = static_cast<std::int64_t>(op.identity);
      },
      [&](std::int64_t k, std::int64_t first, std::int64_t here) {
        const T* const x = static_cast<const T*>(in) + k * stride + first;
        std::int64_t* const y = static_cast<std::int64_t*>(out) + k * stride + first;
        for (std::int64_t j = 0; j < here; ++j) y[j] = sums[j] = op(sums[j], static_cast<std::int64_t>(x[j]));
      });
}

template <class T, bool maximum>
void scan_extremum(const void* in, void* out, std::int64_t* indices, std::int64_t count, std::int64_t columns,
                   std::int64_t stride) {
  const auto better = [](T x, T top) { return x != x || (maximum ? x >= top : x <= top); };
  const T* const x = static_cast<const T*>(in);
  T* const y = static_cast<T*>(out);
  if (columns == 1) {
    T top = x[0];
    std::int64_t at = 0;
    for (std::int64_t k = 0; k < count; ++k) {
      if (better(x[k * stride], top)) top = x[k * stride], at = k;
      y[k * stride] = top;
      indices[k * stride] = at;
    }
    return;
  }
  T tops[strip];
  std::int64_t places[strip];
  each_strip(
      count, columns, false,
      [&](std::int64_t first, std::int64_t here) {
        for (std::int64_t j = 0; j < here; ++j) tops[j] = x[first + j], places[j] = 0;
      },
      [&](std::int64_t k, std::int64_t first, std::int64_t here) {
        for (std::int64_t j = 0; j < here; ++j) {
          const std::int64_t at = k * stride + first + j;
          const bool take = better(x[at], tops[j]);
          y[at] = tops[j] = take ? x[at] : tops[j];
          indices[at] = places[j] = take ? k : places[j];
        }
      });
}

template <class T>
void recur(const void* factors, const void* terms, void* out, std::int64_t count, std::int64_t columns,
           std::int64_t stride, bool reverse) {
  double sums[strip];
  each_strip(
      count, columns, reverse,
      [&](std::int64_t, std::int64_t here) {
        for (std::int64_t j = 0; j < here; ++j) sums[j] = 0;
      },
      [&](std::int64_t k, std::int64_t first, std::int64_t here) {
        const T* const a = static_cast<const T*>(factors) + k * stride + first;
        const T* const b = static_cast<const T*>(terms) + k * stride + first;
        T* const y = static_cast<T*>(out) + k * stride + first;
        for (std::int64_t j = 0; j < here; ++j) {
          sums[j] = static_cast<double>(b[j]) + static_cast<double>(a[j]) * sums[j];
          y[j] = static_cast<T>(sums[j]);
        }
      });
}

template <ScanOp operation, class Op, class T>
constexpr void set(ScanKernels& table) {
  constexpr int row = static_cast<int>(operation), column = static_cast<int>(dtype_of<T>);
  if constexpr (std::is_floating_point_v<T>) {
    table.rows[row][column] = scan_row<T, Op>;
    table.columns[row][column] = scan_columns<T, Op>;
    table.join[row][column] = join_reals<Op>;
  } else {
    table.rows[row][column] = scan_integers<T, Op>;
    table.columns[row][column] = scan_integer_columns<T, Op>;
    table.join[row][column] = join_integers<Op>;
  }
}

template <ScanOp operation, class Op>
constexpr void set(ScanKernels& table) {
  if constexpr (operation != ScanOp::logsumexp) {
    set<operation, Op, bool>(table);
    set<operation, Op, std::uint8_t>(table);
    set<operation, Op, std::int32_t>(table);
    set<operation, Op, std::int64_t>(table);
  }
  set<operation, Op, float>(table);
  set<operation, Op, double>(table);
}

constexpr ScanKernels make_table() {
  ScanKernels table{};
  set<ScanOp::sum, Sum>(table);
  set<ScanOp::product, Product>(table);
  set<ScanOp::logsumexp, LogSumExp>(table);
  return table;
}

template <class T>
constexpr void set(ExtremumScanKernels& table) {
  table.maximum[static_cast<int>(dtype_of<T>)] = scan_extremum<T, true>;
  table.minimum[static_cast<int>(dtype_of<T>)] = scan_extremum<T, false>;
}

constexpr ExtremumScanKernels make_extremum_table() {
  ExtremumScanKernels table{};
  set<bool>(table);
  set<std::uint8_t>(table);
  set<std::int32_t>(table);
  set<std::int64_t>(table);
  set<float>(table);
  set<double>(table);
  return table;
}

}  // namespace

template <>
const ScanKernels& table_for<ScanKernels, TAPER_ISA>() {
  static constexpr ScanKernels table = make_table();
  return table;
}

template <>
const ExtremumScanKernels& table_for<ExtremumScanKernels, TAPER_ISA>() {
  static constexpr ExtremumScanKernels table = make_extremum_table();
  return table;
}

template <>
const RecurrenceKernels& table_for<RecurrenceKernels, TAPER_ISA>() {
  static constexpr RecurrenceKernels table{{recur<float>, recur<double>}};
  return table;
}

}  // namespace taper::kernels
