// The table of operations: matrix products.
#include "cases.h"

using namespace taper;
using In = std::vector<Tensor>;

namespace {

// Of functions that are linear in each argument, at least piece by piece.
Row row(const char* name, std::vector<Argument> arguments, TensorFunction function, bool empty = false) {
  return {.name = name,
          .function = std::move(function),
          .arguments = std::move(arguments),
          .empty = empty,
          .linear = true};
}

}  // namespace

std::vector<Row> matmul_rows() {
  const auto product = [](const In& in) { return matmul(in[0], in[1]); };
  const auto layer = [](const In& in) { return linear(in[0], in[1], in.size() > 2 ? in[2] : Tensor()); };
  return {
      row("matmul", {{{2, 3}}, {{3, 4}}}, product),
      row("matmul", {{{3}}, {{3}}}, product, true),
      row("matmul", {{{3}}, {{3, 2}}}, product, true),
      row("matmul", {{{2, 3}}, {{3}}}, product),
      row("matmul", {{{2, 2, 3}}, {{3, 2}}}, product),
      row("matmul", {{{3}}, {{2, 3, 2}}}, product),
      row("matmul", {{{2, 1, 2, 3}}, {{3, 3, 2}}}, product),
      row("matmul", {{{2, 2, 3}}, {{2, 3, 2}}}, product, true),
      row("matmul", {{{2, 0}}, {{0, 3}}}, product),
      row("matmul", {{{0, 2}}, {{2, 3}}}, product),
      row("linear", {{{4, 3}}, {{2, 3}}, {{2}}}, layer, true),
      row("linear", {{{4, 3}}, {{2, 3}}}, layer, true),
      row("linear", {{{3}}, {{2, 3}}, {{2}}}, layer),
      row("linear", {{{2, 2, 3}}, {{2, 3}}, {{2}}}, layer, true),
      row("linear", {{{0, 3}}, {{2, 3}}, {{2}}}, layer),
      row("linear", {{{4, 3}}, {{2, 3}}, {{2}}},
          [](const In& in) { return linear(in[0], in[1], in[2], Activation::relu); }),
  };
}
