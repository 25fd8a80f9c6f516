// The table of operations: matrix products, indexing, convolution and pooling, activations.
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

std::vector<LargeConvolution> large_convolutions() {
  return {{{2, 4, 5, 5}, {5, 4, 1, 1}, {.stride = 2}},
          {{2, 3, 6, 7}, {6, 1, 3, 3}, {.padding = 1, .groups = 3}},
          {{2, 3, 6, 7}, {6, 1, 3, 3}, {.stride = 2, .padding = 1, .groups = 3}},
          {{1, 4, 24, 24}, {6, 4, 3, 3}, {.padding = 1}},
          {{2, 3, 4, 4}, {4, 3, 1, 1}},
          {{2, 3, 7, 8}, {4, 3, 3, 2}, {.stride = {2, 1}}},
          {{3, 2, 4, 4}, {128, 2, 2, 2}},
          {{3, 128, 3, 3}, {4, 128, 2, 2}},
          {{1, 128, 3, 3}, {4, 128, 2, 2}}};
}

namespace {

// A large operation is checked through few numbers: each of its operands is a mixture of some, and two
// mixtures are taken of its result. An error in any derivative shows in theirs. The sines of the squares look
// random.
Row row_through_mixtures(const LargeConvolution& each) {
  const auto matrix = [](std::int64_t rows, std::int64_t columns) {
    const Tensor i = arange(0, static_cast<double>(rows * columns), 1, float64);
    return reshape(sin(i * i), {rows, columns}) / std::sqrt(static_cast<double>(rows));
  };
  const Shape& w = each.weight;
  const Tensor of_x = matrix(3, each.x.numel()), of_bias = matrix(2, w[0]),
               of_weight = matrix(3, w.numel()) / std::sqrt(static_cast<double>(w[1] * w[2] * w[3]));
  const Tensor of_y = matrix(compute::conv2d_shape(each.x, w, each.options).numel(), 2);
  return row("conv2d", {{{3}}, {{3}}, {{2}}}, [=](const In& in) {
    const Tensor y = conv2d(reshape(matmul(in[0], of_x), each.x), reshape(matmul(in[1], of_weight), w),
                            matmul(in[2], of_bias), each.options);
    return matmul(reshape(square(y), {-1}), of_y);
  });
}

}  // namespace

std::vector<Row> convolution_rows() {
  const auto conv = [](Shape x, Shape weight, bool bias, Conv2dOptions options) {
    std::vector<Argument> arguments{{x}, {weight}};
    if (bias) arguments.push_back({{weight[0]}});
    return row("conv2d", arguments, [options](const In& in) {
      return conv2d(in[0], in[1], in.size() > 2 ? in[2] : Tensor(), options);
    });
  };
  const auto pool = [](const char* name, Shape x, Pool2dOptions options) {
    return row(
        name, {{x}},
        [=](const In& in) {
          return name[0] == 'm' ? max_pool2d(in[0], options) : avg_pool2d(in[0], options);
        },
        true);
  };
  std::vector<Row> rows = {
      conv({2, 2, 4, 3}, {2, 2, 2, 3}, true, {}),
      conv({1, 2, 4, 4}, {2, 2, 3, 3}, false, {.padding = 1}),
      conv({1, 1, 5, 6}, {2, 1, 3, 2}, true, {.stride = {2, 1}, .padding = {1, 2}}),
      conv({1, 2, 5, 5}, {2, 2, 2, 2}, false, {.stride = 2, .dilation = {2, 1}}),
      conv({1, 4, 3, 3}, {4, 2, 2, 2}, true, {.groups = 2}),
      conv({1, 3, 3, 3}, {3, 1, 2, 2}, false, {.padding = 1, .groups = 3}),
      conv({2, 3, 2, 2}, {2, 3, 1, 1}, true, {}),
      conv({0, 2, 3, 3}, {2, 2, 2, 2}, true, {}),
      conv({1, 2, 3, 3}, {2, 2, 2, 2}, true, {.padding = 1, .activation = Activation::relu}),
      // With 8 images and more, what follows is done image by image: see Note [Fused images].
      conv({8, 1, 3, 4}, {2, 1, 2, 2}, true, {.activation = Activation::relu}),
      conv({8, 1, 5, 4}, {2, 1, 2, 2}, true, {.activation = Activation::relu, .max_pool = 2}),
      conv({4, 2, 3, 4}, {2, 1, 2, 2}, false, {.groups = 2, .max_pool = {1, 2}}),
      conv({1, 1, 5, 4}, {2, 1, 2, 2}, true, {.activation = Activation::relu, .max_pool = 2}),
      conv({0, 1, 5, 4}, {2, 1, 2, 2}, true, {.activation = Activation::relu, .max_pool = 2}),
      pool("max_pool2d", {2, 2, 4, 4}, {}),
      pool("max_pool2d", {1, 1, 5, 4}, {.kernel_size = 3, .stride = {2, 1}, .padding = 1}),
      pool("avg_pool2d", {2, 2, 4, 4}, {}),
      pool("avg_pool2d", {1, 1, 5, 4}, {.kernel_size = 3, .stride = {2, 1}, .padding = 1}),
      pool("avg_pool2d", {1, 1, 5, 4}, {.kernel_size = {2, 3}, .padding = 1, .count_include_pad = false}),
  };
  for (const LargeConvolution& each : large_convolutions()) rows.push_back(row_through_mixtures(each));
  return rows;
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
