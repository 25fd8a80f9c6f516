// The table of operations: autograd/ops/math.h. Each row has its values and gradients from PyTorch, see
// test_torch.cpp.
#include "cases.h"

using namespace taper;
using In = std::vector<Tensor>;

namespace {

Row unary(const char* name, Tensor (*function)(const Tensor&), double low, double high) {
  return {name, [function](const In& in) { return function(in[0]); }, {{{2, 3}, low, high}}, true};
}

Row binary(const char* name, Tensor (*function)(const Operand&, const Operand&), double low = 0.5,
           double high = 2) {
  return {name,
          [function](const In& in) { return function(in[0], in[1]); },
          {{{2, 3}, low, high}, {{2, 3}, low, high}},
          true};
}

}  // namespace

std::vector<Row> math_rows() {
  using X = const Tensor&;
  return {
      unary("exp", exp, -2, 2),
      unary("exp2", exp2, -2, 2),
      unary("expm1", expm1, -2, 2),
      unary("log", log, 0.5, 2),
      unary("log2", log2, 0.5, 2),
      unary("log10", log10, 0.5, 2),
      unary("log1p", log1p, -0.5, 2),
      binary("logaddexp", logaddexp, -2, 2),
      binary("xlogy", xlogy),
      unary("logit", logit, 0.1, 0.9),
      unary("square", square, -2, 2),
      unary("sqrt", sqrt, 0.5, 2),
      unary("rsqrt", rsqrt, 0.5, 2),
      unary("cbrt", cbrt, 0.5, 2),
      unary("cbrt", cbrt, -2, -0.5),
      unary("reciprocal", reciprocal, 0.5, 2),
      unary("reciprocal", reciprocal, -2, -0.5),
      binary("hypot", hypot),
      unary("sin", sin, -4, 4),
      unary("cos", cos, -4, 4),
      unary("tan", tan, -1.2, 1.2),
      unary("asin", asin, -0.8, 0.8),
      unary("acos", acos, -0.8, 0.8),
      unary("atan", atan, -4, 4),
      binary("atan2", atan2),
      binary("atan2", atan2, -2, -0.5),
      unary("sinc", sinc, 0.5, 2),
      unary("sinh", sinh, -2, 2),
      unary("cosh", cosh, -2, 2),
      unary("asinh", asinh, -2, 2),
      unary("acosh", acosh, 1.5, 3),
      unary("atanh", atanh, -0.8, 0.8),
      unary("erf", erf, -2, 2),
      unary("erfc", erfc, -2, 2),
      unary("erfinv", erfinv, -0.8, 0.8),
      unary("lgamma", lgamma, 0.5, 4),
      unary("lgamma", lgamma, -0.9, -0.1),
      unary("digamma", digamma, 0.5, 4),
      unary("digamma", digamma, -0.8, -0.2),
      unary(
          "polygamma", [](X x) { return polygamma(1, x); }, 0.8, 4),
      unary(
          "polygamma", [](X x) { return polygamma(4, x); }, 0.8, 4),
      unary(
          "polygamma", [](X x) { return polygamma(0, x); }, 0.8, 4),
      unary("abs", abs, 0.5, 2),
      unary("abs", abs, -2, -0.5),
      unary("sign", sign, 0.5, 2),
      unary("sign", sign, -2, -0.5),
      binary("copysign", copysign),
      binary("copysign", copysign, -2, -0.5),
      unary("floor", floor, 1.1, 1.9),
      unary("ceil", ceil, -1.9, -1.1),
      unary("round", round, 0.6, 1.4),
      unary("trunc", trunc, -1.9, -1.1),
      {.name = "frac",
       .function = [](const In& in) { return frac(in[0]); },
       .arguments = {{{2, 3}, 1.1, 1.9}},
       .elementwise = true,
       .linear = true},
      {.name = "nan_to_num",
       .function = [](const In& in) { return nan_to_num(in[0]); },
       .arguments = {{{2, 3}}},
       .elementwise = true,
       .linear = true},
      {.name = "nan_to_num",
       .function = [](const In& in) { return nan_to_num(in[0], 2, 3, -4); },
       .arguments = {{{2, 3}}},
       .elementwise = true,
       .linear = true},
  };
}
