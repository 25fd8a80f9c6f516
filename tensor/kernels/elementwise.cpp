// Kernels: the element-wise loops.
#include <cstring>
#include <utility>

#include <taper/tensor/convert.h>
#include <taper/tensor/kernels/elementwise.h>
#include <taper/tensor/kernels/functions.h>
#include <taper/tensor/kernels/shuffle.h>
#include <taper/tensor/kernels/simd.h>
#include <taper/tensor/type_list.h>

namespace taper::kernels {
namespace {

// How elements of type T are taken: floating ones a register at a time, the others one by one.
template <class T>
struct Lanes {
  using Value = T;
  static constexpr std::int64_t width = 1;
  static T load(const T* from, std::int64_t, std::int64_t) { return *from; }
  static T load(const T* from) { return *from; }
  static T fill(T value) { return value; }
  static void store(T* to, T value, std::int64_t) { *to = value; }
  static void store(T* to, T value) { *to = value; }
  static void store_past_cache(T* to, T value) { *to = value; }
};
template <class T>
requires std::is_floating_point_v<T>
struct Lanes<T> {
  using Value = Vector<T>;
  static constexpr std::int64_t width = kernels::width<T>;
  static Value load(const T* from, std::int64_t stride, std::int64_t count) {
    if (stride == 0) return Value(*from);
    if (stride != 1) return load_strided(from, stride, count);
    return count == width ? kernels::load(from) : load_partial(from, count);
  }
  static Value load(const T* from) { return kernels::load(from); }
  static Value fill(T value) { return Value(value); }
  static void store(T* to, Value value, std::int64_t count) {
    count == width ? kernels::store(to, value) : store_partial(to, value, count);
  }
  static void store(T* to, Value value) { kernels::store(to, value); }
  static void store_past_cache(T* to, Value value) { kernels::store_past_cache(to, value); }
};

/// Whether whole registers of a row of the result are written past the cache.
template <class T>
bool is_past_cache(const Rows& rows, const T* out) {
  return rows.past_cache && reinterpret_cast<std::uintptr_t>(out) % sizeof(typename Lanes<T>::Value) == 0;
}

/// Calculates as many adjacent elements as whole groups of registers hold, and returns their number: see Note
/// [Registers together]. Everything is inlined.
template <class T, auto op>
[[gnu::flatten]] std::int64_t unary_together(const T* in, T* out, std::int64_t count, bool past_cache) {
  constexpr std::int64_t w = width<T>, step = registers_together * w;
  const Function<op> function;
  std::int64_t i = 0;
  for (; i + step <= count; i += step) {
    Vector<T> x[registers_together];
#pragma GCC unroll 4
    for (std::int64_t j = 0; j < registers_together; ++j) x[j] = load(in + i + j * w);
#pragma GCC unroll 4
    for (std::int64_t j = 0; j < registers_together; ++j) x[j] = function(x[j]);
    if (past_cache) {
#pragma GCC unroll 4
      for (std::int64_t j = 0; j < registers_together; ++j) store_past_cache(out + i + j * w, x[j]);
    } else {
#pragma GCC unroll 4
      for (std::int64_t j = 0; j < registers_together; ++j) store(out + i + j * w, x[j]);
    }
  }
  return i;
}

template <class T, auto op>
void unary(const Rows& rows) {
  using L = Lanes<T>;
  constexpr std::int64_t w = L::width;
  const Function<op> function;
  const std::int64_t count = rows.count, stride = rows.strides[1];
  for (std::int64_t row = 0; row < rows.rows; ++row) {
    T* const out = rows.row<T>(0, row);
    const T* const in = rows.row<const T>(1, row);
    std::int64_t i = 0;
    if constexpr (std::is_floating_point_v<T>)
      if (stride == 1) i = unary_together<T, op>(in, out, count, is_past_cache(rows, out));
    for (; i < count; i += w) {
      const std::int64_t lanes = count - i < w ? count - i : w;
      L::store(out + i, function(L::load(in + i * stride, stride, lanes)), lanes);
    }
  }
  if (rows.past_cache) finish_stores();
}

template <class T, auto op>
void binary(const Rows& rows) {
  using L = Lanes<T>;
  constexpr std::int64_t w = L::width;
  const Function<op> function;
  const std::int64_t count = rows.count, sa = rows.strides[1], sb = rows.strides[2];
  for (std::int64_t row = 0; row < rows.rows; ++row) {
    T* const out = rows.row<T>(0, row);
    const T* const a = rows.row<const T>(1, row);
    const T* const b = rows.row<const T>(2, row);
    std::int64_t i = 0;
    const auto whole_registers = [&](const auto& value) {
      if (is_past_cache(rows, out))
        for (; i + w <= count; i += w) L::store_past_cache(out + i, value());
      else
        for (; i + w <= count; i += w) L::store(out + i, value());
    };
    if (sa == 1 && sb == 1)
      whole_registers([&] { return function(L::load(a + i), L::load(b + i)); });
    else if (sa == 1 && sb == 0)
      whole_registers([&, value = L::fill(*b)] { return function(L::load(a + i), value); });
    else if (sa == 0 && sb == 1)
      whole_registers([&, value = L::fill(*a)] { return function(value, L::load(b + i)); });
    for (; i < count; i += w) {
      const std::int64_t lanes = count - i < w ? count - i : w;
      L::store(out + i, function(L::load(a + i * sa, sa, lanes), L::load(b + i * sb, sb, lanes)), lanes);
    }
  }
  if (rows.past_cache) finish_stores();
}

template <class T, auto op>
void compare(const Rows& rows) {
  using L = Lanes<T>;
  constexpr std::int64_t w = L::width;
  const Function<op> function;
  const std::int64_t count = rows.count, sa = rows.strides[1], sb = rows.strides[2];
  for (std::int64_t row = 0; row < rows.rows; ++row) {
    bool* const out = rows.row<bool>(0, row);
    const T* const a = rows.row<const T>(1, row);
    const T* const b = rows.row<const T>(2, row);
    for (std::int64_t i = 0; i < count; i += w) {
      const std::int64_t lanes = count - i < w ? count - i : w;
      const auto mask = function(L::load(a + i * sa, sa, lanes), L::load(b + i * sb, sb, lanes));
      if constexpr (std::is_floating_point_v<T>) {
        bool flags[static_cast<std::size_t>(w)];
        mask.store_unaligned(flags);
        std::memcpy(out + i, flags, static_cast<std::size_t>(lanes));
      } else {
        out[i] = mask;
      }
    }
  }
}

template <class T>
void where(const Rows& rows) {
  const std::int64_t count = rows.count, sc = rows.strides[1], sa = rows.strides[2], sb = rows.strides[3];
  for (std::int64_t row = 0; row < rows.rows; ++row) {
    T* const out = rows.row<T>(0, row);
    const bool* const condition = rows.row<const bool>(1, row);
    const T* const a = rows.row<const T>(2, row);
    const T* const b = rows.row<const T>(3, row);
    for (std::int64_t i = 0; i < count; ++i) {
      const T first = a[i * sa], second = b[i * sb];  // both, so that nothing has to be guessed
      out[i] = condition[i * sc] ? first : second;
    }
  }
}

template <class V, std::size_t... i>
V reversed(const V& x, std::index_sequence<i...>) {
  return __builtin_shufflevector(x, x, static_cast<int>(sizeof...(i) - 1 - i)...);
}

/// Elements from `in` backwards; out[0] is in[0].
template <class T>
void copy_reversed(const T* in, T* out, std::int64_t count) {
  constexpr std::int64_t w = sizeof(Vector<float>) / sizeof(T);
  using V = Raw<T, w>;
  std::int64_t i = 0;
  for (; i + w <= count; i += w)
    store_raw(out + i, reversed(load_raw<V>(in - i - (w - 1)),
                                std::make_index_sequence<static_cast<std::size_t>(w)>()));
  for (; i < count; ++i) out[i] = in[-i];
}

template <class From, class To>
void cast(const Rows& rows) {
  const std::int64_t count = rows.count, step = rows.strides[0], stride = rows.strides[1];
  for (std::int64_t row = 0; row < rows.rows; ++row) {
    To* const out = rows.row<To>(0, row);
    const From* const in = rows.row<const From>(1, row);
    if (step == 1 && stride == 1) {
      std::int64_t i = 0;
      if constexpr (is_short_float<From> || is_short_float<To>) {
        constexpr std::int64_t together = 16;  // a number known to the compiler, which uses vectors
        for (; i + together <= count; i += together)
          for (std::int64_t j = 0; j < together; ++j) out[i + j] = convert<To>(in[i + j]);
      }
      for (; i < count; ++i) out[i] = convert<To>(in[i]);
    } else if (std::is_same_v<From, To> && step == 1 && stride == -1) {
      if constexpr (std::is_same_v<From, To>) copy_reversed(in, out, count);
    } else if (step == 1 && stride == 0 && count > 0) {
      const To value = convert<To>(*in);
      for (std::int64_t i = 0; i < count; ++i) out[i] = value;
    } else {
      for (std::int64_t i = 0; i < count; ++i) out[i * step] = convert<To>(in[i * stride]);
    }
  }
}

constexpr ElementwiseKernels make_table() {
  ElementwiseKernels table{};
  const auto each = []<class Enum, class Visit>(Enum, Visit visit) {
    [&]<std::size_t... i>(std::index_sequence<i...>) {
      (visit.template operator()<static_cast<Enum>(i)>(), ...);
    }
    (std::make_index_sequence<static_cast<std::size_t>(Enum::count)>());
  };
  const auto column = [](DType dtype) { return static_cast<int>(dtype); };
  each(Unary::count, [&]<Unary op>() {
    constexpr int row = static_cast<int>(op);
    table.unary[row][column(DType::float32)] = unary<float, op>;
    table.unary[row][column(DType::float64)] = unary<double, op>;
    if constexpr (op == Unary::negate || op == Unary::abs || op == Unary::sign || op == Unary::square) {
      table.unary[row][column(DType::uint8)] = unary<std::uint8_t, op>;
      table.unary[row][column(DType::int32)] = unary<std::int32_t, op>;
      table.unary[row][column(DType::int64)] = unary<std::int64_t, op>;
    }
  });
  each(Binary::count, [&]<Binary op>() {
    constexpr int row = static_cast<int>(op);
    table.binary[row][column(DType::float32)] = binary<float, op>;
    table.binary[row][column(DType::float64)] = binary<double, op>;
    if constexpr (op == Binary::maximum || op == Binary::minimum)
      table.binary[row][column(DType::boolean)] = binary<bool, op>;
    // As truth values: `or` and `and`.
    if constexpr (op == Binary::add)
      table.binary[row][column(DType::boolean)] = binary<bool, Binary::maximum>;
    if constexpr (op == Binary::multiply)
      table.binary[row][column(DType::boolean)] = binary<bool, Binary::minimum>;
    if constexpr (op < Binary::pow && op != Binary::divide) {
      table.binary[row][column(DType::uint8)] = binary<std::uint8_t, op>;
      table.binary[row][column(DType::int32)] = binary<std::int32_t, op>;
      table.binary[row][column(DType::int64)] = binary<std::int64_t, op>;
    }
  });
  each(Comparison::count, [&]<Comparison op>() {
    constexpr int row = static_cast<int>(op);
    table.compare[row][column(DType::boolean)] = compare<bool, op>;
    table.compare[row][column(DType::uint8)] = compare<std::uint8_t, op>;
    table.compare[row][column(DType::int32)] = compare<std::int32_t, op>;
    table.compare[row][column(DType::int64)] = compare<std::int64_t, op>;
    table.compare[row][column(DType::float32)] = compare<float, op>;
    table.compare[row][column(DType::float64)] = compare<double, op>;
  });
  using Calculated = TypeList<bool, std::uint8_t, std::int32_t, std::int64_t, float, double>;
  for_each(Calculated(), [&]<class From>() {
    for_each(Calculated(), [&]<class To>() {
      if constexpr (!std::is_same_v<From, To>)
        table.cast[column(dtype_of<From>)][column(dtype_of<To>)] = cast<From, To>;
    });
  });
  table.widen[0] = cast<Float16, float>;
  table.widen[1] = cast<BFloat16, float>;
  table.narrow[0] = cast<float, Float16>;
  table.narrow[1] = cast<float, BFloat16>;
  int size = 0;
  for_each(TypeList<std::uint8_t, std::uint16_t, std::uint32_t, std::uint64_t>(), [&]<class T>() {
    table.where[size] = where<T>;
    table.copy[size++] = cast<T, T>;
  });
  return table;
}

}  // namespace

template <>
const ElementwiseKernels& table_for<ElementwiseKernels, TAPER_ISA>() {
  static constexpr ElementwiseKernels table = make_table();
  return table;
}

}  // namespace taper::kernels
