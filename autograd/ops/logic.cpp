// Predicates, and operations on truth values and bits.
#include <limits>

#include <fmt/format.h>

#include <taper/autograd/grad_mode.h>
#include <taper/autograd/ops/arithmetic.h>
#include <taper/autograd/ops/logic.h>
#include <taper/autograd/ops/math.h>
#include <taper/autograd/promote.h>
#include <taper/tensor/check.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>

namespace taper {

using compute::check_defined;
using compute::Comparison;
using compute::IntegerPair;
using compute::SpecialPair;

namespace {

Tensor shifted(const char* function, SpecialPair op, const Operand& a, const Operand& b) {
  return detail::in_common(
      a, b, [=](const Operand& a, const Operand& b) { return compute::binary(function, op, a, b); });
}

Tensor logical(const char* function, IntegerPair op, const Tensor& a, const Tensor& b) {
  check_defined(function, a, "the first operand");
  check_defined(function, b, "the second operand");
  for (const Tensor& x : {a, b}) compute::check_calculable(function, x.dtype());
  return compute::binary(function, op, to(a, boolean), to(b, boolean));
}

Tensor as_tensor(const Operand& x, DType dtype) {
  return x.tensor != nullptr ? *x.tensor : full({}, x.number, dtype);
}

Tensor against(const char* function, Comparison op, const Tensor& x, double number) {
  check_defined(function, x);
  return compute::compare(function, op, x, number);
}

}  // namespace

Tensor bitwise_left_shift(const Operand& a, const Operand& b) {
  return shifted("bitwise_left_shift", SpecialPair::left_shift, a, b);
}
Tensor bitwise_right_shift(const Operand& a, const Operand& b) {
  return shifted("bitwise_right_shift", SpecialPair::right_shift, a, b);
}

Tensor logical_and(const Tensor& a, const Tensor& b) {
  return logical("logical_and", IntegerPair::bit_and, a, b);
}
Tensor logical_or(const Tensor& a, const Tensor& b) {
  return logical("logical_or", IntegerPair::bit_or, a, b);
}
Tensor logical_xor(const Tensor& a, const Tensor& b) {
  return logical("logical_xor", IntegerPair::bit_xor, a, b);
}
Tensor logical_not(const Tensor& a) { return against("logical_not", Comparison::equal, a, 0); }

Tensor isnan(const Tensor& x) { return compute::compare("isnan", Comparison::not_equal, x, x); }

Tensor isinf(const Tensor& x) {
  check_defined("isinf", x);
  if (!is_floating(x.dtype())) return compute::compare("isinf", Comparison::not_equal, x, x);
  return against("isinf", Comparison::equal, compute::unary("isinf", compute::Unary::abs, x),
                 std::numeric_limits<double>::infinity());
}

Tensor isfinite(const Tensor& x) {
  check_defined("isfinite", x);
  if (!is_floating(x.dtype())) return compute::compare("isfinite", Comparison::equal, x, x);
  return against("isfinite", Comparison::less, compute::unary("isfinite", compute::Unary::abs, x),
                 std::numeric_limits<double>::infinity());
}

Tensor signbit(const Tensor& x) {
  check_defined("signbit", x);
  if (!is_floating(x.dtype())) return against("signbit", Comparison::less, x, 0);
  return against("signbit", Comparison::less, compute::binary("signbit", SpecialPair::copysign, 1, x), 0);
}

Tensor isclose(const Operand& a, const Operand& b, const Closeness& tolerance) {
  if (!(tolerance.rtol >= 0 && tolerance.atol >= 0))
    throw ValueError(fmt::format("isclose: expected tolerances of at least 0, got rtol {} and atol {}",
                                 tolerance.rtol, tolerance.atol));
  const NoGrad no_grad;
  for (const Operand* const x : {&a, &b})
    if (x->tensor != nullptr) {
      check_defined("isclose", *x->tensor, "an operand");
      compute::check_calculable("isclose", x->tensor->dtype());
    }
  const auto close = [&](const Operand& x, const Operand& y) {
    const DType dtype = (x.tensor != nullptr ? x : y).tensor->dtype();
    const Tensor a = as_tensor(x, dtype), b = as_tensor(y, dtype);
    const Tensor distance = abs(a - b), allowed = tolerance.atol + abs(tolerance.rtol * b);
    const Tensor near = (a == b) | (isfinite(distance) & (distance <= allowed));
    return tolerance.equal_nan ? near | (isnan(a) & isnan(b)) : near;
  };
  // All digits of integers count.
  const bool tensors = a.tensor != nullptr || b.tensor != nullptr;
  if (tensors && detail::integral(a, b)) return detail::converted(float64, a, b, close);
  return tensors ? detail::in_floating(a, b, close) : compute::compare("isclose", Comparison::equal, a, b);
}

bool allclose(const Operand& a, const Operand& b, const Closeness& tolerance) {
  return compute::all_true(isclose(a, b, tolerance));
}

bool equal(const Tensor& a, const Tensor& b) {
  check_defined("equal", a, "the first operand");
  check_defined("equal", b, "the second operand");
  return a.shape() == b.shape() && compute::all_true(a == b);
}

}  // namespace taper
