// The table of operations: matrix products, convolution and pooling, losses.
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

Tensor indices(std::vector<std::int64_t> values, const Shape& shape) { return from_data(values, shape); }

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

std::vector<Row> loss_rows() {
  std::vector<Row> rows;
  const Tensor labels = indices({2, 0, -100, 1}, {4}), pixels = indices({2, 0, -100, 1}, {2, 2});
  for (const Reduction reduction : {Reduction::mean, Reduction::sum, Reduction::none}) {
    const auto add = [&](const char* name, std::vector<Argument> arguments, TensorFunction function) {
      rows.push_back({name, std::move(function), std::move(arguments), false, reduction != Reduction::mean});
    };
    for (const double smoothing : {0., 0.2}) {
      const CrossEntropyOptions options{.reduction = reduction, .label_smoothing = smoothing};
      rows.push_back({.name = "cross_entropy",
                      .function = [=](const In& in) { return cross_entropy(in[0], labels, options); },
                      .arguments = {{{4, 3}}},
                      .empty = false});
      rows.push_back({.name = "cross_entropy",
                      .function = [=](const In& in) { return cross_entropy(in[0], pixels, options); },
                      .arguments = {{{2, 3, 2}}},
                      .empty = false});
    }
    rows.push_back(row("nll_loss", {{{4, 3}}},
                       [=](const In& in) { return nll_loss(in[0], labels, {.reduction = reduction}); }));
    // x and target far enough apart, in both orders, to stay away from the kinks.
    const std::vector<Argument> apart{{{2, 3}, 0, 0.4}, {{2, 3}, 0.5, 0.9}}, swapped{apart[1], apart[0]};
    for (const auto& pair : {apart, swapped}) {
      add("mse_loss", pair, [=](const In& in) { return mse_loss(in[0], in[1], reduction); });
      add("l1_loss", pair, [=](const In& in) { return l1_loss(in[0], in[1], reduction); });
      for (const double delta : {0.05, 2.0}) {
        add("huber_loss", pair, [=](const In& in) { return huber_loss(in[0], in[1], delta, reduction); });
        add("smooth_l1_loss", pair,
            [=](const In& in) { return smooth_l1_loss(in[0], in[1], delta, reduction); });
      }
      add("smooth_l1_loss", pair, [=](const In& in) { return smooth_l1_loss(in[0], in[1], 0, reduction); });
      add("binary_cross_entropy", {{{2, 3}, 0.1, 0.9}, pair[1]},
          [=](const In& in) { return binary_cross_entropy(in[0], in[1], reduction); });
      add("binary_cross_entropy_with_logits", {{{2, 3}, 0.1, 3}, pair[1]},
          [=](const In& in) { return binary_cross_entropy_with_logits(in[0], in[1], reduction); });
      add("binary_cross_entropy_with_logits", {{{2, 3}, -3, -0.1}, pair[1]},
          [=](const In& in) { return binary_cross_entropy_with_logits(in[0], in[1], reduction); });
    }
  }
  return rows;
}
