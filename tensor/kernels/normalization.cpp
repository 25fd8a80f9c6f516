// Kernels: normalization to mean 0 and variance 1, and its gradient.
#include <taper/tensor/kernels/normalization.h>
#include <taper/tensor/kernels/simd.h>
#include <taper/tensor/kernels/sum_rows.h>

namespace taper::kernels {
namespace {

using Shape = NormalizationShape;

// What enters a formula beside the elements: one value for all, one for each column, one for each row.
template <class T>
struct Constant {
  Vector<T> value;
  explicit Constant(T value) : value(value) {}
  Vector<T> operator()(std::int64_t, std::int64_t, std::int64_t) const { return value; }
};
template <class T>
struct AtColumn {
  const T* from;
  Vector<T> operator()(std::int64_t, std::int64_t column, std::int64_t count) const {
    return load_some(from + column, count);
  }
};
template <class T>
struct AtRow {
  const T* from;
  Vector<T> operator()(std::int64_t row, std::int64_t, std::int64_t) const { return Vector<T>(from[row]); }
};

// The elements behind `count` are zeroed: they take no part in a sum.
template <class T>
Vector<T> some(const Vector<T>& value, std::int64_t count) {
  if (count == width<T>) return value;
  alignas(64) T values[width<T>];
  value.store_aligned(values);
  return load_partial(values, count);
}

// `count` sums over `rows` rows of `length` elements at once, in fixed lanes and in blocks: see Note [Lanes]
// and Note [Sums in blocks]. map(row, at, column, count, terms) gives the terms of one register.
template <class T, int count, class Map>
void row_sums(std::int64_t rows, std::int64_t stride, std::int64_t length, T (&sums)[count], Map map) {
  constexpr std::int64_t w = width<T>, fixed_lanes = 32, block = row_block_steps * fixed_lanes;
  constexpr int registers = static_cast<int>(fixed_lanes / w);
  Cascade<T, count * fixed_lanes> blocks;
  Vector<T> lanes[count * registers], terms[count];
  for (Vector<T>& each : lanes) each = Vector<T>(T(0));
  std::int64_t taken = 0;  // steps of the block
  for (std::int64_t row = 0; row < rows; ++row)
    for (std::int64_t begin = 0; begin < length; begin += block) {
      const std::int64_t end = begin + block < length ? begin + block : length;
      const std::int64_t steps = (end - begin + fixed_lanes - 1) / fixed_lanes;
      if (taken + steps > row_block_steps) {
        blocks.add(lanes, Add());
        blocks.next();
        for (Vector<T>& each : lanes) each = Vector<T>(T(0));
        taken = 0;
      }
      taken += steps;
      std::int64_t i = begin;
      for (; i + fixed_lanes <= end; i += fixed_lanes)
        for (int r = 0; r < registers; ++r) {
          map(row, row * stride + i + r * w, i + r * w, w, terms);
          for (int k = 0; k < count; ++k) lanes[k * registers + r] += terms[k];
        }
      for (int r = 0; i < end; ++r, i += w) {
        const std::int64_t rest = end - i < w ? end - i : w;
        map(row, row * stride + i, i, rest, terms);
        for (int k = 0; k < count; ++k) lanes[k * registers + r] += some<T>(terms[k], rest);
      }
    }
  blocks.finish(lanes, Add());
  for (int k = 0; k < count; ++k) {
    Vector<T> own[registers];
    for (int r = 0; r < registers; ++r) own[r] = lanes[k * registers + r];
    sums[k] = first_lane<T>(combine_lanes(own, Add()));
  }
}

// The same down each of `columns` columns.
template <class T, int count, class Map>
void column_sums(std::int64_t rows, std::int64_t stride, std::int64_t columns, T* const (&sums)[count],
                 Map map) {
  for (std::int64_t j = 0; j < columns; j += width<T>) {
    const std::int64_t rest = columns - j < width<T> ? columns - j : width<T>;
    Cascade<T, count * width<T>> blocks;
    Vector<T> total[count], terms[count];
    for (std::int64_t first = 0;; first += block_steps) {
      const std::int64_t last = first + block_steps < rows ? first + block_steps : rows;
      for (Vector<T>& each : total) each = Vector<T>(T(0));
      for (std::int64_t row = first; row < last; ++row) {
        map(row, row * stride + j, j, rest, terms);
        for (int k = 0; k < count; ++k) total[k] += terms[k];
      }
      if (last == rows) break;
      blocks.add(total, Add());
      blocks.next();
    }
    blocks.finish(total, Add());
    for (int k = 0; k < count; ++k) store_partial(sums[k] + j, total[k], rest);
  }
}

// out = formula(row, at, column, count) for each register of `rows` rows.
template <class T, class Formula>
void each(std::int64_t rows, std::int64_t stride, std::int64_t length, T* out, Formula formula) {
  for (std::int64_t row = 0; row < rows; ++row) {
    std::int64_t j = 0;
    for (; j + width<T> <= length; j += width<T>)
      store(out + row * stride + j, formula(row, row * stride + j, j, width<T>));
    if (j < length)
      store_partial(out + row * stride + j, formula(row, row * stride + j, j, length - j), length - j);
  }
}

bool side_by_side(const Shape& shape) { return shape.length == 1 && !shape.per_position; }

// Terms of the mean.
template <class T>
auto elements(const T* x) {
  return [=](std::int64_t, std::int64_t at, std::int64_t, std::int64_t count, Vector<T>(&term)[1]) {
    term[0] = load_some(x + at, count);
  };
}

// Terms of the mean (around `guess`), and of the corrected variance around it.
template <class T, class Guess>
auto deviations(const T* x, Guess guess) {
  return
      [=](std::int64_t row, std::int64_t at, std::int64_t column, std::int64_t count, Vector<T>(&pair)[2]) {
        pair[0] = load_some(x + at, count) - guess(row, column, count);
        pair[1] = pair[0] * pair[0];
      };
}

// Two passes: the mean, then deviations from it. Their own sum corrects the mean's rounding error (Chan,
// Golub, LeVeque: Algorithms for computing the sample variance; 1983).
template <class T>
void finish_moments(T count, T first, T sum, T squares, T* mean, T* variance) {
  *mean = first + sum / count;
  const T squared = (squares - sum / count * sum) / count;
  *variance = squared < T(0) ? T(0) : squared;
}

template <class T>
void moments(const Shape& shape, std::int64_t begin, std::int64_t end, const T* x, T* mean, T* variance) {
  const T count = static_cast<T>(shape.runs * shape.length);
  const std::int64_t stride = shape.groups * shape.length;
  if (side_by_side(shape)) {
    for (std::int64_t j = begin; j < end; j += normalization_block) {
      const std::int64_t columns = end - j < normalization_block ? end - j : normalization_block;
      T first[normalization_block], sums[normalization_block], squares[normalization_block];
      column_sums<T, 1>(shape.runs, stride, columns, {first}, elements(x + j));
      for (std::int64_t i = 0; i < columns; ++i) first[i] /= count;
      column_sums<T, 2>(shape.runs, stride, columns, {sums, squares}, deviations(x + j, AtColumn<T>{first}));
      for (std::int64_t i = 0; i < columns; ++i)
        finish_moments(count, first[i], sums[i], squares[i], mean + j + i, variance + j + i);
    }
    return;
  }
  for (std::int64_t group = begin; group < end; ++group) {
    const T* const from = x + group * shape.length;
    T sum[1] = {}, sums[2];
    if (shape.centred) row_sums(shape.runs, stride, shape.length, sum, elements(from));
    const T first = sum[0] / count;
    row_sums(shape.runs, stride, shape.length, sums, deviations(from, Constant<T>(first)));
    finish_moments(count, first, shape.centred ? sums[0] : T(0), sums[1], mean + group, variance + group);
  }
}

template <class T, class Group, class Weight>
void apply_rows(std::int64_t rows, std::int64_t stride, std::int64_t length, const T* x, T* y, Group mean,
                Group scale, Weight weight, Weight bias) {
  each(rows, stride, length, y,
       [=](std::int64_t row, std::int64_t at, std::int64_t column, std::int64_t count) {
         const Vector<T> normal =
             (load_some(x + at, count) - mean(row, column, count)) * scale(row, column, count);
         return multiply_add(normal, weight(row, column, count), bias(row, column, count));
       });
}

template <class T>
void apply(const Shape& shape, std::int64_t begin, std::int64_t end, const T* x, const T* mean,
           const T* scale, const T* weight, const T* bias, T* y) {
  using C = Constant<T>;
  using A = AtColumn<T>;
  const std::int64_t stride = shape.groups * shape.length;
  if (side_by_side(shape))
    return apply_rows(shape.runs, stride, end - begin, x + begin, y + begin, A{mean + begin},
                      A{scale + begin}, A{weight + begin}, A{bias + begin});
  for (std::int64_t group = begin; group < end; ++group) {
    const std::int64_t at = group * shape.length;
    const auto run = [&](auto w, auto b) {
      apply_rows(shape.runs, stride, shape.length, x + at, y + at, C(mean[group]), C(scale[group]), w, b);
    };
    shape.per_position ? run(A{weight}, A{bias}) : run(C(weight[group]), C(bias[group]));
  }
}

// Terms of the sums of g * weight and g * weight * n.
template <class T, class Group, class Weight>
auto products(const T* x, const T* g, Group mean, Group scale, Weight weight) {
  return [=](std::int64_t row, std::int64_t at, std::int64_t column, std::int64_t count,
             Vector<T>(&pair)[2]) {
    pair[0] = load_some(g + at, count) * weight(row, column, count);
    pair[1] = pair[0] * ((load_some(x + at, count) - mean(row, column, count)) * scale(row, column, count));
  };
}

// scale * (g * weight - sum - n * dot), where sum and dot are means over the group.
template <class T, class Group, class Weight>
void gradient_rows(std::int64_t rows, std::int64_t stride, std::int64_t length, const T* x, const T* g,
                   T* out, Group mean, Group scale, Weight weight, Group sum, Group dot) {
  each(rows, stride, length, out,
       [=](std::int64_t row, std::int64_t at, std::int64_t column, std::int64_t count) {
         const Vector<T> r = scale(row, column, count);
         const Vector<T> normal = (load_some(x + at, count) - mean(row, column, count)) * r;
         const Vector<T> weighted = load_some(g + at, count) * weight(row, column, count);
         return r * (weighted - sum(row, column, count) - normal * dot(row, column, count));
       });
}

template <class T>
void gradient(const Shape& shape, std::int64_t begin, std::int64_t end, const T* x, const T* g, const T* mean,
              const T* scale, const T* weight, T* sums, T* dots, T* x_gradient) {
  using C = Constant<T>;
  using A = AtColumn<T>;
  const T count = static_cast<T>(shape.runs * shape.length);
  const std::int64_t stride = shape.groups * shape.length;
  if (side_by_side(shape)) {
    for (std::int64_t j = begin; j < end; j += normalization_block) {
      const std::int64_t columns = end - j < normalization_block ? end - j : normalization_block;
      column_sums<T, 2>(shape.runs, stride, columns, {sums + j, dots + j},
                        products(x + j, g + j, A{mean + j}, A{scale + j}, C(T(1))));
      if (x_gradient == nullptr) continue;
      T sum[normalization_block], dot[normalization_block];
      for (std::int64_t i = 0; i < columns; ++i) {
        sum[i] = weight[j + i] * sums[j + i] / count;
        dot[i] = weight[j + i] * dots[j + i] / count;
      }
      gradient_rows(shape.runs, stride, columns, x + j, g + j, x_gradient + j, A{mean + j}, A{scale + j},
                    A{weight + j}, A{sum}, A{dot});
    }
    return;
  }
  for (std::int64_t group = begin; group < end; ++group) {
    const std::int64_t at = group * shape.length;
    const C m(mean[group]), s(scale[group]);
    const auto run = [&](auto inside, auto whole, T outside) {
      T pair[2];
      row_sums(shape.runs, stride, shape.length, pair, products(x + at, g + at, m, s, inside));
      sums[group] = pair[0];
      dots[group] = pair[1];
      if (x_gradient != nullptr)
        gradient_rows(shape.runs, stride, shape.length, x + at, g + at, x_gradient + at, m, s, whole,
                      C(shape.centred ? outside * pair[0] / count : T(0)), C(outside * pair[1] / count));
    };
    shape.per_position ? run(A{weight}, A{weight}, T(1)) : run(C(T(1)), C(weight[group]), weight[group]);
  }
}

template <class T>
void position_sums(const Shape& shape, std::int64_t begin, std::int64_t end, const T* x, const T* g,
                   const T* mean, const T* scale, T* sums, T* dots) {
  const auto unweighted = [](std::int64_t, std::int64_t, std::int64_t) { return Vector<T>(T(1)); };
  column_sums<T, 2>(shape.groups, shape.length, end - begin, {sums + begin, dots + begin},
                    products(x + begin, g + begin, AtRow<T>{mean}, AtRow<T>{scale}, unweighted));
}

template <class T>
constexpr NormalizationKernels<T> make_table() {
  return {moments<T>, apply<T>, gradient<T>, position_sums<T>};
}

}  // namespace

template <>
const NormalizationKernels<float>& table_for<NormalizationKernels<float>, TAPER_ISA>() {
  static constexpr NormalizationKernels<float> table = make_table<float>();
  return table;
}
template <>
const NormalizationKernels<double>& table_for<NormalizationKernels<double>, TAPER_ISA>() {
  static constexpr NormalizationKernels<double> table = make_table<double>();
  return table;
}

}  // namespace taper::kernels
