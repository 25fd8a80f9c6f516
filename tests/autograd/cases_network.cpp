// The table of operations: matrix products, activations, dropout, normalization.
#include <cmath>

#include "cases.h"
#include <taper/tensor/create.h>
#include <taper/tensor/random.h>

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

std::vector<Row> activation_rows() {
  const auto rows_of = [](const char* name, Tensor (*function)(const Tensor&)) {
    // Both sides of the kink at 0.
    std::vector<Row> rows;
    for (const auto& [low, high] : {std::pair(-2., -0.1), std::pair(0.1, 2.)})
      rows.push_back({name, [=](const In& in) { return function(in[0]); }, {{{2, 3}, low, high}}, true});
    return rows;
  };
  std::vector<Row> all;
  const auto add = [&](const char* name, Tensor (*function)(const Tensor&)) {
    for (Row& each : rows_of(name, function)) all.push_back(std::move(each));
  };
  using X = const Tensor&;
  add("relu", relu);
  for (const auto& [low, high] : {std::pair(-2., -0.1), std::pair(0.1, 2.)})
    all.push_back({"relu_gradient",
                   [](const In& in) { return relu_gradient(in[0], in[1]); },
                   {{{2, 3}}, {{2, 3}, low, high}},
                   true});
  add("sigmoid", sigmoid);
  add("tanh", tanh);
  add("gelu", [](X x) { return gelu(x); });
  add("gelu", [](X x) { return gelu(x, GeluApproximation::tanh); });
  add("silu", silu);
  add("softplus", softplus);
  add("leaky_relu", [](X x) { return leaky_relu(x, 0.2); });
  add("elu", [](X x) { return elu(x, 1.3); });
  add("hardtanh", [](X x) { return hardtanh(x, -0.6, 0.9); });
  return all;
}

std::vector<Row> dropout_rows() {
  return {{"dropout",
           [](const In& in) {
             Generator generator(4);
             return square(dropout(in[0], 0.4, true, generator));
           },
           {{{4, 6}}},
           true},
          {"dropout", [](const In& in) { return square(dropout(in[0], 0.4, false)); }, {{{2, 3}}}, true}};
}

std::vector<Row> normalization_rows() {
  const auto train = [](const In& in) {
    return batch_norm(in[0], {}, {}, in[1], in[2], {.training = true, .epsilon = 1e-2});
  };
  const auto evaluate = [](const In& in) {
    const Tensor mean = linspace(-1, 1, 3, float64), variance = linspace(0.5, 2, 3, float64);
    return batch_norm(in[0], mean, variance, in[1], in[2]);
  };
  const std::vector<Argument> images = {{{2, 3, 2, 2}}, {{3}}, {{3}}}, rows = {{{5, 3}}, {{3}}, {{3}}};
  return {
      {"batch_norm", train, images, false, false},
      {"batch_norm", train, rows, false, false},
      {"batch_norm",
       [](const In& in) { return batch_norm(in[0], {}, {}, {}, {}, {.training = true}); },
       {{{4, 2}}},
       false,
       false},
      row("batch_norm", images, evaluate),
      row("batch_norm", rows, evaluate),
      {"layer_norm",
       [](const In& in) { return layer_norm(in[0], {4}, in[1], in[2], 1e-2); },
       {{{3, 4}}, {{4}}, {{4}}},
       false,
       false},
      {"layer_norm",
       [](const In& in) {
         return layer_norm(in[0], {2, 3}, in[1], {});
       },
       {{{2, 2, 3}}, {{2, 3}}},
       false,
       false},
      {"layer_norm", [](const In& in) { return layer_norm(in[0], {5}); }, {{{3, 5}}}, false, false},
  };
}
