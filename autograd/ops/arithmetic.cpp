// Arithmetic and comparisons: each operation with its gradient.
#include <fmt/format.h>

#include <taper/autograd/ops/arithmetic.h>
#include <taper/autograd/ops/math.h>
#include <taper/autograd/record.h>
#include <taper/tensor/check.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>
#include <taper/tensor/promotion.h>

namespace taper {

using compute::Binary;
using compute::Comparison;

namespace {

// Whether the common dtype of a tensor and a number is the tensor's.
bool holds(const Tensor& x, const Operand& number) {
  return !x.defined() || is_floating(x.dtype()) || number.kind() == DType::boolean ||
         (number.kind() == DType::int64 && x.dtype() != DType::boolean);
}

bool agree(const Operand& a, const Operand& b) {
  if (a.tensor == nullptr) return b.tensor == nullptr || holds(*b.tensor, a);
  if (b.tensor == nullptr) return holds(*a.tensor, b);
  return !a.tensor->defined() || !b.tensor->defined() || a.tensor->dtype() == b.tensor->dtype();
}

// function(a, b) with the tensors in this dtype. Their conversion is recorded; `compute` converts numbers.
template <class Function>
[[gnu::noinline]] Tensor converted(DType dtype, const Operand& a, const Operand& b, Function&& function) {
  const Tensor first = a.tensor != nullptr ? to(*a.tensor, dtype) : Tensor();
  const Tensor second = b.tensor != nullptr ? to(*b.tensor, dtype) : Tensor();
  return function(a.tensor != nullptr ? Operand(first) : a, b.tensor != nullptr ? Operand(second) : b);
}

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
  const auto integral = [](const Operand& x) {
    return x.tensor == nullptr || (x.tensor->defined() && !is_floating(x.tensor->dtype()));
  };
  const bool numbers = a.tensor == nullptr && b.tensor == nullptr;
  if ((integral(a) && integral(b) && !numbers) || !agree(a, b)) [[unlikely]] {
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
    return converted(result_type(a, b), a, b, [=](const Operand& x, const Operand& y) {
      return compute::compare(function, op, x, y);
    });
  return compute::compare(function, op, a, b);
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

Tensor logic(const char* function, Binary op, const Tensor& a, const Tensor& b) {
  for (const Tensor* const x : {&a, &b}) {
    compute::check_defined(function, *x, x == &a ? "the first operand" : "the second operand");
    if (x->dtype() != DType::boolean)
      throw DTypeError(fmt::format("{}: expected bool operands, got {}", function, name(x->dtype())));
  }
  return compute::binary(function, op, a, b);
}

}  // namespace

Tensor operator&(const Tensor& a, const Tensor& b) { return logic("&", Binary::minimum, a, b); }
Tensor operator|(const Tensor& a, const Tensor& b) { return logic("|", Binary::maximum, a, b); }
Tensor operator!(const Tensor& a) { return logic("!", Binary::maximum, a, a) == false; }

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

Tensor clip(const Tensor& x, double low, double high) {
  if (!(low <= high))
    throw ValueError(fmt::format("clip: expected low <= high, got low {} and high {}", low, high));
  const Tensor raised = compute::binary("clip", Binary::maximum, x, low);
  return record("clip", compute::binary("clip", Binary::minimum, raised, high), {save(x)},
                [low, high](const Backward& at, const Tensor& g) {
                  const Tensor x = at.input(0);
                  return where((x >= low) & (x <= high), g, 0);
                });
}

Tensor to(const Tensor& x, DType dtype) {
  compute::check_defined("to", x);
  if (x.dtype() == dtype) return x;
  Tensor result = compute::cast(x, dtype, "to");
  if (!is_floating(dtype)) return result;
  return record("to", std::move(result), {x}, [from = x.dtype()](const Tensor& g) { return to(g, from); });
}

}  // namespace taper
