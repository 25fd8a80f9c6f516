// The table of operations: autograd/ops/logic.h. Each row has its values from PyTorch, see test_torch.cpp.
#include "cases.h"

using namespace taper;
using In = std::vector<Tensor>;

namespace {

Row row(const char* name, std::vector<Argument> arguments, TensorFunction function) {
  return {.name = name,
          .function = std::move(function),
          .arguments = std::move(arguments),
          .elementwise = true,
          .differentiable = false};
}

Row of_bits(const char* name, Tensor (*function)(const Operand&, const Operand&)) {
  const Argument bits{{2, 3}, -9, 9, int64};
  return row(name, {bits, bits}, [function](const In& in) { return function(in[0], in[1]); });
}

Row logical(const char* name, Tensor (*function)(const Tensor&, const Tensor&)) {
  const Argument x{{2, 3}};
  return row(name, {x, x}, [function](const In& in) { return function(in[0], in[1]); });
}

Row predicate(const char* name, Tensor (*function)(const Tensor&)) {
  return row(name, {{{2, 3}}}, [function](const In& in) { return function(in[0]); });
}

}  // namespace

std::vector<Row> logic_rows() {
  using Op = const Operand&;
  const Argument x{{2, 3}}, bits{{2, 3}, -9, 9, int64};
  return {
      of_bits("operator&", [](Op a, Op b) { return a & b; }),
      of_bits("operator|", [](Op a, Op b) { return a | b; }),
      of_bits("operator^", [](Op a, Op b) { return a ^ b; }),
      row("operator&", {bits}, [](const In& in) { return (in[0] & 6) | 8; }),
      row("operator~", {bits}, [](const In& in) { return ~in[0]; }),
      row("operator!", {{{2, 3}, 0, 1, boolean}}, [](const In& in) { return !in[0]; }),
      of_bits("bitwise_left_shift", bitwise_left_shift),
      of_bits("bitwise_right_shift", bitwise_right_shift),
      logical("logical_and", logical_and),
      logical("logical_or", logical_or),
      logical("logical_xor", logical_xor),
      predicate("logical_not", logical_not),
      predicate("isnan", isnan),
      predicate("isinf", isinf),
      predicate("isfinite", isfinite),
      predicate("signbit", signbit),
      row("isclose", {x, x}, [](const In& in) { return isclose(in[0], in[1]); }),
      row("isclose", {x, x},
          [](const In& in) { return isclose(in[0], in[1], {.rtol = 0.2, .atol = 0.1, .equal_nan = true}); }),
  };
}
