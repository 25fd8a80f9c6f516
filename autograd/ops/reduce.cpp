// Reductions: each with its gradient.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include <taper/autograd/ops/arithmetic.h>
#include <taper/autograd/ops/math.h>
#include <taper/autograd/ops/reduce.h>
#include <taper/autograd/ops/shape.h>
#include <taper/autograd/record.h>
#include <taper/tensor/check.h>
#include <taper/tensor/error.h>
#include <taper/tensor/reduce.h>

namespace taper {
namespace {

using compute::axes_of;
using compute::axis_of;
using compute::check_floating;
using compute::ReduceOp;

// A reduced tensor in the shape that it has with keepdim, so that it broadcasts to the shape before the
// reduction.
Tensor with_axes(const Tensor& reduced, const Shape& shape, unsigned mask) {
  if (reduced.rank() == 0 || reduced.rank() == shape.rank()) return reduced;
  return reshape(reduced, reduced_shape(shape, mask, true));
}

std::int64_t reduced_count(const Shape& shape, unsigned mask) {
  std::int64_t count = 1;
  for (int i = 0; i < shape.rank(); ++i)
    if (mask >> i & 1) count *= shape[i];
  return count;
}

Tensor sum_of(const Tensor& x, unsigned mask, bool keepdim) {
  if (x.dtype() == DType::int32) return sum_of(to(x, DType::int64), mask, keepdim);
  return record(
      "sum", compute::reduce("sum", ReduceOp::sum, x, mask, keepdim), {x},
      [shape = x.shape(), mask](const Tensor& g) { return expand(with_axes(g, shape, mask), shape); });
}

Tensor extremum(const char* name, ReduceOp reduction, const Tensor& x, const Axes& axes, bool keepdim) {
  const unsigned mask = axes_of(name, x, axes);
  return record(name, save(compute::reduce(name, reduction, x, mask, keepdim)), {save(x)},
                [mask](const Backward& at, const Tensor& g) {
                  const Tensor x = at.input(0);
                  // A NaN is the maximum and the minimum.
                  const Tensor best = (x == with_axes(at.output(), x.shape(), mask)) | (x != x);
                  const Tensor share =
                      with_axes(g, x.shape(), mask) / to(sum_of(best, mask, true), g.dtype());
                  return where(best, share, 0);
                });
}

Tensor softmax_gradient(const Tensor& g, const Tensor& y);
Tensor log_softmax_gradient(const Tensor& g, const Tensor& y);

// Calls compute(x) with `axis` moved to the end and in row-major order.
template <class Function>
Tensor along_last(const Tensor& x, int axis, Function&& function) {
  const auto swapped = [&](const Tensor& t) { return axis == t.rank() - 1 ? t : transpose(t, axis, -1); };
  return swapped(function(contiguous(swapped(x))));
}

Tensor softmax_last(const Tensor& x) {
  return record("softmax", save(compute::softmax(x, false)), {x},
                [](const Backward& at, const Tensor& g) { return softmax_gradient(g, at.output()); });
}

Tensor log_softmax_last(const Tensor& x) {
  return record("log_softmax", save(compute::softmax(x, true)), {x},
                [](const Backward& at, const Tensor& g) { return log_softmax_gradient(g, at.output()); });
}

// y * (g - sum(g * y)). It is linear in g, so its own gradient needs no further kernel.
Tensor softmax_gradient(const Tensor& g, const Tensor& y) {
  return record("softmax_gradient", compute::softmax_gradient(compute::contiguous(g), y, false),
                {save(g), save(y)}, [](const Backward& at, const Tensor& h) {
                  const Tensor g = at.input(0), y = at.input(1);
                  return at.each(
                      [&] { return softmax_gradient(contiguous(h), y); },
                      [&] { return h * (g - sum(g * y, {-1}, true)) - g * sum(h * y, {-1}, true); });
                });
}

// g - exp(y) * sum(g)
Tensor log_softmax_gradient(const Tensor& g, const Tensor& y) {
  return record("log_softmax_gradient", compute::softmax_gradient(compute::contiguous(g), y, true),
                {save(g), save(y)}, [](const Backward& at, const Tensor& h) {
                  const Tensor g = at.input(0), p = exp(at.input(1));
                  return at.each([&] { return h - sum(h * p, {-1}, true); },
                                 [&] { return -h * p * sum(g, {-1}, true); });
                });
}

Tensor softmax_along(const char* function, Tensor (*last)(const Tensor&), const Tensor& x,
                     std::int64_t axis) {
  check_floating(function, x);
  return along_last(x, axis_of(function, x, axis), last);
}

}  // namespace

Tensor sum(const Tensor& x, const Axes& axes, bool keepdim) {
  return sum_of(x, axes_of("sum", x, axes), keepdim);
}

Tensor mean(const Tensor& x, const Axes& axes, bool keepdim) {
  check_floating("mean", x);
  const unsigned mask = axes_of("mean", x, axes);
  return sum_of(x, mask, keepdim) / static_cast<double>(reduced_count(x.shape(), mask));
}

Tensor var(const Tensor& x, const Axes& axes, bool keepdim, int correction) {
  check_floating("var", x);
  const unsigned mask = axes_of("var", x, axes);
  const double count = static_cast<double>(reduced_count(x.shape(), mask));
  const Tensor centred = x - sum_of(x, mask, true) / count;
  return sum_of(square(centred), mask, keepdim) / std::max(count - correction, 0.0);
}

Tensor max(const Tensor& x, const Axes& axes, bool keepdim) {
  return extremum("max", ReduceOp::maximum, x, axes, keepdim);
}
Tensor min(const Tensor& x, const Axes& axes, bool keepdim) {
  return extremum("min", ReduceOp::minimum, x, axes, keepdim);
}

Tensor argmax(const Tensor& x, std::int64_t axis, bool keepdim) {
  return compute::position("argmax", ReduceOp::maximum, x, axis_of("argmax", x, axis), keepdim);
}
Tensor argmin(const Tensor& x, std::int64_t axis, bool keepdim) {
  return compute::position("argmin", ReduceOp::minimum, x, axis_of("argmin", x, axis), keepdim);
}

Tensor logsumexp(const Tensor& x, const Axes& axes, bool keepdim) {
  check_floating("logsumexp", x);
  const unsigned mask = axes_of("logsumexp", x, axes);
  const Tensor result = [&] {
    const NoGrad guard;
    // No shift where the maximum is infinite, because inf - inf is NaN.
    const Tensor top = compute::reduce("logsumexp", ReduceOp::maximum, x, mask, true);
    const Tensor shift = where(abs(top) == INFINITY, 0, top);
    return log(sum_of(exp(x - shift), mask, true)) + shift;
  }();
  return record("logsumexp", save(result.alias(Layout(reduced_shape(x.shape(), mask, keepdim)))), {save(x)},
                [mask](const Backward& at, const Tensor& g) {
                  const Tensor x = at.input(0), y = with_axes(at.output(), x.shape(), mask);
                  // The softmax of x; 0 where all of x is -inf, as in PyTorch.
                  return with_axes(g, x.shape(), mask) * exp(x - where(y == -INFINITY, 0, y));
                });
}

Tensor softmax(const Tensor& x, std::int64_t axis) { return softmax_along("softmax", softmax_last, x, axis); }
Tensor log_softmax(const Tensor& x, std::int64_t axis) {
  return softmax_along("log_softmax", log_softmax_last, x, axis);
}

Tensor sum_to(const Tensor& x, const Shape& target) {
  compute::check_defined("sum_to", x);
  if (x.shape() == target) return x;
  if (broadcast("sum_to", x.shape(), target) != x.shape())
    throw ShapeError(
        fmt::format("sum_to: shape {} does not broadcast to {}", to_string(target), to_string(x.shape())));
  unsigned mask = 0;
  const int extra = x.rank() - target.rank();
  for (int i = 0; i < x.rank(); ++i)
    if (i < extra || (target[i - extra] == 1 && x.shape()[i] != 1)) mask |= 1u << i;
  return reshape(sum_of(x, mask, true), target);
}

}  // namespace taper
