// Kernels: reductions and softmax.
#include <limits>

#include <taper/tensor/kernels/lanes.h>
#include <taper/tensor/kernels/math.h>
#include <taper/tensor/kernels/reduce.h>
#include <taper/tensor/kernels/simd.h>

namespace taper::kernels {
namespace {

constexpr std::int64_t logical_lanes = 64;

template <class T>
constexpr T lowest = std::is_floating_point_v<T> ? -std::numeric_limits<T>::infinity()
                                                 : std::numeric_limits<T>::lowest();
template <class T>
constexpr T highest = std::is_floating_point_v<T> ? std::numeric_limits<T>::infinity()
                                                  : std::numeric_limits<T>::max();

template <class T, Reduction reduction>
struct Reduce {
  static constexpr T identity = reduction == Reduction::sum       ? T(0)
                                : reduction == Reduction::maximum ? lowest<T>
                                                                  : highest<T>;
  // NaN wins an extremum from either side. Whether the new element b is one does not wait for the others.
  template <class V>
  V operator()(V a, V b) const {
    if constexpr (reduction == Reduction::sum)
      return static_cast<V>(wrapping(a) + wrapping(b));
    else if constexpr (reduction == Reduction::maximum)
      return select(is_nan(b), b, larger(b, a));
    else
      return select(is_nan(b), b, smaller(b, a));
  }
};

/// The part of a row that fills all lanes: how long it is. See Note [Registers together].
template <class T, int registers, class Combine, class Map, class Keep>
[[gnu::flatten]] std::int64_t reduce_together(std::int64_t length, Vector<T> (&lanes)[registers],
                                              const Combine& combine, const Map& map, const Keep& keep) {
  constexpr std::int64_t w = width<T>;
  constexpr int together = registers < registers_together ? registers : registers_together;
  std::int64_t i = 0;
  for (; i + logical_lanes <= length; i += logical_lanes)
    for (int r = 0; r < registers; r += together) {
      Vector<T> mapped[together];
#pragma GCC unroll 4
      for (int j = 0; j < together; ++j) mapped[j] = map(i + (r + j) * w, w);
#pragma GCC unroll 4
      for (int j = 0; j < together; ++j) keep(i + (r + j) * w, mapped[j], w);
#pragma GCC unroll 4
      for (int j = 0; j < together; ++j) lanes[r + j] = combine(lanes[r + j], mapped[j]);
    }
  return i;
}

// A row in logical lanes, in every lane of the result; `map` is applied to each batch of elements first, and
// gives `identity` behind the end; `keep` is told what it gave. See Note [Lanes].
template <class T, class Combine, class Map, class Keep>
Vector<T> reduce_row(std::int64_t length, Combine combine, T identity, Map map, Keep keep) {
  constexpr std::int64_t w = width<T>;
  const auto take = [&](const Vector<T>& lane, std::int64_t i, std::int64_t count) {
    const Vector<T> mapped = map(i, count);
    keep(i, mapped, count);
    return combine(lane, mapped);
  };
  // What the other registers would add makes no difference.
  if (length <= w)
    return combine_lanes<static_cast<int>(w / 2), T>(take(Vector<T>(identity), 0, length), combine);
  constexpr int registers = static_cast<int>(logical_lanes / w);
  Vector<T> lanes[registers];
  for (Vector<T>& lane : lanes) lane = Vector<T>(identity);
  std::int64_t i = reduce_together<T>(length, lanes, combine, map, keep);
  for (int r = 0; r < registers && i < length; ++r, i += w)
    lanes[r] = take(lanes[r], i, length - i < w ? length - i : w);
  return combine_lanes(lanes, combine);
}
template <class T, class Combine, class Map>
Vector<T> reduce_row(std::int64_t length, Combine combine, T identity, Map map) {
  return reduce_row<T>(length, combine, identity, map, [](std::int64_t, const Vector<T>&, std::int64_t) {});
}

template <class T>
Vector<T> load_some(const T* from, std::int64_t count, T fill) {
  return count == width<T> ? load(from) : load_partial(from, count, fill);
}

template <class T, Reduction reduction>
void rows(const void* in, void* out, std::int64_t count, std::int64_t length) {
  const Reduce<T, reduction> combine;
  const T* x = static_cast<const T*>(in);
  T* const result = static_cast<T*>(out);
  for (std::int64_t row = 0; row < count; ++row, x += length) {
    if constexpr (std::is_floating_point_v<T>) {
      result[row] =
          first_lane<T>(reduce_row<T>(length, combine, combine.identity, [&](std::int64_t i, std::int64_t n) {
            return load_some(x + i, n, combine.identity);
          }));
    } else {
      T value = combine.identity;
      for (std::int64_t i = 0; i < length; ++i) value = combine(value, x[i]);
      result[row] = value;
    }
  }
}

template <class T, Reduction reduction>
void columns(const void* in, void* out, std::int64_t count, std::int64_t stride, std::int64_t width_) {
  const Reduce<T, reduction> combine;
  const T* const x = static_cast<const T*>(in);
  T* const result = static_cast<T*>(out);
  if constexpr (std::is_floating_point_v<T>) {
    constexpr std::int64_t w = width<T>;
    // A few rows at a time, so that memory is read in order; the results stay in L1 meanwhile.
    const std::int64_t rows = width_ < 512 ? 4096 / (width_ + 1) : 8, end = (count - 1) * stride + width_;
    for (std::int64_t first = 0; first == 0 || first < count; first += rows) {
      const std::int64_t last = first + rows < count ? first + rows : count;
      std::int64_t j = 0;
      for (; j + 4 * w <= width_; j += 4 * w) {
        Vector<T> lanes[4];
        for (int r = 0; r < 4; ++r)
          lanes[r] = first == 0 ? Vector<T>(combine.identity) : load(result + j + r * w);
        for (std::int64_t k = first; k < last; ++k)
          for (int r = 0; r < 4; ++r) lanes[r] = combine(lanes[r], load(x + k * stride + j + r * w));
        for (int r = 0; r < 4; ++r) store(result + j + r * w, lanes[r]);
      }
      for (; j < width_; j += w) {
        const std::int64_t n = width_ - j < w ? width_ - j : w;
        Vector<T> lane = first == 0 ? Vector<T>(combine.identity) : load_some(result + j, n, T(0));
        // A whole register may be read as long as it ends inside the last row; what lies behind the column is
        // dropped.
        for (std::int64_t k = first; k < last; ++k) {
          const std::int64_t at = k * stride + j;
          lane = combine(lane, at + w <= end ? load(x + at) : load_partial(x + at, n));
        }
        n == w ? store(result + j, lane) : store_partial(result + j, lane, n);
      }
    }
  } else {
    for (std::int64_t j = 0; j < width_; ++j) result[j] = combine.identity;
    for (std::int64_t k = 0; k < count; ++k)
      for (std::int64_t j = 0; j < width_; ++j) result[j] = combine(result[j], x[k * stride + j]);
  }
}

template <class T, Reduction reduction>
void position(const void* in, std::int64_t* out, std::int64_t length, std::int64_t stride) {
  const T* const x = static_cast<const T*>(in);
  std::int64_t best = 0;
  for (std::int64_t k = 1; k < length && x[best * stride] == x[best * stride]; ++k) {
    const T value = x[k * stride], top = x[best * stride];
    if ((reduction == Reduction::maximum ? value > top : value < top) || value != value) best = k;
  }
  *out = best;
}

struct Add {
  template <class V>
  V operator()(V a, V b) const {
    return a + b;
  }
};

struct Max {
  template <class V>
  V operator()(V a, V b) const {
    return xsimd::max(a, b);
  }
};

// Of a row with NaN, any of its elements.
template <class T>
Vector<T> row_maximum(const T* x, std::int64_t length) {
  return reduce_row<T>(length, Max(), lowest<T>,
                       [&](std::int64_t i, std::int64_t n) { return load_some(x + i, n, lowest<T>); });
}

// Calls body(i, n) for each register of a row.
template <class T, class Body>
void each_register(std::int64_t length, Body body) {
  for (std::int64_t i = 0; i < length; i += width<T>) body(i, length - i < width<T> ? length - i : width<T>);
}

template <class T>
void store_some(T* to, Vector<T> value, std::int64_t count) {
  count == width<T> ? store(to, value) : store_partial(to, value, count);
}

// exp(x - maximum) is at most 1, so nothing overflows; a row of -inf gives NaN, as in PyTorch.
template <class T>
void softmax(const void* in, void* out, std::int64_t count, std::int64_t length) {
  for (std::int64_t row = 0; row < count; ++row) {
    const T* const x = static_cast<const T*>(in) + row * length;
    T* const y = static_cast<T*>(out) + row * length;
    const Vector<T> top = row_maximum(x, length);
    const Vector<T> sum = reduce_row<T>(
        length, Add(), T(0),
        [&](std::int64_t i, std::int64_t n) { return math::exp(load_some(x + i, n, lowest<T>) - top); },
        [&](std::int64_t i, const Vector<T>& e, std::int64_t n) { store_some(y + i, e, n); });
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
    const Vector<T> shift = math::log(reduce_row<T>(length, Add(), T(0), [&](std::int64_t i, std::int64_t n) {
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
    const Vector<T> sum = reduce_row<T>(length, Add(), T(0), [&](std::int64_t i, std::int64_t n) {
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
    const Vector<T> sum = reduce_row<T>(
        length, Add(), T(0), [&](std::int64_t i, std::int64_t n) { return load_some(g + i, n, T(0)); });
    each_register<T>(length, [&](std::int64_t i, std::int64_t n) {
      store_some(dx + i, load_some(g + i, n, T(0)) - math::exp(load_some(y + i, n, T(0))) * sum, n);
    });
  }
}

template <Reduction reduction, class T>
constexpr void set(ReduceKernels& table) {
  constexpr int row = static_cast<int>(reduction), column = static_cast<int>(dtype_of<T>);
  table.rows[row][column] = rows<T, reduction>;
  table.columns[row][column] = columns<T, reduction>;
  table.position[row][column] = position<T, reduction>;
}

template <Reduction reduction>
constexpr void set(ReduceKernels& table) {
  set<reduction, std::uint8_t>(table);
  set<reduction, std::int32_t>(table);
  set<reduction, std::int64_t>(table);
  set<reduction, float>(table);
  set<reduction, double>(table);
}

constexpr ReduceKernels make_table() {
  ReduceKernels table{};
  set<Reduction::sum>(table);
  set<Reduction::maximum>(table);
  set<Reduction::minimum>(table);
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
