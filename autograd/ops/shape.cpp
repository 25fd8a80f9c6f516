// Changes of shape, views and joins, each with its gradient.
#include <algorithm>

#include <fmt/format.h>

#include <taper/autograd/ops/arithmetic.h>
#include <taper/autograd/ops/shape.h>
#include <taper/autograd/part.h>
#include <taper/autograd/record.h>
#include <taper/tensor/check.h>
#include <taper/tensor/create.h>
#include <taper/tensor/elementwise.h>
#include <taper/tensor/error.h>
#include <taper/tensor/promotion.h>

namespace taper {
namespace {

// A view of all elements with the layout that `change` returns for the layout of x.
template <class Change, class Gradient>
Tensor view(const char* name, const Tensor& x, Change change, Gradient gradient) {
  compute::check_defined(name, x);
  return record(name, x.alias(change(x.layout())), {x}, gradient);
}

}  // namespace

Tensor reshape(const Tensor& x, const Shape& shape) {
  compute::check_defined("reshape", x);
  const Shape target = resolve_shape("reshape", shape, x.numel());
  Layout layout;
  Tensor result =
      x.layout().reshape(target, layout) ? x.alias(layout) : compute::contiguous(x).alias(Layout(target));
  return record("reshape", std::move(result), {x},
                [from = x.shape()](const Tensor& g) { return reshape(g, from); });
}

Tensor flatten(const Tensor& x, std::int64_t start) {
  compute::check_defined("flatten", x);
  if (x.rank() == 0) return reshape(x, {1});
  const int first = normalize_axis("flatten", start, x.rank());
  Shape shape;
  for (int i = 0; i < first; ++i) shape.push_back(x.shape()[i]);
  std::int64_t rest = 1;
  for (int i = first; i < x.rank(); ++i) rest *= x.shape()[i];
  shape.push_back(rest);
  return reshape(x, shape);
}

Tensor transpose(const Tensor& x, std::int64_t axis0, std::int64_t axis1) {
  return view(
      "transpose", x, [=](const Layout& whole) { return whole.transpose("transpose", axis0, axis1); },
      [=](const Tensor& g) { return transpose(g, axis0, axis1); });
}

Tensor permute(const Tensor& x, const Axes& axes) {
  return view(
      "permute", x, [&](const Layout& whole) { return whole.permute("permute", axes); },
      [axes](const Tensor& g) {
        Axes inverse = axes;
        for (int i = 0; i < axes.rank(); ++i) inverse[axes[i]] = i;
        return permute(g, inverse);
      });
}

Tensor slice(const Tensor& x, std::int64_t axis, std::int64_t start, std::int64_t stop, std::int64_t step) {
  compute::check_defined("slice", x);
  return detail::part("slice", x,
                      [=](const Layout& whole) { return whole.slice("slice", axis, start, stop, step); });
}

Tensor select(const Tensor& x, std::int64_t axis, std::int64_t index) {
  compute::check_defined("select", x);
  return detail::part("select", x, [=](const Layout& whole) { return whole.select("select", axis, index); });
}

Tensor Tensor::operator[](std::int64_t i) const { return select(*this, 0, i); }

Tensor squeeze(const Tensor& x, std::int64_t axis) {
  return view(
      "squeeze", x, [=](const Layout& whole) { return whole.squeeze("squeeze", axis); },
      [=](const Tensor& g) { return unsqueeze(g, axis); });
}

Tensor unsqueeze(const Tensor& x, std::int64_t axis) {
  return view(
      "unsqueeze", x, [=](const Layout& whole) { return whole.unsqueeze("unsqueeze", axis); },
      [=](const Tensor& g) { return squeeze(g, axis); });
}

Tensor expand(const Tensor& x, const Shape& shape) {
  compute::check_defined("expand", x);
  Shape target = shape;
  for (int i = 1; i <= std::min(target.rank(), x.rank()); ++i)
    if (target[-i] == -1) target[-i] = x.size(-i);
  // The engine sums the gradient back over the repeated axes.
  return view(
      "expand", x, [&](const Layout& whole) { return whole.expand("expand", target); },
      [](const Tensor& g) { return g; });
}

Tensor contiguous(const Tensor& x) {
  compute::check_defined("contiguous", x);
  if (x.is_contiguous()) return x;
  return record("contiguous", compute::contiguous(x), {x}, [](const Tensor& g) { return g; });
}

Tensor clone(const Tensor& x) {
  compute::check_defined("clone", x);
  return record("clone", compute::cast(x, x.dtype(), "clone"), {x}, [](const Tensor& g) { return g; });
}

namespace {

void check_list(const char* function, const std::vector<Tensor>& tensors) {
  if (tensors.empty()) throw ValueError(fmt::format("{}: expected at least one tensor, got none", function));
  for (std::size_t i = 0; i < tensors.size(); ++i)
    if (!tensors[i].defined()) compute::throw_undefined(function, fmt::format("tensor {}", i).c_str());
}

}  // namespace

Tensor concat(const std::vector<Tensor>& tensors, std::int64_t axis) {
  check_list("concat", tensors);
  const int at = normalize_axis("concat", axis, tensors[0].rank());
  Shape shape = tensors[0].shape();
  shape[at] = 0;
  DType dtype = tensors[0].dtype();
  for (const Tensor& x : tensors) {
    bool fits = x.rank() == shape.rank();
    for (int i = 0; fits && i < shape.rank(); ++i) fits = i == at || x.shape()[i] == shape[i];
    if (!fits)
      throw ShapeError(fmt::format("concat: shapes {} and {} differ in more than axis {}",
                                   to_string(tensors[0].shape()), to_string(x.shape()), axis));
    dtype = promote_types(dtype, x.dtype());
    // Axes that expand() repeats can be longer than any memory.
    if (__builtin_add_overflow(shape[at], x.shape()[at], &shape[at]))
      throw ShapeError(
          fmt::format("concat: {} tensors have too many elements along axis {} for 64-bit indices",
                      tensors.size(), axis));
  }
  Tensor result = Tensor::empty(shape, dtype, "concat");
  std::vector<std::int64_t> ends;
  std::vector<DType> dtypes;
  std::int64_t begin = 0;
  for (const Tensor& x : tensors) {
    ends.push_back(begin + x.shape()[at]);
    dtypes.push_back(x.dtype());
    Tensor place = result.alias(result.layout().slice("concat", at, begin, ends.back()));
    compute::copy(place, x);
    begin = ends.back();
  }
  const std::vector<Input> inputs(tensors.begin(), tensors.end());
  detail::describe([&] { return Attributes{{"axis", at}}; });
  return record("concat", std::move(result), std::span(inputs),
                [at, ends, dtypes](const Backward& back, const Tensor& g) {
                  std::vector<Tensor> gradients(ends.size());
                  for (std::size_t i = 0; i < ends.size(); ++i)
                    if (back.needs(static_cast<int>(i)))
                      gradients[i] = to(slice(g, at, i == 0 ? 0 : ends[i - 1], ends[i]), dtypes[i]);
                  return gradients;
                });
}

Tensor stack(const std::vector<Tensor>& tensors, std::int64_t axis) {
  check_list("stack", tensors);
  std::vector<Tensor> expanded;
  for (const Tensor& x : tensors) {
    if (x.shape() != tensors[0].shape())
      throw ShapeError(
          fmt::format("stack: shapes {} and {} differ", to_string(tensors[0].shape()), to_string(x.shape())));
    expanded.push_back(unsqueeze(x, axis));
  }
  return concat(expanded, axis);
}

}  // namespace taper
