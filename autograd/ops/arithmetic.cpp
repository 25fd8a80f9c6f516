// Arithmetic and comparisons: each operation with its gradient.
#include <limits>

#include <fmt/format.h>

#include <taper/autograd/ops/arithmetic.h>
#include <taper/autograd/ops/logic.h>
#include <taper/autograd/ops/math.h>
#include <taper/autograd/promote.h>
#include <taper/autograd/record.h>
#include <taper/tensor/check.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>
#include <taper/tensor/promotion.h>

namespace taper {

using compute::Binary;
using compute::Comparison;
using compute::IntegerPair;
using compute::SpecialPair;

using detail::agree;
using detail::converted;
using detail::holds;
using detail::in_common;

namespace {

using Plain = Tensor(const Operand&, const Operand&);

}  // namespace

Tensor operator+(const Operand& a, const Operand& b) {
  if (!agree(a, b)) [[unlikely]]
    return converted(result_type(a, b), a, b, static_cast<Plain&>(operator+));
  return record("add", compute::binary("add", Binary::add, a, b), {a, b}, [](const Tensor& g) {
    return std::array{g, g};
  });
}

Tensor operator-(const Operand& a, const Operand& b) {
  if (!agree(a, b)) [[unlikely]]
    return converted(result_type(a, b), a, b, static_cast<Plain&>(operator-));
  return record(
      "subtract", compute::binary("subtract", Binary::subtract, a, b), {a, b},
      [](const Backward& at, const Tensor& g) { return at.each([&] { return g; }, [&] { return -g; }); });
}

Tensor operator*(const Operand& a, const Operand& b) {
  if (!agree(a, b)) [[unlikely]]
    return converted(result_type(a, b), a, b, static_cast<Plain&>(operator*));
  return record("multiply", compute::binary("multiply", Binary::multiply, a, b), {save(a), save(b)},
                [](const Backward& at, const Tensor& g) {
                  return at.each([&] { return g * at.input(1); }, [&] { return g * at.input(0); });
                });
}

Tensor operator/(const Operand& a, const Operand& b) {
  const bool numbers = a.tensor == nullptr && b.tensor == nullptr;
  if ((detail::integral(a, b) && !numbers) || !agree(a, b)) [[unlikely]] {
    const DType dtype = result_type(a, b);
    return converted(is_floating(dtype) ? dtype : default_dtype(), a, b, static_cast<Plain&>(operator/));
  }
  return record("divide", compute::binary("divide", Binary::divide, a, b), {save(a), save(b)},
                [](const Backward& at, const Tensor& g) {
                  const Tensor b = at.input(1);
                  // Not g * a / (b * b), where b * b can overflow or underflow although the result does not.
                  return at.each([&] { return g / b; }, [&] { return -(g / b) * (at.input(0) / b); });
                });
}

Tensor operator-(const Tensor& x) {
  return record("negate", compute::unary("negate", compute::Unary::negate, x), {x},
                [](const Tensor& g) { return -g; });
}

namespace {

Tensor& rebind(const char* name, Binary op, Tensor (*plain)(const Operand&, const Operand&), Tensor& x,
               const Operand& y) {
  compute::check_defined(name, x, "the variable");
  if (x.requires_grad() && x.is_leaf())
    throw ValueError(
        fmt::format("{}: the variable is a leaf that requires a gradient, and would no longer be one; write "
                    "x = x + y into another "
                    "variable, or its elements with assign(x, value)",
                    name));
  const bool recorded =
      x.requires_grad() || (y.tensor != nullptr && y.tensor->defined() && y.tensor->requires_grad());
  const bool same =
      y.tensor == nullptr ? holds(x, y) : !y.tensor->defined() || y.tensor->dtype() == x.dtype();
  const bool stays = same && (op != Binary::divide || is_floating(x.dtype()));
  if (recorded || !stays || !x.is_sole_owner() || !compute::binary_in_place(name, op, x, y)) x = plain(x, y);
  return x;
}

}  // namespace

Tensor& operator+=(Tensor& x, const Operand& y) { return rebind("+=", Binary::add, operator+, x, y); }
Tensor& operator-=(Tensor& x, const Operand& y) { return rebind("-=", Binary::subtract, operator-, x, y); }
Tensor& operator*=(Tensor& x, const Operand& y) { return rebind("*=", Binary::multiply, operator*, x, y); }
Tensor& operator/=(Tensor& x, const Operand& y) { return rebind("/=", Binary::divide, operator/, x, y); }

void detail::check_assignable(const Tensor& x, const Operand& value) {
  compute::check_defined("assign", x);
  if (!x.is_leaf())
    throw ValueError(
        fmt::format("assign: expected a tensor without history, got the result of {}; views of parameters "
                    "are written inside of a NoGrad, and for a copy there is where() or index_put()",
                    x.operation()));
  if (value.tensor == nullptr) return;
  compute::check_defined("assign", *value.tensor, "the value");
  if (grad_enabled() && value.tensor->requires_grad())
    throw ValueError("assign: the value requires a gradient, which would be lost; detach() it");
}

void assign(Tensor x, const Operand& value) {
  detail::check_assignable(x, value);
  compute::copy(x, value.tensor != nullptr ? *value.tensor : full({}, value.number, x.dtype()));
}

Tensor pow(const Operand& a, const Operand& b) {
  if (!agree(a, b)) [[unlikely]]
    return converted(result_type(a, b), a, b, static_cast<Plain&>(pow));
  const Operand& tensor = a.tensor != nullptr ? a : b;
  if (tensor.tensor != nullptr && tensor.tensor->defined() && !is_floating(tensor.tensor->dtype()))
    return compute::binary("pow", IntegerPair::power, a, b);
  return record("pow", compute::binary("pow", Binary::pow, a, b), {save(a), save(b)},
                [](const Backward& at, const Tensor& g) {
                  const Tensor a = at.input(0), b = at.input(1);
                  // Where the gradient is 0, the other branch of `where` and its gradients must be finite as
                  // well, because 0 * inf is NaN.
                  return at.each([&] { return g * where(b == 0, 0, b * pow(a, where(b == 0, 1, b - 1))); },
                                 [&] {
                                   const Tensor none = (a == 0) & (b >= 0), base = where(none, 1, a);
                                   return g * where(none, 0, pow(base, b) * log(base));
                                 });
                });
}

namespace {

// If the operands are equal, each gets half of the gradient.
Tensor extremum(const char* name, Binary op, const Operand& a, const Operand& b) {
  if (!agree(a, b)) [[unlikely]]
    return converted(result_type(a, b), a, b,
                     [=](const Operand& x, const Operand& y) { return extremum(name, op, x, y); });
  return record(name, compute::binary(name, op, a, b), {save(a), save(b)},
                [op](const Backward& at, const Tensor& g) {
                  const Tensor a = at.input(0), b = at.input(1), half = where(a == b, 0.5 * g, g);
                  // Comparisons with NaN are false, so both operands get the gradient.
                  const Tensor first_loses = op == Binary::maximum ? a < b : a > b;
                  const Tensor second_loses = op == Binary::maximum ? b < a : b > a;
                  return at.each([&] { return where(first_loses, 0, half); },
                                 [&] { return where(second_loses, 0, half); });
                });
}

}  // namespace

Tensor maximum(const Operand& a, const Operand& b) { return extremum("maximum", Binary::maximum, a, b); }
Tensor minimum(const Operand& a, const Operand& b) { return extremum("minimum", Binary::minimum, a, b); }

namespace {

Tensor compared(const char* function, Comparison op, const Operand& a, const Operand& b) {
  if (!agree(a, b)) [[unlikely]]
    return converted(result_type(a, b), a, b,
                     [=](const Operand& x, const Operand& y) { return compared(function, op, x, y); });
  return detail::observed(function, compute::compare(function, op, a, b), {a, b});
}

}  // namespace

Tensor operator==(const Operand& a, const Operand& b) { return compared("==", Comparison::equal, a, b); }
Tensor operator!=(const Operand& a, const Operand& b) { return compared("!=", Comparison::not_equal, a, b); }
Tensor operator<(const Operand& a, const Operand& b) { return compared("<", Comparison::less, a, b); }
Tensor operator<=(const Operand& a, const Operand& b) { return compared("<=", Comparison::less_equal, a, b); }
Tensor operator>(const Operand& a, const Operand& b) { return compared(">", Comparison::greater, a, b); }
Tensor operator>=(const Operand& a, const Operand& b) {
  return compared(">=", Comparison::greater_equal, a, b);
}

namespace {

Tensor of_bits(const char* function, IntegerPair op, const Operand& a, const Operand& b) {
  return detail::in_common(a, b, [=](const Operand& a, const Operand& b) {
    return detail::observed(function, compute::binary(function, op, a, b), {a, b});
  });
}

}  // namespace

Tensor operator&(const Operand& a, const Operand& b) { return of_bits("&", IntegerPair::bit_and, a, b); }
Tensor operator|(const Operand& a, const Operand& b) { return of_bits("|", IntegerPair::bit_or, a, b); }
Tensor operator^(const Operand& a, const Operand& b) { return of_bits("^", IntegerPair::bit_xor, a, b); }

Tensor operator~(const Tensor& a) {
  compute::check_defined("~", a);
  const double ones = a.dtype() == boolean ? 1 : a.dtype() == uint8 ? 255 : -1;
  return detail::observed("~", compute::binary("~", IntegerPair::bit_xor, a, ones), {a});
}

Tensor operator!(const Tensor& a) {
  compute::check_defined("!", a);
  if (a.dtype() != boolean)
    throw DTypeError(fmt::format("!: expected a bool operand, got {}", name(a.dtype())));
  return ~a;
}

Tensor where(const Tensor& condition, const Operand& a, const Operand& b) {
  if (a.tensor == nullptr && b.tensor == nullptr)
    return where(condition, full({}, a.number, result_type(a, b)), b);
  if (!agree(a, b)) [[unlikely]]
    return converted(result_type(a, b), a, b,
                     [&](const Operand& x, const Operand& y) { return where(condition, x, y); });
  return record("where", compute::where("where", condition, a, b), {save(condition), a, b},
                [](const Backward& at, const Tensor& g) {
                  const Tensor condition = at.input(0);
                  return at.each([] { return Tensor(); }, [&] { return where(condition, g, 0); },
                                 [&] { return where(condition, 0, g); });
                });
}

Tensor clip(const Tensor& x, const Operand& low, const Operand& high) {
  compute::check_defined("clip", x);
  compute::check_calculable("clip", x.dtype());
  if (low.tensor != nullptr) compute::check_defined("clip", *low.tensor, "the lower limit");
  if (high.tensor != nullptr) compute::check_defined("clip", *high.tensor, "the upper limit");
  const bool numbers = low.tensor == nullptr && high.tensor == nullptr;
  if (numbers && !(low.number <= high.number))
    throw ValueError(
        fmt::format("clip: expected low <= high, got low {} and high {}", low.number, high.number));
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const bool no_low = low.tensor == nullptr && low.number == -infinity;
  const bool no_high = high.tensor == nullptr && high.number == infinity;
  if (!numbers || !is_floating(x.dtype())) {  // which have no infinite limits, and need none
    const Tensor raised = no_low ? x : extremum("clip", Binary::maximum, x, low);
    return !no_high ? extremum("clip", Binary::minimum, raised, high)
           : no_low ? compute::cast(x, x.dtype(), "clip")
                    : raised;
  }
  const Tensor raised = compute::binary("clip", Binary::maximum, x, low);
  detail::describe([&] { return Attributes{{"low", low.number}, {"high", high.number}}; });
  return record("clip", compute::binary("clip", Binary::minimum, raised, high), {save(x)},
                [low = low.number, high = high.number](const Backward& at, const Tensor& g) {
                  const Tensor x = at.input(0);
                  return where((x >= low) & (x <= high), g, 0);
                });
}

namespace {

Tensor quotient_down(const char* name, const Operand& a, const Operand& b) {
  return compute::binary(name, SpecialPair::floor_divide, a, b);
}
Tensor quotient_to_0(const char*, const Operand& a, const Operand& b) { return trunc(a / b); }

// a less a whole multiple of b.
Tensor rest(const char* name, SpecialPair op, const Operand& a, const Operand& b,
            Tensor (*quotient)(const char*, const Operand&, const Operand&)) {
  return in_common(a, b, [=](const Operand& a, const Operand& b) {
    return record(
        name, compute::binary(name, op, a, b), {save(a), save(b)}, [=](const Backward& at, const Tensor& g) {
          return at.each([&] { return g; },
                         [&] { return -g * quotient(name, at.input(0).detach(), at.input(1).detach()); });
        });
  });
}

// As if a NaN were not there; equal ones get half of the gradient each.
Tensor extremum_of_numbers(const char* name, SpecialPair special, Binary plain, Comparison wins,
                           const Operand& a, const Operand& b) {
  return in_common(a, b, [=](const Operand& a, const Operand& b) {
    if (detail::integral(a, b)) return compute::binary(name, plain, a, b);
    return record(name, compute::binary(name, special, a, b), {save(a), save(b)},
                  [=](const Backward& at, const Tensor& g) {
                    const Tensor a = at.input(0), b = at.input(1), half = where(a == b, 0.5 * g, g);
                    const Tensor first = compute::compare(name, wins, a, b) | isnan(b);
                    return at.each([&] { return where(first | (a == b), half, 0); },
                                   [&] { return where(first, 0, half); });
                  });
  });
}

}  // namespace

Tensor floor_divide(const Operand& a, const Operand& b) {
  return in_common(a, b, [](const Operand& a, const Operand& b) {
    return record("floor_divide", quotient_down("floor_divide", a, b), {a, b}, [](const Tensor& g) {
      return std::array{zeros_like(g), zeros_like(g)};
    });
  });
}

Tensor remainder(const Operand& a, const Operand& b) {
  return rest("remainder", SpecialPair::remainder, a, b, quotient_down);
}
Tensor fmod(const Operand& a, const Operand& b) {
  return rest("fmod", SpecialPair::fmod, a, b, quotient_to_0);
}

Tensor fmax(const Operand& a, const Operand& b) {
  return extremum_of_numbers("fmax", SpecialPair::fmax, Binary::maximum, Comparison::greater, a, b);
}
Tensor fmin(const Operand& a, const Operand& b) {
  return extremum_of_numbers("fmin", SpecialPair::fmin, Binary::minimum, Comparison::less, a, b);
}

namespace {

void check_operands(const char* function, std::initializer_list<const Operand*> operands) {
  for (const Operand* const x : operands)
    if (x->tensor != nullptr) compute::check_defined(function, *x->tensor, "an operand");
}

}  // namespace

Tensor lerp(const Operand& a, const Operand& b, const Operand& weight) {
  check_operands("lerp", {&a, &b, &weight});
  // From the nearer end, so that both are reached.
  if (weight.tensor == nullptr)
    return weight.number < 0.5 ? a + weight.number * (b - a) : b - (1 - weight.number) * (b - a);
  const Tensor distance = b - a;
  return where(*weight.tensor < 0.5, a + *weight.tensor * distance, b - (1 - *weight.tensor) * distance);
}

Tensor addcmul(const Tensor& x, const Operand& a, const Operand& b, const Operand& value) {
  check_operands("addcmul", {&a, &b, &value});
  compute::check_defined("addcmul", x);
  return x + value * (a * b);
}
Tensor addcdiv(const Tensor& x, const Operand& a, const Operand& b, const Operand& value) {
  check_operands("addcdiv", {&a, &b, &value});
  compute::check_defined("addcdiv", x);
  return x + value * (a / b);
}

Tensor to(const Tensor& x, DType dtype) {
  compute::check_defined("to", x);
  if (x.dtype() == dtype) return x;
  Tensor result = compute::cast(x, dtype, "to");
  if (dtype < DType::float32) return detail::observed("to", std::move(result), {x});
  return record("to", std::move(result), {x}, [from = x.dtype()](const Tensor& g) { return to(g, from); });
}

}  // namespace taper
