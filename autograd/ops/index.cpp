// Selecting and replacing elements by index: each operation with its gradient.
#include <fmt/format.h>

#include <taper/autograd/ops/arithmetic.h>
#include <taper/autograd/ops/arrange.h>
#include <taper/autograd/ops/index.h>
#include <taper/autograd/ops/indexing.h>
#include <taper/autograd/ops/reduce.h>
#include <taper/autograd/ops/shape.h>
#include <taper/autograd/part.h>
#include <taper/autograd/selection.h>
#include <taper/tensor/check.h>
#include <taper/tensor/error.h>

namespace taper {

using compute::axis_of;
using compute::check_defined;
using detail::Slices;

namespace {

// `source` in the dtype of x.
Tensor source_for(const char* function, const Tensor& x, const Tensor& source) {
  check_defined(function, source, "the source");
  return to(source, x.dtype());
}

void check_mask(const char* function, const Tensor& mask) {
  check_defined(function, mask, "the mask");
  if (mask.dtype() != boolean)
    throw DTypeError(fmt::format("{}: expected a bool mask, got {}; compare first, for example x != 0",
                                 function, name(mask.dtype())));
}

}  // namespace

Tensor index_select(const Tensor& x, std::int64_t axis, const Tensor& indices) {
  return detail::selected("index_select", x, Slices{axis_of("index_select", x, axis)}, {indices});
}

Tensor index_add(const Tensor& x, std::int64_t axis, const Tensor& indices, const Tensor& source) {
  const Slices slices{axis_of("index_add", x, axis)};
  return detail::written("index_add", x, source_for("index_add", x, source), slices, {indices}, Scatter::add);
}

Tensor index_copy(const Tensor& x, std::int64_t axis, const Tensor& indices, const Tensor& source) {
  const Slices slices{axis_of("index_copy", x, axis)};
  return detail::written("index_copy", x, source_for("index_copy", x, source), slices, {indices},
                         Scatter::replace);
}

Tensor index_fill(const Tensor& x, std::int64_t axis, const Tensor& indices, double value) {
  const Slices slices{axis_of("index_fill", x, axis)};
  check_defined("index_fill", indices, "the list of indices");
  Shape shape = x.shape();
  shape[slices.axis] = indices.numel();
  return detail::written("index_fill", x, expand(full({}, value, x.dtype()), shape), slices, {indices},
                         Scatter::replace);
}

Tensor gather(const Tensor& x, std::int64_t axis, const Tensor& index) {
  return detail::selected("gather", x, detail::Elements{axis_of("gather", x, axis)}, {index});
}

Tensor take_along_dim(const Tensor& x, const Tensor& index, std::int64_t axis) {
  const int at = axis_of("take_along_dim", x, axis);
  check_defined("take_along_dim", index, "the index");
  if (index.rank() != x.rank())
    throw ShapeError(fmt::format("take_along_dim: expected an index with the rank of shape {}, got shape {}",
                                 to_string(x.shape()), to_string(index.shape())));
  Shape a = x.shape(), b = index.shape();
  a[at] = b[at] = 1;
  a = b = broadcast("take_along_dim", a, b);
  a[at] = x.size(at);
  b[at] = index.size(at);
  return detail::selected("take_along_dim", expand(x, a), detail::Elements{at}, {expand(index, b)});
}

Tensor take(const Tensor& x, const Tensor& indices) {
  check_defined("take", x);
  check_defined("take", indices, "the indices");
  const Tensor chosen =
      detail::selected("take", reshape(x, {x.numel()}), Slices{0}, {reshape(indices, {indices.numel()})});
  return reshape(chosen, indices.shape());
}

namespace {

// The gradients of scatter() with multiply: those of a product, where one factor that is 0 is left out of the
// product of the others.
std::array<Tensor, 3> product_gradients(int axis, const Backward& at, const Tensor& g) {
  const Tensor x = at.input(0), source = at.input(1), index = at.input(2);
  const auto product = [&](const Tensor& factors, const Tensor& by) {
    return scatter(factors, axis, index, by, Scatter::multiply);
  };
  const auto at_source = [&](const Tensor& whole) { return gather(whole, axis, index); };
  const Tensor without_x = product(ones_like(x), source);
  const Tensor zero = source == 0;
  const Tensor zeros_there = scatter(zeros(x.shape(), int64), axis, index, to(zero, int64), Scatter::add);
  const Tensor only_zero = zero & (at_source(zeros_there) == 1);
  const Tensor without_zero = product(x, where(only_zero, 1, source));
  return {at.needs(0) ? g * without_x : Tensor(),
          at.needs(1) ? where(only_zero, at_source(g * without_zero),
                              at_source(g * product(x, source)) / where(zero, 1, source))
                      : Tensor(),
          Tensor()};
}

// Those with minimum or maximum: equal ones share them.
std::array<Tensor, 3> extremum_gradients(int axis, const Backward& at, const Tensor& g) {
  const Tensor index = at.input(2), result = at.output();
  const Tensor mine = at.input(0) == result, sources = at.input(1) == gather(result, axis, index);
  const Tensor winners = scatter(to(mine, g.dtype()), axis, index, to(sources, g.dtype()), Scatter::add);
  const Tensor share = g / maximum(winners, 1);
  return {where(mine, share, 0), where(sources, gather(share, axis, index), 0), Tensor()};
}

Tensor scattered_mean(const Tensor& x, int axis, const Tensor& index, const Tensor& source) {
  if (x.dtype() == boolean) throw DTypeError("scatter: the mean is not defined for bool");
  const DType counted = is_integer(x.dtype()) ? int64 : x.dtype();
  const Tensor total = scatter(x, axis, index, source, Scatter::add);
  const Tensor count =
      scatter(ones(x.shape(), counted), axis, index, ones(source.shape(), counted), Scatter::add);
  return counted == int64 ? to(floor_divide(total, count), x.dtype()) : total / count;
}

}  // namespace

Tensor scatter(const Tensor& x, std::int64_t axis, const Tensor& index, const Tensor& source, Scatter how) {
  const int at_axis = axis_of("scatter", x, axis);
  const Tensor values = source_for("scatter", x, source);
  if (how == Scatter::mean) return scattered_mean(x, at_axis, index, values);
  if (how == Scatter::replace || how == Scatter::add)
    return detail::written("scatter", x, values, detail::Elements{at_axis}, {index}, how);
  Tensor result = compute::cast(x, x.dtype(), "scatter");
  compute::scatter("scatter", result, at_axis, index, values, how);
  return record("scatter", save(result), {save(x), save(values), save(index)},
                [at_axis, how](const Backward& at, const Tensor& g) {
                  return how == Scatter::multiply ? product_gradients(at_axis, at, g)
                                                  : extremum_gradients(at_axis, at, g);
                });
}

Tensor masked_fill(const Tensor& x, const Tensor& mask, const Operand& value) {
  check_defined("masked_fill", x);
  check_mask("masked_fill", mask);
  if (value.tensor != nullptr) {
    check_defined("masked_fill", *value.tensor, "the value");
    if (value.tensor->numel() != 1)
      throw ShapeError(fmt::format("masked_fill: expected a value of one element, got shape {}",
                                   to_string(value.tensor->shape())));
  }
  const Tensor fits = expand(mask, x.shape());
  if (value.tensor == nullptr && is_floating(x.dtype())) return where(fits, value, x);
  const Tensor filled =
      value.tensor != nullptr ? to(reshape(*value.tensor, {}), x.dtype()) : full({}, value.number, x.dtype());
  return where(fits, filled, x);
}

Tensor masked_select(const Tensor& x, const Tensor& mask) {
  check_defined("masked_select", x);
  check_mask("masked_select", mask);
  const Shape shape = broadcast("masked_select", x.shape(), mask.shape());
  return index(expand(x, shape), {Index(expand(mask, shape))});
}

Tensor masked_scatter(const Tensor& x, const Tensor& mask, const Tensor& source) {
  check_defined("masked_scatter", x);
  check_mask("masked_scatter", mask);
  const Tensor values = source_for("masked_scatter", x, source);
  const Tensor fits = expand(mask, x.shape());
  const std::int64_t count = sum(fits).item<std::int64_t>();
  if (values.numel() < count)
    throw ShapeError(fmt::format("masked_scatter: expected a source of at least {} elements, got shape {}",
                                 count, to_string(values.shape())));
  return index_put(x, {Index(fits)}, slice(reshape(values, {values.numel()}), 0, 0, count));
}

Tensor select_scatter(const Tensor& x, const Tensor& value, std::int64_t axis, std::int64_t index) {
  check_defined("select_scatter", x);
  return detail::replace_part(
      "select_scatter", x, source_for("select_scatter", x, value),
      [=](const Layout& whole) { return whole.select("select_scatter", axis, index); });
}

Tensor slice_scatter(const Tensor& x, const Tensor& value, std::int64_t axis, std::int64_t start,
                     std::int64_t stop, std::int64_t step) {
  check_defined("slice_scatter", x);
  return detail::replace_part(
      "slice_scatter", x, source_for("slice_scatter", x, value),
      [=](const Layout& whole) { return whole.slice("slice_scatter", axis, start, stop, step); });
}

Tensor diagonal_scatter(const Tensor& x, const Tensor& value, std::int64_t offset, std::int64_t axis0,
                        std::int64_t axis1) {
  check_defined("diagonal_scatter", x);
  return detail::replace_part(
      "diagonal_scatter", x, source_for("diagonal_scatter", x, value),
      [=](const Layout& whole) { return whole.diagonal("diagonal_scatter", offset, axis0, axis1); });
}

Tensor one_hot(const Tensor& labels, std::int64_t classes, DType dtype) {
  check_defined("one_hot", labels, "the list of labels");
  Shape shape = labels.shape();
  shape.push_back(classes);
  if (labels.numel() > 0 && is_integer(labels.dtype()))
    if (const auto least = min(to(labels.detach(), int64)).item<std::int64_t>(); least < 0)
      throw IndexError(fmt::format("one_hot: expected labels of at least 0, got {}", least));
  const Tensor index = labels.detach().alias(labels.layout().unsqueeze("one_hot", -1));
  Tensor result = zeros(shape, dtype);
  compute::scatter("one_hot", result, shape.rank() - 1, index, ones(index.shape(), dtype), Scatter::replace);
  return result;
}

}  // namespace taper
