// Kernels: reductions and softmax.
#include <type_traits>

#include <taper/tensor/kernels/reduce.h>
#include <taper/tensor/kernels/reduce_loops.h>

namespace taper::kernels {
namespace {

// An integer as wide as T: the compiler then compares whole registers.
template <class T>
using Word = std::conditional_t<sizeof(T) == 1, std::int8_t,
                                std::conditional_t<sizeof(T) == 4, std::int32_t, std::int64_t>>;

// The position of the first element that is as wanted; there is one.
template <class T, class Wanted>
std::int64_t find(const T* x, std::int64_t length, Wanted wanted) {
  constexpr std::int64_t at_once = 128;
  std::int64_t i = 0;
  for (; i + at_once <= length; i += at_once) {
    Word<T> found = 0;
    for (std::int64_t k = 0; k < at_once; ++k) found |= wanted(x[i + k]) ? Word<T>(-1) : Word<T>(0);
    if (found != 0) break;
  }
  while (!wanted(x[i])) ++i;
  return i;
}

template <class T, class Extremum>
void position(const void* in, std::int64_t* out, std::int64_t length, std::int64_t columns,
              std::int64_t stride) {
  const T* const x = static_cast<const T*>(in);
  if (columns == 1 && stride == 1) {
    T top;
    rows<T, Reduction<T, Extremum>>(x, &top, 1, length);
    *out = top == top ? find(x, length, [=](T each) { return each == top; })
                      : find(x, length, [](T each) { return each != each; });
    return;
  }
  constexpr bool maximum = std::is_same_v<Extremum, Maximum<T>>;
  for (std::int64_t first = 0; first < columns; first += strip) {
    const std::int64_t here = columns - first < strip ? columns - first : strip;
    T tops[strip];
    for (std::int64_t j = 0; j < here; ++j) tops[j] = x[first + j], out[first + j] = 0;
    for (std::int64_t k = 1; k < length; ++k)
      for (std::int64_t j = 0; j < here; ++j) {
        const T each = x[k * stride + first + j], top = tops[j];
        const bool better = each == each ? (maximum ? each > top : each < top) : top == top;
        tops[j] = better ? each : top;
        out[first + j] = better ? k : out[first + j];
      }
  }
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

/// Sums of bytes are int64.
template <class T>
using Wide = std::conditional_t<sizeof(T) == 1, std::int64_t, T>;

template <ReduceOp reduction, class T, class Op>
constexpr void set(ReduceKernels& table) {
  constexpr int row = static_cast<int>(reduction), column = static_cast<int>(dtype_of<T>);
  table.rows[row][column] = rows<T, Op>;
  table.columns[row][column] = columns<T, Op>;
}

template <class T>
constexpr void set(ReduceKernels& table) {
  set<ReduceOp::sum, T, Reduction<Wide<T>, Sum<Wide<T>>>>(table);
  if constexpr (!std::is_same_v<T, bool>) {
    set<ReduceOp::maximum, T, Reduction<T, Maximum<T>>>(table);
    set<ReduceOp::minimum, T, Reduction<T, Minimum<T>>>(table);
    table.position[static_cast<int>(ReduceOp::maximum)][static_cast<int>(dtype_of<T>)] =
        position<T, Maximum<T>>;
    table.position[static_cast<int>(ReduceOp::minimum)][static_cast<int>(dtype_of<T>)] =
        position<T, Minimum<T>>;
  }
}

constexpr ReduceKernels make_table() {
  ReduceKernels table{};
  set<bool>(table);
  set<std::uint8_t>(table);
  set<std::int32_t>(table);
  set<std::int64_t>(table);
  set<float>(table);
  set<double>(table);
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
