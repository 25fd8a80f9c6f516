// Reductions: the order of the axes, chunks and threads; the loops are in kernels/reduce.cpp.
#include <algorithm>

#include <fmt/format.h>

#include <taper/tensor/create.h>
#include <taper/tensor/elementwise.h>
#include <taper/tensor/error.h>
#include <taper/tensor/kernels/reduce.h>
#include <taper/tensor/memory.h>
#include <taper/tensor/parallel.h>
#include <taper/tensor/reduce.h>

namespace taper::compute {
namespace {

DType result_dtype(ReduceOp reduction, DType dtype) {
  return reduction == ReduceOp::sum && size_of(dtype) == 1 ? DType::int64 : dtype;
}

// [outer, length, inner] -> [outer, inner]. A long reduction is divided into pieces of fixed size, so that
// several threads can work on it; then the results of the pieces are reduced.
Tensor reduce_middle(const char* function, ReduceOp reduction, const Tensor& x, std::int64_t outer,
                     std::int64_t length, std::int64_t inner) {
  const int row = static_cast<int>(reduction), dtype = static_cast<int>(x.dtype());
  const std::int64_t piece = std::max<std::int64_t>(grain::reduced / inner, 64),
                     pieces = (length + piece - 1) / piece;
  Tensor result = Tensor::empty({outer, pieces, inner}, result_dtype(reduction, x.dtype()), function);
  const std::int64_t size = size_of(x.dtype()), result_size = size_of(result.dtype());
  const char* const in = static_cast<const char*>(x.raw());
  char* const out = static_cast<char*>(result.mutable_raw());
  const std::int64_t units = outer * pieces;
  const std::int64_t chunks = std::min(units, chunk_count(outer * length * inner, grain::reduced));
  const kernels::ReduceKernels& kernels = kernels::reductions();
  parallel_for(chunks, [&](std::int64_t chunk) {
    const std::int64_t begin = chunk_begin(chunk, chunks, units), end = chunk_begin(chunk + 1, chunks, units);
    if (inner == 1 && pieces == 1)
      return kernels.rows[row][dtype](in + begin * length * size, out + begin * result_size, end - begin,
                                      length);
    for (std::int64_t unit = begin; unit < end; ++unit) {
      const std::int64_t first = unit % pieces * piece, count = std::min(piece, length - first);
      const char* const from = in + (unit / pieces * length + first) * inner * size;
      if (inner == 1)
        kernels.rows[row][dtype](from, out + unit * result_size, 1, count);
      else
        kernels.columns[row][dtype](from, out + unit * inner * result_size, count, inner);
    }
  });
  return pieces == 1 ? result : reduce_middle(function, reduction, result, outer, pieces, inner);
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

}  // namespace

Tensor reduce(const char* function, ReduceOp reduction, const Tensor& x, unsigned mask, bool keepdim) {
  if (x.dtype() == DType::boolean && reduction != ReduceOp::sum)
    throw DTypeError(
        fmt::format("{}: not defined for bool; convert first, for example with to(x, uint8)", function));
  const Shape shape = x.shape(), target = reduced_shape(shape, mask, keepdim);
  const DType dtype = result_dtype(reduction, x.dtype());
  if (x.numel() == 0) {
    if (reduction != ReduceOp::sum && target.numel() > 0)
      throw ValueError(fmt::format(
          "{}: shape {} has no elements along the reduced axes, so there is no maximum or minimum", function,
          to_string(shape)));
    return zeros(target, dtype);
  }
  // Each step reduces one group of neighbouring axes, starting with the innermost group.
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
      value = reduce_middle(function, reduction, value, outer, length, inner);
      length = 1;
    }
    if (axis >= 0) inner *= shape[axis];
  }
  // If no axis was reduced, `value` is still x, but the result must not share the elements of x.
  if (value.value().storage == x.value().storage || value.dtype() != dtype) value = cast(value, dtype);
  value.value().layout = Layout(target);
  return value;
}

Tensor position(const char* function, ReduceOp reduction, const Tensor& x, int axis, bool keepdim) {
  const auto kernel =
      kernels::reductions().position[static_cast<int>(reduction)][static_cast<int>(x.dtype())];
  if (kernel == nullptr) throw DTypeError(fmt::format("{}: not defined for {}", function, name(x.dtype())));
  Tensor result = Tensor::empty(reduced_shape(x.shape(), 1u << axis, keepdim), DType::int64, function);
  if (x.shape()[axis] == 0 && result.numel() > 0)
    throw ValueError(fmt::format("{}: axis {} of shape {} is empty, so there is no maximum or minimum",
                                 function, axis, to_string(x.shape())));
  const Tensor value = contiguous(x);
  const std::int64_t length = x.shape()[axis], size = size_of(x.dtype());
  std::int64_t inner = 1;
  for (int i = axis + 1; i < x.rank(); ++i) inner *= x.shape()[i];
  const char* const in = static_cast<const char*>(value.raw());
  std::int64_t* const out = result.mutable_data<std::int64_t>();
  each_row(result.numel(), length, [&](std::int64_t begin, std::int64_t count) {
    for (std::int64_t i = begin; i < begin + count; ++i)
      kernel(in + (i / inner * length * inner + i % inner) * size, out + i, length, inner);
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
