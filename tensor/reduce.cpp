// Reductions: the order of the axes, chunks and threads; the loops are in kernels/reduce.cpp.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include <taper/tensor/check.h>
#include <taper/tensor/create.h>
#include <taper/tensor/elementwise.h>
#include <taper/tensor/error.h>
#include <taper/tensor/kernels/aggregate.h>
#include <taper/tensor/kernels/reduce.h>
#include <taper/tensor/memory.h>
#include <taper/tensor/parallel.h>
#include <taper/tensor/reduce.h>

namespace taper::compute {
namespace {

// Of a column; so long that the results of pieces are few.
std::int64_t piece_of(std::int64_t inner) { return std::max<std::int64_t>(grain::reduced / inner, 64); }

// How elements of one dtype are reduced, and then what pieces of a long row gave.
struct Stage {
  kernels::ReduceKernels::Rows rows;
  kernels::ReduceKernels::Columns columns;
  DType dtype, result;
  bool maps;  // the result of one element is not that element
};

// [outer, length, inner] -> [outer, inner]. A long reduction is divided into pieces of fixed size, so that
// several threads can work on it; then the results of the pieces are reduced.
Tensor reduce_middle(const char* function, const Stage& stage, const Stage& then, const Tensor& x,
                     std::int64_t outer, std::int64_t length, std::int64_t inner) {
  const std::int64_t piece = piece_of(inner), pieces = (length + piece - 1) / piece;
  Tensor result = Tensor::empty({outer, pieces, inner}, stage.result, function);
  const std::int64_t size = size_of(x.dtype()), result_size = size_of(result.dtype());
  const char* const in = static_cast<const char*>(x.raw());
  char* const out = static_cast<char*>(result.mutable_raw());
  const std::int64_t units = outer * pieces;
  const std::int64_t chunks = std::min(units, chunk_count(outer * length * inner, grain::reduced));
  parallel_for(chunks, [&](std::int64_t chunk) {
    const std::int64_t begin = chunk_begin(chunk, chunks, units), end = chunk_begin(chunk + 1, chunks, units);
    if (inner == 1 && pieces == 1)
      return stage.rows(in + begin * length * size, out + begin * result_size, end - begin, length);
    for (std::int64_t unit = begin; unit < end; ++unit) {
      const std::int64_t first = unit % pieces * piece, count = std::min(piece, length - first);
      const char* const from = in + (unit / pieces * length + first) * inner * size;
      if (inner == 1)
        stage.rows(from, out + unit * result_size, 1, count);
      else
        stage.columns(from, out + unit * inner * result_size, count, inner);
    }
  });
  return pieces == 1 ? result : reduce_middle(function, then, then, result, outer, pieces, inner);
}

// x has elements.
Tensor reduce_axes(const char* function, const Stage& first, const Stage& then, const Tensor& x,
                   unsigned mask, const Shape& target) {
  // Each step reduces one group of neighbouring axes, starting with the innermost group.
  const Shape shape = x.shape();
  const Stage* stage = &first;
  Tensor value = contiguous(x);
  std::int64_t inner = 1, length = 1;
  for (int axis = shape.rank() - 1; axis >= -1; --axis) {
    const bool reduced = axis >= 0 && (mask >> axis & 1);
    if (reduced) {
      length *= shape[axis];
      continue;
    }
    if (length > 1) {
      std::int64_t outer = 1;
      for (int i = 0; i <= axis; ++i) outer *= shape[i];
      value = reduce_middle(function, *stage, then, value, outer, length, inner);
      stage = &then;
      length = 1;
    }
    if (axis >= 0) inner *= shape[axis];
  }
  if (stage->maps) value = reduce_middle(function, *stage, then, value, 1, 1, inner);
  // If no axis was reduced, `value` is still x, but the result must not share the elements of x.
  if (value.value().storage == x.value().storage || value.dtype() != first.result)
    value = cast(value, first.result);
  value.value().layout = Layout(target);
  return value;
}

Stage stage_of(const char* function, ReduceOp reduction, DType dtype) {
  const kernels::ReduceKernels& kernels = kernels::reductions();
  const int row = static_cast<int>(reduction), column = column_of(function, dtype);
  const bool widened = reduction == ReduceOp::sum && size_of(dtype) == 1;
  return {kernels.rows[row][column], kernels.columns[row][column], dtype, widened ? DType::int64 : dtype,
          false};
}

Stage stage_of(const char* function, Aggregate reduction, DType dtype) {
  const kernels::AggregateKernels& kernels = kernels::aggregates();
  const int row = static_cast<int>(reduction), column = column_of(function, dtype);
  const bool truth = reduction == Aggregate::any || reduction == Aggregate::all;
  const bool integer = reduction == Aggregate::nonzero || !is_floating(dtype);
  return {kernels.rows[row][column], kernels.columns[row][column], dtype,
          truth     ? DType::boolean
          : integer ? DType::int64
                    : dtype,
          reduction != Aggregate::product};
}

// For what pieces of the rows gave.
Stage next_stage(const char* function, Aggregate reduction, DType dtype) {
  switch (reduction) {
    case Aggregate::product:
    case Aggregate::any:
    case Aggregate::all: {
      Stage stage = stage_of(function, reduction, dtype);
      stage.maps = false;
      return stage;
    }
    case Aggregate::largest_magnitude:
      return stage_of(function, ReduceOp::maximum, dtype);
    case Aggregate::smallest_magnitude:
      return stage_of(function, ReduceOp::minimum, dtype);
    default:
      return stage_of(function, ReduceOp::sum, dtype);
  }
}

void check_extremum(const char* function, const Shape& shape, const Shape& target) {
  if (target.numel() > 0)
    throw ValueError(
        fmt::format("{}: shape {} has no elements along the reduced axes, so there is no maximum or minimum",
                    function, to_string(shape)));
}

template <class Loop>
void each_row(std::int64_t rows, std::int64_t length, Loop&& loop) {
  const std::int64_t chunks = std::min(rows, chunk_count(rows * length, grain::reduced / 8));
  if (rows == 0 || length == 0) return;
  parallel_for(chunks, [&](std::int64_t i) {
    const std::int64_t begin = chunk_begin(i, chunks, rows);
    loop(begin, chunk_begin(i + 1, chunks, rows) - begin);
  });
}

// Those of a contiguous tensor, counted in row-major order.
Tensor elements_at(const char* function, const Tensor& x, const Tensor& places) {
  Tensor result = Tensor::empty(places.shape(), x.dtype(), function);
  visit(x.dtype(), [&]<class T>() {
    T* const to = static_cast<T*>(result.mutable_raw());
    const T* const from = static_cast<const T*>(x.raw());
    for (std::int64_t i = 0; i < places.numel(); ++i) to[i] = from[places.data<std::int64_t>()[i]];
  });
  return result;
}

}  // namespace

Tensor reduce(const char* function, ReduceOp reduction, const Tensor& x, unsigned mask, bool keepdim) {
  if (x.dtype() == DType::boolean && reduction != ReduceOp::sum)
    throw DTypeError(
        fmt::format("{}: not defined for bool; convert first, for example with to(x, uint8)", function));
  const Shape target = reduced_shape(x.shape(), mask, keepdim);
  const Stage stage = stage_of(function, reduction, x.dtype());
  if (x.numel() == 0) {
    if (reduction != ReduceOp::sum) check_extremum(function, x.shape(), target);
    return zeros(target, stage.result);
  }
  return reduce_axes(function, stage, stage_of(function, reduction, stage.result), x, mask, target);
}

Tensor reduce(const char* function, Aggregate reduction, const Tensor& x, unsigned mask, bool keepdim) {
  const Shape target = reduced_shape(x.shape(), mask, keepdim);
  const Stage stage = stage_of(function, reduction, x.dtype());
  if (x.numel() == 0) {
    if (reduction == Aggregate::largest_magnitude || reduction == Aggregate::smallest_magnitude)
      check_extremum(function, x.shape(), target);
    const bool one = reduction == Aggregate::product || reduction == Aggregate::all;
    return full(target, one ? 1 : 0, stage.result);
  }
  return reduce_axes(function, stage, next_stage(function, reduction, stage.result), x, mask, target);
}

namespace {

// Dense elements [outer, length, inner], of which `length` is reduced.
struct Middle {
  Tensor value;
  std::int64_t outer = 1, length = 1, inner = 1;
};

// If other axes lie between the reduced ones, those are moved to the end.
Middle middle_of(const char* function, const Tensor& x, unsigned mask) {
  const Shape shape = x.shape();
  Middle result;
  auto& [value, outer, length, inner] = result;
  int turns = 0;
  Axes order, reduced;
  for (int axis = 0; axis < shape.rank(); ++axis) {
    const bool is_reduced = mask >> axis & 1;
    (is_reduced ? length : length > 1 ? inner : outer) *= shape[axis];
    if (shape[axis] != 1 && is_reduced != (turns % 2 == 1)) ++turns;
    (is_reduced ? reduced : order).push_back(axis);
  }
  for (const std::int64_t axis : reduced) order.push_back(axis);
  value = x;
  if (turns > 2) {
    value = x.alias(x.layout().permute(function, order));
    outer *= inner;
    inner = 1;
  }
  value = contiguous(value);
  return result;
}

// What is known of some elements. Parts become the whole after T. F. Chan, G. H. Golub and R. J. LeVeque,
// "Updating formulae and a pairwise algorithm for computing sample variances", 1979.
struct Moments {
  double count = 0, average = 0, squared = 0;

  // `mean` is rounded; `rest` and `squares` are the sums of the differences from it and of their squares.
  void add(double more, double mean, double rest, double squares) {
    const double apart = mean + rest / more - average, part = more / (count + more);
    if (squares < INFINITY) squares = std::max(squares - rest * rest / more, 0.0);
    squared += squares + apart * (count * part) * apart;
    average += apart * part;
    count += more;
  }
};

}  // namespace

Tensor squared_differences(const char* function, const Tensor& x, unsigned mask, bool keepdim) {
  const Shape target = reduced_shape(x.shape(), mask, keepdim);
  if (x.numel() == 0) return zeros(target, x.dtype());
  Tensor result = Tensor::empty(target, x.dtype(), function);
  const Middle middle = middle_of(function, x, mask);
  const std::int64_t outer = middle.outer, length = middle.length, inner = middle.inner;
  const std::int64_t piece = piece_of(inner), pieces = (length + piece - 1) / piece, units = outer * pieces;
  // Of each piece: its rounded mean, and the sums of the differences from it and of their squares.
  Tensor parts = Tensor::empty({3, outer, pieces, inner}, x.dtype(), function);
  const kernels::MomentKernels& kernels = kernels::moments();
  visit_floating(x.dtype(), [&]<class T>() {
    constexpr int type = std::is_same_v<T, double>;
    const T* const in = static_cast<const T*>(middle.value.raw());
    const std::int64_t count_of_parts = units * inner;
    T* const means = parts.mutable_data<T>();
    T *const rests = means + count_of_parts, *const squares = rests + count_of_parts;
    std::int64_t chunks = std::min(units, chunk_count(x.numel(), grain::reduced));
    parallel_for(chunks, [&](std::int64_t chunk) {
      const std::int64_t begin = chunk_begin(chunk, chunks, units),
                         end = chunk_begin(chunk + 1, chunks, units);
      if (inner == 1 && pieces == 1)
        return kernels.rows[type](in + begin * length, means + begin, rests + begin, squares + begin,
                                  end - begin, length);
      for (std::int64_t unit = begin; unit < end; ++unit) {
        const std::int64_t first = unit % pieces * piece, count = std::min(piece, length - first);
        const T* const from = in + (unit / pieces * length + first) * inner;
        const std::int64_t to = unit * inner;
        (inner == 1 ? kernels.rows : kernels.columns)[type](
            from, means + to, rests + to, squares + to, inner == 1 ? 1 : count, inner == 1 ? count : inner);
      }
    });
    T* const out = result.mutable_data<T>();
    chunks = std::min(outer * inner, chunk_count(count_of_parts, grain::reduced / 8));
    parallel_for(chunks, [&](std::int64_t chunk) {
      const std::int64_t end = chunk_begin(chunk + 1, chunks, outer * inner);
      for (std::int64_t i = chunk_begin(chunk, chunks, outer * inner); i < end; ++i) {
        Moments whole;
        for (std::int64_t p = 0; p < pieces; ++p) {
          const std::int64_t at = (i / inner * pieces + p) * inner + i % inner;
          whole.add(static_cast<double>(std::min(piece, length - p * piece)), static_cast<double>(means[at]),
                    static_cast<double>(rests[at]), static_cast<double>(squares[at]));
        }
        out[i] = static_cast<T>(whole.squared);
      }
    });
  });
  return result;
}

Tensor position(const char* function, ReduceOp reduction, const Tensor& x, int axis, bool keepdim) {
  const auto kernel =
      kernels::reductions().position[static_cast<int>(reduction)][column_of(function, x.dtype())];
  if (kernel == nullptr) throw DTypeError(fmt::format("{}: not defined for {}", function, name(x.dtype())));
  Tensor result = Tensor::empty(reduced_shape(x.shape(), 1u << axis, keepdim), DType::int64, function);
  if (x.shape()[axis] == 0 && result.numel() > 0)
    throw ValueError(fmt::format("{}: axis {} of shape {} is empty, so there is no maximum or minimum",
                                 function, axis, to_string(x.shape())));
  if (result.numel() == 0) return result;
  const Tensor value = contiguous(x);
  const std::int64_t length = x.shape()[axis], size = size_of(x.dtype());
  std::int64_t inner = 1;
  for (int i = axis + 1; i < x.rank(); ++i) inner *= x.shape()[i];
  const char* const in = static_cast<const char*>(value.raw());
  std::int64_t* const out = result.mutable_data<std::int64_t>();
  const std::int64_t outer = result.numel() / inner, pieces = chunk_count(length, grain::reduced);
  if (inner == 1 && pieces > 1) {
    // Long rows: the best of those of the pieces; of equal ones the first.
    Tensor found = Tensor::empty({outer, pieces}, DType::int64, function);
    std::int64_t* const places = found.mutable_data<std::int64_t>();
    parallel_for(outer * pieces, [&](std::int64_t i) {
      const std::int64_t begin = chunk_begin(i % pieces, pieces, length);
      kernel(in + (i / pieces * length + begin) * size, places + i,
             chunk_begin(i % pieces + 1, pieces, length) - begin, 1, 1);
      places[i] += i / pieces * length + begin;
    });
    const Tensor best = elements_at(function, value, found);
    for (std::int64_t i = 0; i < outer; ++i) {
      std::int64_t piece = 0;
      kernel(static_cast<const char*>(best.raw()) + i * pieces * size, &piece, pieces, 1, 1);
      out[i] = places[i * pieces + piece] - i * length;
    }
    return result;
  }
  each_row(result.numel(), length, [&](std::int64_t begin, std::int64_t count) {
    for (std::int64_t i = begin, end = begin + count; i < end;) {
      const std::int64_t column = i % inner, columns = std::min(inner - column, end - i);
      kernel(in + (i / inner * length * inner + column) * size, out + i, length, columns, inner);
      i += columns;
    }
  });
  return result;
}

Tensor softmax(const Tensor& x, bool logarithm) {
  Tensor result = Tensor::empty(x.shape(), x.dtype(), logarithm ? "log_softmax" : "softmax");
  const int type = x.dtype() == DType::float64;
  const auto kernel =
      logarithm ? kernels::reductions().log_softmax[type] : kernels::reductions().softmax[type];
  const std::int64_t length = x.shape().back(), size = size_of(x.dtype());
  char* const out = static_cast<char*>(result.mutable_raw());
  each_row(length == 0 ? 0 : x.numel() / length, length, [&](std::int64_t begin, std::int64_t count) {
    kernel(static_cast<const char*>(x.raw()) + begin * length * size, out + begin * length * size, count,
           length);
  });
  return result;
}

Tensor softmax_gradient(const Tensor& g, const Tensor& y, bool logarithm) {
  Tensor result = Tensor::empty(y.shape(), y.dtype(), logarithm ? "log_softmax" : "softmax");
  const int type = y.dtype() == DType::float64;
  const auto kernel = logarithm ? kernels::reductions().log_softmax_gradient[type]
                                : kernels::reductions().softmax_gradient[type];
  const std::int64_t length = y.shape().back(), size = size_of(y.dtype());
  char* const out = static_cast<char*>(result.mutable_raw());
  each_row(length == 0 ? 0 : y.numel() / length, length, [&](std::int64_t begin, std::int64_t count) {
    const std::int64_t at = begin * length * size;
    kernel(static_cast<const char*>(g.raw()) + at, static_cast<const char*>(y.raw()) + at, out + at, count,
           length);
  });
  return result;
}

}  // namespace taper::compute
