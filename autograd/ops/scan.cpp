// Scans: each with its gradient, which is a scan in the other direction.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include <taper/autograd/along.h>
#include <taper/autograd/ops/arithmetic.h>
#include <taper/autograd/ops/arrange.h>
#include <taper/autograd/ops/index.h>
#include <taper/autograd/ops/math.h>
#include <taper/autograd/ops/scan.h>
#include <taper/autograd/ops/shape.h>
#include <taper/autograd/selection.h>
#include <taper/tensor/check.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>
#include <taper/tensor/scan.h>

namespace taper {
namespace {

using compute::axis_of;
using compute::check_floating;
using compute::ScanOp;
using detail::along;

// In what follows, `reverse` is the direction of a scan: from the end of the axis to its beginning.

Tensor sum_along(const Tensor& x, int axis, bool reverse) {
  return record("cumsum", compute::scan("cumsum", ScanOp::sum, x, axis, reverse), {x},
                [=](const Tensor& g) { return sum_along(g, axis, !reverse); });
}

// The elements one place further in the direction of the scan; `first` is what comes in.
Tensor shifted(const Tensor& x, int axis, bool reverse, double first) {
  if (x.size(axis) == 0) return x;
  Shape shape = x.shape();
  shape[axis] = 1;
  const Tensor border = full(shape, first, x.dtype()), rest = narrow(x, axis, reverse, x.size(axis) - 1);
  return reverse ? concat({rest, border}, axis) : concat({border, rest}, axis);
}

// s[i] = b[i] + a[i] * s[i - 1]. What s[i] is for the result is h[i] and, through s[i + 1], more: a
// recurrence in the other direction.
Tensor recurrence(const Tensor& a, const Tensor& b, int axis, bool reverse) {
  return record("recurrence", save(compute::recurrence("recurrence", a, b, axis, reverse)), {save(a), b},
                [=](const Backward& at, const Tensor& h) {
                  Tensor t = recurrence(shifted(at.input(0), axis, !reverse, 0), h, axis, !reverse);
                  return at.each([&] { return t * shifted(at.output(), axis, reverse, 0); },
                                 [&] { return t; });
                });
}

// x[i] is a factor of all products from i on. Without a division, so that 0 is a number like others: the
// product of what comes before x[i], times the sum of g[k] * x[i + 1] * ... * x[k] over k >= i.
Tensor product_along(const Tensor& x, int axis, bool reverse) {
  return record("cumprod", compute::scan("cumprod", ScanOp::product, x, axis, reverse), {save(x)},
                [=](const Backward& at, const Tensor& g) {
                  const Tensor x = at.input(0);
                  return product_along(shifted(x, axis, reverse, 1), axis, reverse) *
                         recurrence(shifted(x, axis, !reverse, 0), g, axis, !reverse);
                });
}

ValuesAndIndices extremum_along(const char* function, bool maximum, const Tensor& x, int at) {
  const auto [values, indices] = compute::extremum_scan(function, maximum, x, at);
  return {record(function, values, {x},
                 [function, at, places = indices](const Backward& back, const Tensor& g) {
                   return detail::spread(function, g, back.shape(0), detail::Elements{at}, {places});
                 }),
          indices};
}

// The means of neighbours, times their distance.
Tensor trapezoids(const char* function, const Tensor& y, const Operand& distance, std::int64_t axis) {
  const int at = axis_of(function, y, axis);
  const std::int64_t count = std::max<std::int64_t>(y.size(at) - 1, 0);
  const std::int64_t first = y.size(at) > 0;
  return (narrow(y, at, first, count) + narrow(y, at, 0, count)) * distance / 2;
}

// The distances of places x along an axis of y.
Tensor distances(const char* function, const Tensor& y, const Tensor& x, std::int64_t axis) {
  const int at = axis_of(function, y, axis);
  compute::check_defined(function, x, "the list of places");
  if (x.rank() != 1) return diff(x, 1, axis);
  Shape shape = Shape::filled(y.rank(), 1);
  shape[at] = -1;
  return reshape(diff(x), shape);
}

}  // namespace

Tensor cumsum(const Tensor& x, std::int64_t axis) {
  return along("cumsum", x, axis, [](const Tensor& x, int at) { return sum_along(x, at, false); });
}

Tensor cumprod(const Tensor& x, std::int64_t axis) {
  return along("cumprod", x, axis, [](const Tensor& x, int at) { return product_along(x, at, false); });
}

namespace {

Tensor logarithms_along(const Tensor& x, int at_axis) {
  return record("logcumsumexp", save(compute::scan("logcumsumexp", ScanOp::logsumexp, x, at_axis)), {save(x)},
                [at_axis](const Backward& at, const Tensor& g) {
                  // The sum of g[k] * exp(x[i] - y[k]) over k >= i, where y does not decrease: so of factors
                  // exp(y[k] - y[k + 1]), none of which is more than 1.
                  const Tensor x = at.input(0), y = at.output();
                  const Tensor divisor = where(y == -INFINITY, 0, y);
                  const Tensor factors = exp(y - shifted(divisor, at_axis, true, 0));
                  return exp(x - divisor) * recurrence(factors, g, at_axis, true);
                });
}

}  // namespace

Tensor logcumsumexp(const Tensor& x, std::int64_t axis) {
  check_floating("logcumsumexp", x);
  return along("logcumsumexp", x, axis, logarithms_along);
}

ValuesAndIndices cummax(const Tensor& x, std::int64_t axis) {
  return along("cummax", x, axis,
               [](const Tensor& x, int at) { return extremum_along("cummax", true, x, at); });
}
ValuesAndIndices cummin(const Tensor& x, std::int64_t axis) {
  return along("cummin", x, axis,
               [](const Tensor& x, int at) { return extremum_along("cummin", false, x, at); });
}

Tensor diff(const Tensor& x, std::int64_t n, std::int64_t axis) {
  const int at = axis_of("diff", x, axis);
  if (n < 0) throw ValueError(fmt::format("diff: expected n of at least 0, got {}", n));
  Tensor result = x;
  for (std::int64_t i = 0; i < n && result.size(at) > 0; ++i) {
    const std::int64_t rest = result.size(at) - 1;
    const Tensor next = narrow(result, at, 1, rest), before = narrow(result, at, 0, rest);
    result = x.dtype() == boolean ? next != before : next - before;
  }
  return n == 0 ? clone(x) : result;
}

Tensor trapezoid(const Tensor& y, double dx, std::int64_t axis) {
  return sum(trapezoids("trapezoid", y, dx, axis), axis);
}
Tensor trapezoid(const Tensor& y, const Tensor& x, std::int64_t axis) {
  return sum(trapezoids("trapezoid", y, distances("trapezoid", y, x, axis), axis), axis);
}
Tensor cumulative_trapezoid(const Tensor& y, double dx, std::int64_t axis) {
  return cumsum(trapezoids("cumulative_trapezoid", y, dx, axis), axis);
}
Tensor cumulative_trapezoid(const Tensor& y, const Tensor& x, std::int64_t axis) {
  return cumsum(trapezoids("cumulative_trapezoid", y, distances("cumulative_trapezoid", y, x, axis), axis),
                axis);
}

}  // namespace taper
