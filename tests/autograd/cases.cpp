// The families of operations.
#include "cases.h"

using namespace taper;
using In = std::vector<Tensor>;

Row cases::row(const char* name, std::vector<Argument> arguments, TensorFunction function, bool linear) {
  return {.name = name,
          .function = std::move(function),
          .arguments = std::move(arguments),
          .empty = false,
          .linear = linear};
}

Row cases::linear_row(const char* name, std::vector<Argument> arguments, TensorFunction function) {
  return row(name, std::move(arguments), std::move(function), true);
}

Tensor cases::like(const Tensor& x, const Tensor& constant) {
  return x.defined() && is_floating(x.dtype()) ? to(constant, x.dtype()) : constant;
}

Row unary(const char* name, Tensor (*function)(const Tensor&), double low, double high) {
  return {name, [function](const In& in) { return function(in[0]); }, {{{2, 3}, low, high}}, true};
}

Row binary(const char* name, Tensor (*function)(const Operand&, const Operand&), double low, double high) {
  return {name,
          [function](const In& in) { return function(in[0], in[1]); },
          {{{2, 3}, low, high}, {{2, 3}, low, high}},
          true};
}

std::vector<Family> families() {
  return {
      {"arithmetic", arithmetic_rows},
      {"math", math_rows},
      {"logic", logic_rows},
      {"reduce", reduce_rows},
      {"scan", scan_rows},
      {"sort", sort_rows},
      {"shape", shape_rows},
      {"arrange", arrange_rows},
      {"window", window_rows},
      {"matmul", matmul_rows},
      {"products", products_rows},
      {"linalg", linalg_rows},
      {"index", index_rows},
      {"convolution", convolution_rows},
      {"pooling", pooling_rows},
      {"resize", resize_rows},
      {"activation", activation_rows},
      {"dropout", dropout_rows, false},  // their numbers come from a generator of its own
      {"normalization", normalization_rows},
      {"embedding", embedding_rows},
      {"loss", loss_rows},
      {"regression_loss", regression_loss_rows},
      {"margin_loss", margin_loss_rows},
      {"ctc_loss", ctc_loss_rows},
      {"distance", distance_rows},
      {"recurrent", recurrent_rows},
      {"attention", attention_rows},
      {"distributions", distributions_rows},
  };
}

std::vector<Row> all_rows() {
  std::vector<Row> all;
  for (const Family& family : families())
    for (Row& row : family.rows()) all.push_back(std::move(row));
  return all;
}
