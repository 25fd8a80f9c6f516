// Element-wise mathematics: each function with its gradient.
#include <cmath>
#include <numbers>

#include <fmt/format.h>

#include <taper/autograd/ops/activation.h>
#include <taper/autograd/ops/arithmetic.h>
#include <taper/autograd/ops/logic.h>
#include <taper/autograd/ops/math.h>
#include <taper/autograd/promote.h>
#include <taper/autograd/record.h>
#include <taper/tensor/check.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>

namespace taper {

using compute::Special;
using compute::SpecialPair;
using compute::unary;
using compute::Unary;

namespace {

// Functions whose gradient comes from the input x, or from the result y: slope(g, x) or slope(g, y).

template <class Op, class Slope>
Tensor of_input(const char* name, Op op, const Tensor& x, Slope slope) {
  return record(name, unary(name, op, x), {save(x)},
                [slope](const Backward& at, const Tensor& g) { return slope(g, at.input(0)); });
}
template <class Op, class Slope>
Tensor of_output(const char* name, Op op, const Tensor& x, Slope slope) {
  return record(name, save(unary(name, op, x)), {x},
                [slope](const Backward& at, const Tensor& g) { return slope(g, at.output()); });
}

// A function of two: slopes(at, g, a, b) returns both gradients.
template <class Slopes>
Tensor of_two(const char* name, SpecialPair op, const Operand& a, const Operand& b, Slopes slopes) {
  return detail::in_floating(a, b, [=](const Operand& a, const Operand& b) {
    return record(
        name, compute::binary(name, op, a, b), {save(a), save(b)},
        [slopes](const Backward& at, const Tensor& g) { return slopes(at, g, at.input(0), at.input(1)); });
  });
}

// Piecewise constant functions: their gradient is 0 wherever it is defined.
template <class Op>
Tensor step(const char* name, Op op, const Tensor& x) {
  return record(name, unary(name, op, x), {x}, [](const Tensor& g) { return zeros_like(g); });
}

using In = const Tensor&;  // in slopes

}  // namespace

Tensor exp(const Tensor& x) {
  return of_output("exp", Unary::exp, x, [](In g, In y) { return g * y; });
}
Tensor exp2(const Tensor& x) {
  return of_output("exp2", Special::exp2, x, [](In g, In y) { return g * y * std::numbers::ln2; });
}
Tensor expm1(const Tensor& x) {
  return of_output("expm1", Unary::expm1, x, [](In g, In y) { return g * (y + 1); });
}
Tensor sqrt(const Tensor& x) {
  return of_output("sqrt", Unary::sqrt, x, [](In g, In y) { return g / (2 * y); });
}
Tensor rsqrt(const Tensor& x) {
  return of_output("rsqrt", Special::rsqrt, x, [](In g, In y) { return -0.5 * g * (y * square(y)); });
}
Tensor cbrt(const Tensor& x) {
  return of_output("cbrt", Special::cbrt, x, [](In g, In y) { return g / (3 * square(y)); });
}
Tensor reciprocal(const Tensor& x) {
  return of_output("reciprocal", Unary::reciprocal, x, [](In g, In y) { return -g * square(y); });
}
Tensor tan(const Tensor& x) {
  return of_output("tan", Special::tan, x, [](In g, In y) { return g * (1 + square(y)); });
}
Tensor erfinv(const Tensor& x) {
  return of_output("erfinv", Special::erfinv, x,
                   [](In g, In y) { return g * (0.5 / std::numbers::inv_sqrtpi) * exp(square(y)); });
}

Tensor log(const Tensor& x) {
  return of_input("log", Unary::log, x, [](In g, In x) { return g / x; });
}
Tensor log2(const Tensor& x) {
  return of_input("log2", Special::log2, x, [](In g, In x) { return g / (x * std::numbers::ln2); });
}
Tensor log10(const Tensor& x) {
  return of_input("log10", Special::log10, x, [](In g, In x) { return g / (x * std::numbers::ln10); });
}
Tensor log1p(const Tensor& x) {
  return of_input("log1p", Unary::log1p, x, [](In g, In x) { return g / (x + 1); });
}
Tensor logit(const Tensor& x) {
  return of_input("logit", Special::logit, x, [](In g, In x) { return g / (x * (1 - x)); });
}
Tensor square(const Tensor& x) {
  return of_input("square", Unary::square, x, [](In g, In x) { return 2 * g * x; });
}
Tensor sin(const Tensor& x) {
  return of_input("sin", Unary::sin, x, [](In g, In x) { return g * cos(x); });
}
Tensor cos(const Tensor& x) {
  return of_input("cos", Unary::cos, x, [](In g, In x) { return -g * sin(x); });
}
Tensor asin(const Tensor& x) {
  return of_input("asin", Special::asin, x, [](In g, In x) { return g * rsqrt(1 - square(x)); });
}
Tensor acos(const Tensor& x) {
  return of_input("acos", Special::acos, x, [](In g, In x) { return -g * rsqrt(1 - square(x)); });
}
Tensor atan(const Tensor& x) {
  return of_input("atan", Special::atan, x, [](In g, In x) { return g / (1 + square(x)); });
}
Tensor sinh(const Tensor& x) {
  return of_input("sinh", Special::sinh, x, [](In g, In x) { return g * cosh(x); });
}
Tensor cosh(const Tensor& x) {
  return of_input("cosh", Special::cosh, x, [](In g, In x) { return g * sinh(x); });
}
Tensor asinh(const Tensor& x) {
  return of_input("asinh", Special::asinh, x, [](In g, In x) { return g * rsqrt(square(x) + 1); });
}
Tensor acosh(const Tensor& x) {
  return of_input("acosh", Special::acosh, x, [](In g, In x) { return g * rsqrt(square(x) - 1); });
}
Tensor atanh(const Tensor& x) {
  return of_input("atanh", Special::atanh, x, [](In g, In x) { return g / (1 - square(x)); });
}
Tensor erf(const Tensor& x) {
  return of_input("erf", Unary::erf, x,
                  [](In g, In x) { return g * (2 * std::numbers::inv_sqrtpi) * exp(-square(x)); });
}
Tensor erfc(const Tensor& x) {
  return of_input("erfc", Special::erfc, x,
                  [](In g, In x) { return g * (-2 * std::numbers::inv_sqrtpi) * exp(-square(x)); });
}
Tensor lgamma(const Tensor& x) {
  return of_input("lgamma", Special::lgamma, x, [](In g, In x) { return g * digamma(x); });
}
Tensor digamma(const Tensor& x) {
  return of_input("digamma", Special::digamma, x, [](In g, In x) { return g * polygamma(1, x); });
}
Tensor abs(const Tensor& x) {
  return of_input("abs", Unary::abs, x, [](In g, In x) { return g * sign(x); });
}

Tensor polygamma(std::int64_t n, const Tensor& x) {
  if (n < 0) throw ValueError(fmt::format("polygamma: expected an order of at least 0, got {}", n));
  compute::check_defined("polygamma", x);
  compute::check_calculable("polygamma", x.dtype());
  const auto order = static_cast<double>(n);
  if (!is_floating(x.dtype())) return polygamma(n, to(x, default_dtype()));
  return record("polygamma", compute::binary("polygamma", SpecialPair::polygamma, order, x), {save(x)},
                [n](const Backward& at, const Tensor& g) { return g * polygamma(n + 1, at.input(0)); });
}

Tensor atan2(const Operand& y, const Operand& x) {
  return of_two("atan2", SpecialPair::atan2, y, x, [](const Backward& at, In g, In y, In x) {
    const Tensor part = g / (square(x) + square(y));
    return at.each([&] { return part * x; }, [&] { return -part * y; });
  });
}

Tensor hypot(const Operand& a, const Operand& b) {
  return of_two("hypot", SpecialPair::hypot, a, b, [](const Backward& at, In g, In a, In b) {
    const Tensor part = g / hypot(a, b);
    return at.each([&] { return part * a; }, [&] { return part * b; });
  });
}

Tensor logaddexp(const Operand& a, const Operand& b) {
  return of_two("logaddexp", SpecialPair::logaddexp, a, b, [](const Backward& at, In g, In a, In b) {
    return at.each([&] { return g * sigmoid(a - b); }, [&] { return g * sigmoid(b - a); });
  });
}

Tensor xlogy(const Operand& x, const Operand& y) {
  return of_two("xlogy", SpecialPair::xlogy, x, y, [](const Backward& at, In g, In x, In y) {
    return at.each(
        [&] {
          const Tensor none = (x == 0) & (y <= 0);
          return g * where(none, 0, log(where(none, 1, y)));
        },
        [&] { return g * x / y; });
  });
}

Tensor copysign(const Operand& a, const Operand& b) {
  return of_two("copysign", SpecialPair::copysign, a, b, [](const Backward& at, In g, In a, In b) {
    return at.each([&] { return g * sign(a) * copysign(1, b); }, [&] { return zeros_like(g); });
  });
}

Tensor sinc(const Tensor& x) {
  compute::check_defined("sinc", x);
  const Tensor angle = std::numbers::pi * x, none = angle == 0, divisor = where(none, 1, angle);
  return where(none, 1, sin(divisor) / divisor);
}

Tensor sign(const Tensor& x) { return step("sign", Unary::sign, x); }
Tensor floor(const Tensor& x) { return step("floor", Unary::floor, x); }
Tensor ceil(const Tensor& x) { return step("ceil", Unary::ceil, x); }
Tensor round(const Tensor& x) { return step("round", Unary::round, x); }
Tensor trunc(const Tensor& x) { return step("trunc", Special::trunc, x); }
Tensor frac(const Tensor& x) {
  compute::check_defined("frac", x);
  return x - trunc(x.detach());
}

Tensor nan_to_num(const Tensor& x, double nan, double posinf, double neginf) {
  compute::check_defined("nan_to_num", x);
  compute::check_calculable("nan_to_num", x.dtype());
  if (!is_floating(x.dtype())) return compute::cast(x, x.dtype(), "nan_to_num");
  const bool single = x.dtype() == float32;
  const double largest = single ? std::numeric_limits<float>::max() : std::numeric_limits<double>::max();
  const double ends[] = {std::isinf(neginf) ? -largest : neginf, std::isinf(posinf) ? largest : posinf};
  constexpr double infinity = std::numeric_limits<double>::infinity();
  return where(isnan(x), nan, where(x == infinity, ends[1], where(x == -infinity, ends[0], x)));
}

}  // namespace taper
