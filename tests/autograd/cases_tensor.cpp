// The table of operations: arithmetic, shapes.
#include "cases.h"

using namespace taper;
using In = std::vector<Tensor>;

namespace {

// An element-wise function of one tensor, for calls with a number.
Row with_number(const char* name, Tensor (*function)(const Tensor&), double low = -2, double high = 2) {
  return unary(name, function, low, high);
}

}  // namespace

std::vector<Row> arithmetic_rows() {
  using Op = const Operand&;
  using In1 = const Tensor&;
  return {
      binary("operator+", [](Op a, Op b) { return a + b; }),
      binary("operator-", [](Op a, Op b) { return a - b; }),
      binary(
          "operator*", [](Op a, Op b) { return a * b; }, -2, 2),
      binary("operator/", [](Op a, Op b) { return a / b; }),
      binary("pow", [](Op a, Op b) { return pow(a, b); }),
      binary("maximum", [](Op a, Op b) { return maximum(a, b); }),
      binary("minimum", [](Op a, Op b) { return minimum(a, b); }),
      with_number("operator+", [](In1 x) { return 3 + (x + 1); }),
      with_number("operator-", [](In1 x) { return 3 - (x - 1); }),
      with_number("operator*", [](In1 x) { return 3 * (x * 1.5); }),
      with_number(
          "operator/", [](In1 x) { return 3 / x + x / 3; }, 0.5, 2),
      with_number("operator-", [](In1 x) { return -x; }),
      with_number("pow", [](In1 x) { return pow(x, 3); }),
      with_number("pow", [](In1 x) { return pow(x, 2) + pow(x, 1) + pow(x, 0); }),
      with_number(
          "pow", [](In1 x) { return pow(x, -1.5); }, 0.5, 2),
      with_number("pow", [](In1 x) { return pow(2, x); }),
      with_number("maximum", [](In1 x) { return maximum(x, 0.3); }),
      with_number("minimum", [](In1 x) { return minimum(0.3, x); }),
      {"where",
       [](const In& in) { return where(in[0], in[1], in[2]); },
       {{{2, 3}, 0, 1, boolean}, {{2, 3}}, {{2, 3}}},
       true},
      {"where",
       [](const In& in) { return where(in[0], in[1], 1) + where(in[0], 2, in[1]); },
       {{{2, 3}, 0, 1, boolean}, {{2, 3}}},
       true},
      with_number("clip", [](In1 x) { return clip(x, -0.7, 0.9); }),
      with_number("clip", [](In1 x) { return clip(x, 0.1); }),
      {"clip",
       [](const In& in) { return clip(in[0], in[1], in[2]); },
       {{{2, 3}}, {{2, 3}, -1, -0.5}, {{2, 3}, 0.5, 1}},
       true},
      binary("fmax", fmax),
      binary("fmin", fmin),
      binary("floor_divide", floor_divide, 1.1, 1.9),
      binary("remainder", remainder, 1.1, 1.9),
      binary("fmod", fmod, 1.1, 1.9),
      with_number(
          "remainder", [](In1 x) { return remainder(x, -3); }, 0.5, 2),
      {"lerp",
       [](const In& in) { return lerp(in[0], in[1], in[2]); },
       {{{2, 3}}, {{2, 3}}, {{2, 3}, 0.1, 0.9}},
       true},
      {"lerp", [](const In& in) { return lerp(in[0], in[1], 0.7); }, {{{2, 3}}, {{2, 3}}}, true},
      {"addcmul",
       [](const In& in) { return addcmul(in[0], in[1], in[2], -0.5); },
       {{{2, 3}}, {{2, 3}}, {{2, 3}}},
       true},
      {"addcdiv",
       [](const In& in) { return addcdiv(in[0], in[1], in[2], 2); },
       {{{2, 3}}, {{2, 3}}, {{2, 3}, 0.5, 2}},
       true},
      // float32 has few digits, but the function is linear: large steps do.
      {"to",
       [](const In& in) { return to(to(in[0], float32), float64); },
       {{{2, 3}}},
       true,
       true,
       {.epsilon = 1, .absolute_tolerance = 1e-6}},
  };
}

std::vector<Row> shape_rows() {
  const Argument x{{2, 3, 4}};
  const auto row = [](const char* name, std::vector<Argument> arguments, TensorFunction function) {
    return Row{
        .name = name, .function = std::move(function), .arguments = std::move(arguments), .linear = true};
  };
  const auto fixed = [&](const char* name, std::vector<Argument> arguments, TensorFunction function) {
    Row result = row(name, std::move(arguments), std::move(function));
    result.empty = false;
    return result;
  };
  return {
      fixed("reshape", {x},
            [](const In& in) {
              return reshape(in[0], {4, -1});
            }),
      fixed("reshape", {x},
            [](const In& in) {
              return reshape(in[0], {3, 2, 2, 2});
            }),
      row("reshape", {{{1, 4}}},
          [](const In& in) {
            return reshape(in[0], {2, -1, 2});
          }),
      fixed("reshape", {{{}}},
            [](const In& in) {
              return reshape(in[0], {1, 1});
            }),
      row("flatten", {x}, [](const In& in) { return flatten(in[0]); }),
      row("flatten", {x}, [](const In& in) { return flatten(in[0], 1); }),
      fixed("flatten", {{{}}}, [](const In& in) { return flatten(in[0]); }),
      row("transpose", {x}, [](const In& in) { return transpose(in[0]); }),
      row("transpose", {x}, [](const In& in) { return transpose(in[0], 0, 2); }),
      row("permute", {x},
          [](const In& in) {
            return permute(in[0], {2, 0, 1});
          }),
      row("permute", {x},
          [](const In& in) {
            return permute(in[0], {-1, -3, -2});
          }),
      row("slice", {x}, [](const In& in) { return slice(in[0], 0, 1); }),
      row("slice", {x}, [](const In& in) { return slice(in[0], -1, -3, 4, 2); }),
      row("slice", {x}, [](const In& in) { return slice(in[0], 1, 2, 1); }),
      row("select", {x}, [](const In& in) { return select(in[0], 1, -1); }),
      fixed("select", {{{3}}}, [](const In& in) { return select(in[0], 0, 1); }),
      row("squeeze", {{{2, 1, 3}}}, [](const In& in) { return squeeze(in[0], 1); }),
      row("unsqueeze", {x}, [](const In& in) { return unsqueeze(in[0], 1); }),
      row("unsqueeze", {x}, [](const In& in) { return unsqueeze(in[0], -1); }),
      row("expand", {{{2, 1, 3}}},
          [](const In& in) {
            return expand(in[0], {2, in[0].size(0), 4, 3});
          }),
      fixed("expand", {{{1, 2}}},
            [](const In& in) {
              return expand(in[0], {0, 2});
            }),
      fixed("expand", {{{}}},
            [](const In& in) {
              return expand(in[0], {2, 2});
            }),
      row("contiguous", {x}, [](const In& in) { return contiguous(transpose(in[0])); }),
      row("clone", {x}, [](const In& in) { return clone(in[0]); }),
      row("concat", {x, {{5, 3, 4}}},
          [](const In& in) {
            return concat({in[0], in[1], in[0]});
          }),
      row("concat", {x, {{2, 1, 4}}}, [](const In& in) { return concat(in, -2); }),
      row("concat", {{{3}}, {{0}}, {{2}}}, [](const In& in) { return concat(in); }),
      row("concat", {{{2}}, {{2}}, {{1}}, {{3}}, {{2}}, {{1}}}, [](const In& in) { return concat(in); }),
      row("stack", {x, x}, [](const In& in) { return stack(in); }),
      row("stack", {x, x}, [](const In& in) { return stack(in, -1); }),
  };
}
