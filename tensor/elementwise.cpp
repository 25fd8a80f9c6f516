// Element-wise computations: checks, plans and threads; the loops are in kernels/elementwise.cpp.
#include <algorithm>
#include <bit>
#include <cstring>
#include <new>
#include <optional>

#include <fmt/format.h>

#include <taper/tensor/check.h>
#include <taper/tensor/convert.h>
#include <taper/tensor/elementwise.h>
#include <taper/tensor/error.h>
#include <taper/tensor/kernels/elementwise.h>
#include <taper/tensor/kernels/integer.h>
#include <taper/tensor/kernels/special.h>
#include <taper/tensor/parallel.h>
#include <taper/tensor/plan.h>

namespace taper::compute {
namespace {

using kernels::ElementwiseLoop;
using kernels::LoopPlan;

// Results of more bytes than this do not fit into a core's share of the last-level cache. (The cache size
// that the system reports is often the sum of several caches.)
constexpr std::int64_t past_cache_from = 32 << 20;

// A loop over the operands of a plan; `sizes` are the bytes per element of each operand.
template <std::size_t n>
struct Run {
  ElementwiseLoop loop;
  const LoopPlan& plan;
  void* const (&operands)[n];
  const std::int64_t (&sizes)[n];
  bool past_cache;

  /// Computes elements first..first+count-1 of rows begin..end-1. A row is one pass over the innermost axis.
  void operator()(std::int64_t begin, std::int64_t end, std::int64_t first, std::int64_t count) const {
    const int inner = plan.rank - 1, middle = plan.rank - 2;  // the axes that one call of the loop covers
    kernels::Rows rows;
    rows.count = count;
    rows.past_cache = past_cache;
    for (std::size_t j = 0; j < n; ++j) {
      rows.strides[j] = plan.strides[j][inner];
      rows.row_strides[j] = middle < 0 ? 0 : plan.strides[j][middle];
    }
    const std::int64_t extent = middle < 0 ? 1 : plan.extents[middle];
    std::int64_t index = middle < 0 ? 0 : begin % extent;
    for (std::int64_t row = begin; row < end; row += rows.rows, index = 0) {
      rows.rows = std::min(extent - index, end - row);
      std::int64_t offsets[n];
      for (std::size_t j = 0; j < n; ++j) offsets[j] = first * rows.strides[j] + index * rows.row_strides[j];
      std::int64_t rest = middle > 0 ? row / extent : 0;
      for (int axis = middle - 1; axis >= 0; --axis) {
        const std::int64_t place = rest % plan.extents[axis];
        rest /= plan.extents[axis];
        for (std::size_t j = 0; j < n; ++j) offsets[j] += place * plan.strides[j][axis];
      }
      for (std::size_t j = 0; j < n; ++j)
        rows.data[j] = static_cast<char*>(operands[j]) + offsets[j] * sizes[j];
      loop(rows);
    }
  }
};

// The distance between consecutive elements of an operand: 1 if it has the layout of the dense result, 0 if
// it has only one element, which is repeated, -1 for any other layout.
int step_of(const Layout& operand, const Layout& result) {
  if (operand.shape == result.shape && operand.strides == result.strides) return 1;
  const std::int64_t *const extents = operand.shape.begin(), *const steps = operand.strides.begin();
  for (int i = 0; i < operand.rank(); ++i)
    if (extents[i] != 1 && steps[i] != 0) return -1;
  return 0;
}

// Runs a loop over all elements, in parallel if there are many. The result comes first.
template <std::size_t n>
void run(ElementwiseLoop loop, const Layout* const (&layouts)[n], void* const (&operands)[n],
         const std::int64_t (&sizes)[n]) {
  // A shortcut for the common case: few elements, and every operand is one row.
  const Layout& result = *layouts[0];
  if (const std::int64_t count = result.numel(); count <= grain::elements && result.is_contiguous()) {
    kernels::Rows rows;
    rows.rows = 1;
    rows.count = count;
    bool is_row = true;
    for (std::size_t j = 0; j < n; ++j) {
      rows.row_strides[j] = 0;
      rows.strides[j] = j == 0 ? 1 : step_of(*layouts[j], result);
      rows.data[j] = operands[j];
      is_row = is_row && rows.strides[j] >= 0;
    }
    if (is_row) return loop(rows);
  }

  const LoopPlan plan = make_plan(layouts);
  // If the result overwrites an operand, it is already in the cache.
  const bool past_cache = result.numel() * sizes[0] > past_cache_from &&
                          std::find(operands + 1, operands + n, operands[0]) == operands + n;
  const Run<n> part{loop, plan, operands, sizes, past_cache};
  std::int64_t rows = 1;
  for (int i = 0; i < plan.rank - 1; ++i) rows *= plan.extents[i];
  const std::int64_t length = plan.extents[plan.rank - 1], count = rows * length;
  if (count == 0) return;
  const std::int64_t chunks = chunk_count(count, grain::elements);
  if (chunks == 1) return part(0, rows, 0, length);
  if (rows >= chunks)
    return parallel_for(chunks, [&](std::int64_t i) {
      part(chunk_begin(i, chunks, rows), chunk_begin(i + 1, chunks, rows), 0, length);
    });
  // Few long rows: each row is divided into pieces.
  const std::int64_t pieces = chunk_count(length, grain::elements);
  parallel_for(rows * pieces, [&](std::int64_t i) {
    const std::int64_t row = i / pieces, piece = i % pieces;
    const std::int64_t begin = chunk_begin(piece, pieces, length, 64);
    part(row, row + 1, begin, chunk_begin(piece + 1, pieces, length, 64) - begin);
  });
}

void* pointer(const Tensor& x) { return const_cast<void*>(x.raw()); }

ElementwiseLoop checked(const char* function, ElementwiseLoop loop, DType dtype) {
  if (loop == nullptr)
    throw DTypeError(fmt::format("{}: not defined for {}; convert first, for example with to(x, {})",
                                 function, name(dtype),
                                 name(is_floating(dtype) ? DType::int64 : DType::float32)));
  return loop;
}

// The two operands of a function. A number becomes one element on the stack, of the dtype of the other
// operand.
class Pair {
 public:
  Pair(const char* function, const Operand& a, const Operand& b) {
    if (a.tensor == nullptr && b.tensor == nullptr)
      throw ValueError(fmt::format("{}: at least one operand must be a tensor, got the numbers {} and {}",
                                   function, a.number, b.number));
    if (a.tensor != nullptr) check_defined(function, *a.tensor, "the first operand");
    if (b.tensor != nullptr) check_defined(function, *b.tensor, "the second operand");
    dtype = (a.tensor != nullptr ? a : b).tensor->dtype();
    if (a.tensor != nullptr && b.tensor != nullptr && b.tensor->dtype() != dtype) {
      check_calculable(function, dtype);
      check_calculable(function, b.tensor->dtype());
      throw DTypeError(
          fmt::format("{}: operands have different dtypes, {} and {}; convert one with to(x, dtype)",
                      function, name(dtype), name(b.tensor->dtype())));
    }
    set(function, 0, a);
    set(function, 1, b);
    shape = &(a.tensor != nullptr ? a : b).tensor->shape();
    if (a.tensor != nullptr && b.tensor != nullptr && a.tensor->shape() != b.tensor->shape())
      shape = &merged_.emplace(broadcast(function, a.tensor->shape(), b.tensor->shape()));
  }

  DType dtype;
  const Shape* shape;
  const Layout* layouts[2];
  void* data[2];

 private:
  void set(const char* function, int i, const Operand& operand) {
    if (operand.tensor != nullptr) {
      layouts[i] = &operand.tensor->layout();
      data[i] = pointer(*operand.tensor);
    } else {
      static const Layout scalar;
      layouts[i] = &scalar;
      data[i] = &numbers_[i];
      visit_all(dtype, [&]<class T>() {
        const T number = convert<T>(operand.number);
        if constexpr (std::is_integral_v<T>)
          if (static_cast<double>(number) != operand.number)
            throw ValueError(
                fmt::format("{}: {} cannot represent the number {}; convert the tensor first, for example "
                            "with to(x, float32)",
                            function, name(dtype), operand.number));
        new (&numbers_[i]) T(number);
      });
    }
  }
  std::optional<Shape> merged_;
  std::int64_t numbers_[2];
};

constexpr int index(auto value) { return static_cast<int>(value); }

// In tables of what moves elements.
int index_of_size(DType dtype) { return std::countr_zero(static_cast<unsigned>(size_of(dtype))); }

// From one dtype to another; null if the way leads over float32.
ElementwiseLoop conversion(DType from, DType to) {
  const kernels::ElementwiseKernels& kernels = kernels::elementwise();
  const bool narrow = is_storage_only(to), wide = is_storage_only(from);
  if (from == to) return kernels.copy[index_of_size(to)];
  if (!narrow && !wide) return kernels.cast[index(from)][index(to)];
  if (wide && to == DType::float32) return kernels.widen[from == DType::bfloat16];
  return narrow && from == DType::float32 ? kernels.narrow[to == DType::bfloat16] : nullptr;
}

// `layout` is the layout of `from`, broadcast to the shape of `to`. The two tensors share no memory.
void copy_apart(Tensor& to, const Tensor& from, const Layout& layout, const char* function) {
  const ElementwiseLoop loop = conversion(from.dtype(), to.dtype());
  if (loop == nullptr) {
    const Tensor wide = cast(from, DType::float32, function);
    return copy_apart(to, wide, wide.layout().expand(function, to.shape()), function);
  }
  run(loop, {&to.layout(), &layout}, {to.mutable_raw(), pointer(from)},
      {size_of(to.dtype()), size_of(from.dtype())});
}

}  // namespace

namespace {

// Of one operand, and of two: `loops` are the function's, by dtype.
using Loops = const ElementwiseLoop (&)[calculated_dtypes];

Tensor apply(const char* function, Loops loops, const Tensor& x) {
  const ElementwiseLoop loop = checked(function, loops[column_of(function, x.dtype())], x.dtype());
  Tensor result = Tensor::empty(x.shape(), x.dtype(), function);
  const std::int64_t size = size_of(x.dtype());
  run(loop, {&result.layout(), &x.layout()}, {pointer(result), pointer(x)}, {size, size});
  return result;
}

Tensor apply(const char* function, Loops loops, const Pair& pair) {
  const ElementwiseLoop loop = checked(function, loops[column_of(function, pair.dtype)], pair.dtype);
  Tensor result = Tensor::empty(*pair.shape, pair.dtype, function);
  const std::int64_t size = size_of(pair.dtype);
  run(loop, {&result.layout(), pair.layouts[0], pair.layouts[1]},
      {pointer(result), pair.data[0], pair.data[1]}, {size, size, size});
  return result;
}

// Of integers and bools; `whole` if the function rounds.
[[gnu::noinline]] Tensor of_integers(const char* function, Loops loops, const Tensor& x, bool whole) {
  check_calculable(function, x.dtype());
  if (!whole) return apply(function, loops, cast(x, default_dtype(), function));
  if (x.dtype() == DType::boolean) checked(function, nullptr, x.dtype());
  return cast(x, x.dtype(), function);
}

}  // namespace

Tensor unary(const char* function, Unary op, const Tensor& x) {
  check_defined(function, x);
  Loops loops = kernels::elementwise().unary[index(op)];
  const bool whole = op >= Unary::floor;
  if (!is_floating(x.dtype()) && (whole || (op >= Unary::sqrt && op < Unary::relu))) [[unlikely]]
    return of_integers(function, loops, x, whole);
  return apply(function, loops, x);
}

Tensor unary(const char* function, Special op, const Tensor& x) {
  check_defined(function, x);
  Loops loops = kernels::special().unary[index(op)];
  return is_floating(x.dtype()) ? apply(function, loops, x)
                                : of_integers(function, loops, x, op >= Special::trunc);
}

Tensor binary(const char* function, Binary op, const Operand& a, const Operand& b) {
  return apply(function, kernels::elementwise().binary[index(op)], Pair(function, a, b));
}

Tensor binary(const char* function, SpecialPair op, const Operand& a, const Operand& b) {
  const Pair pair(function, a, b);
  const bool divides = op >= SpecialPair::floor_divide && op < SpecialPair::left_shift;
  if (divides && is_integer(pair.dtype) && (b.tensor != nullptr ? !all_true(*b.tensor) : b.number == 0))
    throw ValueError(fmt::format("{}: integers cannot be divided by 0", function));
  return apply(function, kernels::special().binary[index(op)], pair);
}

Tensor binary(const char* function, IntegerPair op, const Operand& a, const Operand& b) {
  return apply(function, kernels::integer().binary[index(op)], Pair(function, a, b));
}

bool all_true(const Tensor& x) {
  const Tensor flags = x.dtype() == DType::boolean ? contiguous(x) : cast(x, DType::boolean);
  return flags.numel() == 0 ||
         std::memchr(flags.raw(), 0, static_cast<std::size_t>(flags.numel())) == nullptr;
}

bool binary_in_place(const char* function, Binary op, Tensor& x, const Operand& y) {
  const Pair pair(function, x, y);
  if (*pair.shape != x.shape() || !x.is_contiguous()) return false;
  const ElementwiseLoop loop = checked(
      function, kernels::elementwise().binary[index(op)][column_of(function, pair.dtype)], pair.dtype);
  const std::int64_t size = size_of(pair.dtype);
  run(loop, {&x.layout(), pair.layouts[0], pair.layouts[1]}, {x.mutable_raw(), pair.data[0], pair.data[1]},
      {size, size, size});
  return true;
}

Tensor compare(const char* function, Comparison op, const Operand& a, const Operand& b) {
  const Pair pair(function, a, b);
  const ElementwiseLoop loop = kernels::elementwise().compare[index(op)][column_of(function, pair.dtype)];
  Tensor result = Tensor::empty(*pair.shape, DType::boolean, function);
  const std::int64_t size = size_of(pair.dtype);
  run(loop, {&result.layout(), pair.layouts[0], pair.layouts[1]},
      {pointer(result), pair.data[0], pair.data[1]}, {1, size, size});
  return result;
}

Tensor where(const char* function, const Tensor& condition, const Operand& a, const Operand& b) {
  check_defined(function, condition, "the condition");
  if (condition.dtype() != DType::boolean)
    throw DTypeError(fmt::format("{}: expected a bool condition, got {}; compare first, for example x != 0",
                                 function, name(condition.dtype())));
  const Pair pair(function, a, b);
  Tensor result = Tensor::empty(broadcast(function, condition.shape(), *pair.shape), pair.dtype, function);
  const std::int64_t size = size_of(pair.dtype);
  run(kernels::elementwise().where[index_of_size(pair.dtype)],
      {&result.layout(), &condition.layout(), pair.layouts[0], pair.layouts[1]},
      {pointer(result), pointer(condition), pair.data[0], pair.data[1]}, {size, 1, size, size});
  return result;
}

Tensor cast(const Tensor& x, DType dtype, const char* function) {
  check_defined(function, x);
  Tensor result = Tensor::empty(x.shape(), dtype, function);
  copy_apart(result, x, x.layout(), function);
  return result;
}

void copy(Tensor& to, const Tensor& from) {
  const Layout expanded = from.layout().expand("copy", to.shape());
  if (to.layout().overlaps())
    throw ValueError(
        fmt::format("copy: elements of the destination, of shape {}, share memory, so it cannot be written "
                    "to; copy the result of expand() first, for example with contiguous(x)",
                    to_string(to.shape())));
  if (to.value().storage != from.value().storage) return copy_apart(to, from, expanded, "copy");
  // The tensors share memory, so `from` is copied before `to` is written.
  const Tensor apart = cast(from, to.dtype());
  copy_apart(to, apart, apart.layout().expand("copy", to.shape()), "copy");
}

Tensor contiguous(const Tensor& x) { return x.is_contiguous() ? x : cast(x, x.dtype(), "contiguous"); }

void accumulate(Tensor& to, const Tensor& from) {
  const std::int64_t size = size_of(to.dtype());
  void* const data = to.mutable_raw();
  run(kernels::elementwise().binary[index(Binary::add)][column_of("accumulate", to.dtype())],
      {&to.layout(), &to.layout(), &from.layout()}, {data, data, pointer(from)}, {size, size, size});
}

}  // namespace taper::compute
