// Kernels: products, counts, truth values, norms and moments.
#include <cstring>

#include <taper/tensor/kernels/aggregate.h>
#include <taper/tensor/kernels/reduce_loops.h>

namespace taper::kernels {
namespace {

struct Square : Same {
  template <class V>
  V operator()(const V& x, std::int64_t) const {
    return x * x;
  }
};

struct Magnitude {
  template <class T>
  T fill(T identity) const {
    return identity < T(0) ? T(0) : identity;
  }
  template <class V>
  V operator()(const V& x, std::int64_t) const {
    if constexpr (std::is_arithmetic_v<V>)
      return x < 0 ? -x : x + V(0);  // of -0, too
    else
      return xsimd::abs(x);
  }
};

struct NanAsZero : Same {
  template <class V>
  V operator()(const V& x, std::int64_t) const {
    return select(is_nan(x), V(0), x);
  }
};

// Truth values and counts: an element is 0 if all bits but the sign's are.

template <class T>
using Bits = std::conditional_t<sizeof(T) == 1, std::uint8_t,
                                std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>>;

template <class T>
Bits<T> bits_at(const T* x) {
  Bits<T> bits;
  std::memcpy(&bits, x, sizeof(T));
  return std::is_floating_point_v<T> ? static_cast<Bits<T>>(bits << 1) : bits;
}

constexpr std::int64_t looked_at_once = 1024;

// Whether any element is 0 (`zero`), or any is not.
template <class T, bool zero>
bool has(const T* x, std::int64_t length) {
  for (std::int64_t begin = 0; begin < length; begin += looked_at_once) {
    const std::int64_t end = begin + looked_at_once < length ? begin + looked_at_once : length;
    Bits<T> found = 0;
    for (std::int64_t i = begin; i < end; ++i) {
      const Bits<T> bits = bits_at(x + i);
      found |= zero ? (bits == 0 ? static_cast<Bits<T>>(-1) : Bits<T>(0)) : bits;
    }
    if (found != 0) return true;
  }
  return false;
}

template <class T, bool all>
void truth_rows(const void* in, void* out, std::int64_t count, std::int64_t length) {
  for (std::int64_t row = 0; row < count; ++row)
    static_cast<bool*>(out)[row] = has<T, all>(static_cast<const T*>(in) + row * length, length) != all;
}

template <class T, bool all>
void truth_columns(const void* in, void* out, std::int64_t count, std::int64_t columns) {
  const T* const x = static_cast<const T*>(in);
  std::uint8_t* const result = static_cast<std::uint8_t*>(out);
  for (std::int64_t j = 0; j < columns; ++j) result[j] = all;
  for (std::int64_t k = 0; k < count; ++k)
    for (std::int64_t j = 0; j < columns; ++j) {
      const std::uint8_t truth = bits_at(x + k * columns + j) != 0;
      result[j] = all ? result[j] & truth : result[j] | truth;
    }
}

template <class T>
void nonzero_rows(const void* in, void* out, std::int64_t count, std::int64_t length) {
  const T* x = static_cast<const T*>(in);
  for (std::int64_t row = 0; row < count; ++row, x += length) {
    constexpr std::int64_t most = std::int64_t{1} << 30;
    std::int64_t total = 0;
    for (std::int64_t begin = 0; begin < length; begin += most) {
      const std::int64_t end = begin + most < length ? begin + most : length;
      std::uint32_t found = 0;
      for (std::int64_t i = begin; i < end; ++i) found += bits_at(x + i) != 0;
      total += found;
    }
    static_cast<std::int64_t*>(out)[row] = total;
  }
}

template <class T>
void nonzero_columns(const void* in, void* out, std::int64_t count, std::int64_t columns) {
  const T* const x = static_cast<const T*>(in);
  std::int64_t* const result = static_cast<std::int64_t*>(out);
  for (std::int64_t j = 0; j < columns; ++j) result[j] = 0;
  for (std::int64_t k = 0; k < count; ++k)
    for (std::int64_t j = 0; j < columns; ++j) result[j] += bits_at(x + k * columns + j) != 0;
}

template <Aggregate aggregate, class T>
constexpr void set(AggregateKernels& table, ReduceKernels::Rows rows, ReduceKernels::Columns columns) {
  table.rows[static_cast<int>(aggregate)][static_cast<int>(dtype_of<T>)] = rows;
  table.columns[static_cast<int>(aggregate)][static_cast<int>(dtype_of<T>)] = columns;
}
template <Aggregate aggregate, class T, class Op>
constexpr void set(AggregateKernels& table) {
  set<aggregate, T>(table, rows<T, Op>, columns<T, Op>);
}

template <class T>
constexpr void set(AggregateKernels& table) {
  using Wide = std::conditional_t<std::is_floating_point_v<T>, T, std::int64_t>;
  set<Aggregate::product, T, Reduction<Wide, Product<Wide>>>(table);
  set<Aggregate::nonzero, T>(table, nonzero_rows<T>, nonzero_columns<T>);
  set<Aggregate::any, T>(table, truth_rows<T, false>, truth_columns<T, false>);
  set<Aggregate::all, T>(table, truth_rows<T, true>, truth_columns<T, true>);
  if constexpr (std::is_floating_point_v<T>) {
    set<Aggregate::nan_sum, T, Reduction<T, Sum<T>, NanAsZero>>(table);
    set<Aggregate::sum_of_squares, T, Reduction<T, Sum<T>, Square>>(table);
    set<Aggregate::sum_of_magnitudes, T, Reduction<T, Sum<T>, Magnitude>>(table);
    set<Aggregate::largest_magnitude, T, Reduction<T, Maximum<T>, Magnitude>>(table);
    set<Aggregate::smallest_magnitude, T, Reduction<T, Minimum<T>, Magnitude>>(table);
  }
}

constexpr AggregateKernels make_table() {
  AggregateKernels table{};
  set<bool>(table);
  set<std::uint8_t>(table);
  set<std::int32_t>(table);
  set<std::int64_t>(table);
  set<float>(table);
  set<double>(table);
  return table;
}

// The difference from the mean of a row, or of each column; its square.
template <class T, bool squared>
struct FromMean {
  T fill(T) const { return mean; }
  template <class V>
  V operator()(const V& x, std::int64_t) const {
    const V apart = x - V(mean);
    return squared ? apart * apart : apart;
  }
  T mean;
};
template <class T, bool squared>
struct FromMeans {
  T fill(T) const { return T(0); }
  template <class V>
  V operator()(const V& x, std::int64_t column) const {
    V apart = x;
    if constexpr (std::is_arithmetic_v<V>)
      apart -= means[column];
    else
      apart -= load(means + column);
    return squared ? apart * apart : apart;
  }
  const T* means;
};

template <class T>
void moments_rows(const void* in, void* means, void* rests, void* squares, std::int64_t count,
                  std::int64_t length) {
  for (std::int64_t row = 0; row < count; ++row) {
    const T* const x = static_cast<const T*>(in) + row * length;
    const T mean = reduce_row(Reduction<T, Sum<T>>(), x, length) / static_cast<T>(length);
    static_cast<T*>(means)[row] = mean;
    static_cast<T*>(rests)[row] = reduce_row(Reduction<T, Sum<T>, FromMean<T, false>>{{}, {mean}}, x, length);
    static_cast<T*>(squares)[row] =
        reduce_row(Reduction<T, Sum<T>, FromMean<T, true>>{{}, {mean}}, x, length);
  }
}

template <class T>
void moments_columns(const void* in, void* means, void* rests, void* squares, std::int64_t count,
                     std::int64_t columns) {
  const T* const x = static_cast<const T*>(in);
  T *const mean = static_cast<T*>(means), *const rest = static_cast<T*>(rests);
  T* const square = static_cast<T*>(squares);
  T padded[strip + width<T>] = {};  // a register may be read behind the last one
  const Reduction<T, Sum<T>> sum;
  const Reduction<T, Sum<T>, FromMeans<T, false>> apart{{}, {padded}};
  const Reduction<T, Sum<T>, FromMeans<T, true>> spread{{}, {padded}};
  if (columns <= 64) {
    reduce_columns(sum, x, count, columns, mean);
    for (std::int64_t j = 0; j < columns; ++j) mean[j] /= static_cast<T>(count);
    for (std::int64_t j = 0; j < 64; ++j) padded[j] = mean[j % columns];  // of rows taken together
    reduce_columns(apart, x, count, columns, rest);
    return reduce_columns(spread, x, count, columns, square);
  }
  for (std::int64_t j = 0; j < columns; j += strip) {
    const std::int64_t here = columns - j < strip ? columns - j : strip;
    reduce_strip<4>(sum, x + j, count, columns, here, mean + j);
    for (std::int64_t i = 0; i < here; ++i) padded[i] = mean[j + i] /= static_cast<T>(count);
    reduce_strip<4>(apart, x + j, count, columns, here, rest + j);
    reduce_strip<4>(spread, x + j, count, columns, here, square + j);
  }
}

}  // namespace

template <>
const AggregateKernels& table_for<AggregateKernels, TAPER_ISA>() {
  static constexpr AggregateKernels table = make_table();
  return table;
}

template <>
const MomentKernels& table_for<MomentKernels, TAPER_ISA>() {
  static constexpr MomentKernels table{{moments_rows<float>, moments_rows<double>},
                                       {moments_columns<float>, moments_columns<double>}};
  return table;
}

}  // namespace taper::kernels
