// The table of operations: autograd/ops/convolution.h.
#include <cmath>

#include "cases.h"
#include <taper/tensor/create.h>

using namespace taper;
using In = std::vector<Tensor>;
using cases::linear_row;

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
  return linear_row("conv2d", {{{3}}, {{3}}, {{2}}}, [=](const In& in) {
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
    return linear_row("conv2d", arguments, [options](const In& in) {
      return conv2d(in[0], in[1], in.size() > 2 ? in[2] : Tensor(), options);
    });
  };
  const auto of = [](auto function, const char* name, Shape x, Shape weight, std::int64_t bias,
                     auto options) {
    std::vector<Argument> arguments{{x}, {weight}};
    if (bias > 0) arguments.push_back({{bias}});
    return linear_row(name, arguments, [=](const In& in) {
      return function(in[0], in[1], in.size() > 2 ? in[2] : Tensor(), options);
    });
  };
  const auto conv1 = [&](Shape x, Shape weight, std::int64_t bias, Conv1dOptions options) {
    return of(conv1d, "conv1d", x, weight, bias, options);
  };
  const auto conv3 = [&](Shape x, Shape weight, std::int64_t bias, Conv3dOptions options) {
    return of(conv3d, "conv3d", x, weight, bias, options);
  };
  const auto transpose1 = [&](Shape x, Shape weight, std::int64_t bias, ConvTranspose1dOptions options) {
    return of(conv_transpose1d, "conv_transpose1d", x, weight, bias, options);
  };
  const auto transpose2 = [&](Shape x, Shape weight, std::int64_t bias, ConvTranspose2dOptions options) {
    return of(conv_transpose2d, "conv_transpose2d", x, weight, bias, options);
  };
  const auto transpose3 = [&](Shape x, Shape weight, std::int64_t bias, ConvTranspose3dOptions options) {
    return of(conv_transpose3d, "conv_transpose3d", x, weight, bias, options);
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
      conv({1, 2, 4, 5}, {2, 2, 2, 3}, true, {.padding = Padding::same, .dilation = {2, 1}}),
      conv({1, 1, 5, 4}, {1, 1, 3, 2}, false, {.stride = {2, 3}, .padding = Padding::same}),
      conv({1, 2, 3, 3}, {2, 2, 3, 2}, true, {.padding = {1, 2}, .padding_mode = PadMode::replicate}),
      conv({1, 1, 3, 4}, {1, 1, 4, 3}, false, {.padding = Padding::same, .padding_mode = PadMode::circular}),
      conv1({2, 2, 6}, {3, 2, 3}, 3, {}),
      conv1({1, 4, 7}, {4, 2, 3}, 0, {.stride = 2, .padding = 2, .dilation = 2, .groups = 2}),
      conv1({1, 2, 5}, {2, 2, 4}, 2, {.padding = Padding::same}),
      conv1({1, 2, 4}, {2, 2, 3}, 0, {.padding = 2, .padding_mode = PadMode::reflect}),
      conv1({2, 1, 6}, {2, 1, 2}, 2, {.activation = Activation::relu, .max_pool = 2}),
      conv3({1, 2, 3, 3, 3}, {2, 2, 2, 2, 2}, 2, {}),
      conv3({1, 2, 3, 4, 3}, {2, 1, 2, 2, 2}, 2,
            {.stride = {2, 1, 2}, .padding = {1, 0, 1}, .dilation = {1, 2, 1}, .groups = 2}),
      conv3({1, 1, 3, 2, 3}, {1, 1, 2, 3, 2}, 0, {.padding = Padding::same, .dilation = {2, 1, 1}}),
      conv3({1, 1, 3, 3, 3}, {2, 1, 2, 2, 2}, 2, {.activation = Activation::relu, .max_pool = {1, 2, 2}}),
      transpose1({2, 2, 4}, {2, 3, 3}, 3, {}),
      transpose1({1, 4, 3}, {4, 1, 3}, 2,
                 {.stride = 2, .padding = 1, .output_padding = 1, .dilation = 2, .groups = 2}),
      transpose1({1, 1, 3}, {1, 2, 2}, 0, {.padding = 1, .output_padding = 2, .dilation = 3}),
      transpose2({1, 2, 3, 3}, {2, 2, 2, 3}, 2, {}),
      transpose2(
          {1, 2, 3, 2}, {2, 1, 2, 2}, 0,
          {.stride = {2, 1}, .padding = {1, 0}, .output_padding = {1, 0}, .dilation = {1, 2}, .groups = 2}),
      transpose3({1, 2, 2, 2, 3}, {2, 1, 2, 2, 2}, 1, {}),
      transpose3({1, 2, 2, 2, 2}, {2, 1, 2, 2, 2}, 2,
                 {.stride = {1, 2, 2},
                  .padding = {1, 1, 0},
                  .output_padding = {1, 1, 0},
                  .dilation = {2, 1, 1},
                  .groups = 2}),
      transpose3({1, 1, 2, 1, 2}, {1, 1, 1, 2, 1}, 0,
                 {.padding = {1, 0, 0}, .output_padding = {2, 0, 0}, .dilation = {3, 1, 1}}),
  };
  for (const LargeConvolution& each : large_convolutions()) rows.push_back(row_through_mixtures(each));
  return rows;
}
