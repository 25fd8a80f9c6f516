// Element-wise mathematics: each function with its gradient.
#include <numbers>

#include <taper/autograd/ops/arithmetic.h>
#include <taper/autograd/ops/math.h>
#include <taper/autograd/record.h>
#include <taper/tensor/create.h>

namespace taper {

using compute::unary;
using compute::Unary;

Tensor exp(const Tensor& x) {
  return record("exp", save(unary("exp", Unary::exp, x)), {x},
                [](const Backward& at, const Tensor& g) { return g * at.output(); });
}

Tensor expm1(const Tensor& x) {
  return record("expm1", save(unary("expm1", Unary::expm1, x)), {x},
                [](const Backward& at, const Tensor& g) { return g * (at.output() + 1); });
}

Tensor log(const Tensor& x) {
  return record("log", unary("log", Unary::log, x), {save(x)},
                [](const Backward& at, const Tensor& g) { return g / at.input(0); });
}

Tensor log1p(const Tensor& x) {
  return record("log1p", unary("log1p", Unary::log1p, x), {save(x)},
                [](const Backward& at, const Tensor& g) { return g / (at.input(0) + 1); });
}

Tensor sqrt(const Tensor& x) {
  return record("sqrt", save(unary("sqrt", Unary::sqrt, x)), {x},
                [](const Backward& at, const Tensor& g) { return g / (2 * at.output()); });
}

Tensor square(const Tensor& x) {
  return record("square", unary("square", Unary::square, x), {save(x)},
                [](const Backward& at, const Tensor& g) { return 2 * g * at.input(0); });
}

Tensor reciprocal(const Tensor& x) {
  return record("reciprocal", save(unary("reciprocal", Unary::reciprocal, x)), {x},
                [](const Backward& at, const Tensor& g) { return -g * square(at.output()); });
}

Tensor abs(const Tensor& x) {
  return record("abs", unary("abs", Unary::abs, x), {save(x)},
                [](const Backward& at, const Tensor& g) { return g * sign(at.input(0)); });
}

Tensor sin(const Tensor& x) {
  return record("sin", unary("sin", Unary::sin, x), {save(x)},
                [](const Backward& at, const Tensor& g) { return g * cos(at.input(0)); });
}

Tensor cos(const Tensor& x) {
  return record("cos", unary("cos", Unary::cos, x), {save(x)},
                [](const Backward& at, const Tensor& g) { return -g * sin(at.input(0)); });
}

Tensor erf(const Tensor& x) {
  return record("erf", unary("erf", Unary::erf, x), {save(x)}, [](const Backward& at, const Tensor& g) {
    return g * (2 * std::numbers::inv_sqrtpi) * exp(-square(at.input(0)));
  });
}

namespace {

// Piecewise constant functions: their gradient is 0 wherever it is defined.
Tensor step(const char* name, Unary op, const Tensor& x) {
  return record(name, unary(name, op, x), {x}, [](const Tensor& g) { return zeros_like(g); });
}

}  // namespace

Tensor sign(const Tensor& x) { return step("sign", Unary::sign, x); }
Tensor floor(const Tensor& x) { return step("floor", Unary::floor, x); }
Tensor ceil(const Tensor& x) { return step("ceil", Unary::ceil, x); }
Tensor round(const Tensor& x) { return step("round", Unary::round, x); }

}  // namespace taper
