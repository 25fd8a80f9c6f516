// The table of operations: matrix products, indexing, convolution and pooling.
#include "cases.h"
#include <taper/tensor/create.h>

using namespace taper;
using In = std::vector<Tensor>;

namespace {

// With something behind it that is not linear, so that second derivatives are not all 0.
Row row(const char* name, std::vector<Argument> arguments, TensorFunction function, bool empty = false) {
  return {name, [function](const In& in) { return square(function(in)); }, std::move(arguments), false,
          empty};
}

Tensor indices(std::vector<std::int64_t> values, const Shape& shape) { return from_data(values, shape); }

}  // namespace

std::vector<Row> linear_rows() {
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
  };
}

std::vector<Row> index_rows() {
  const Tensor list = indices({2, 0, 2, 1, 2}, {5});
  const Tensor square_index = indices({1, 0, 2, 2, 0, 0}, {2, 3});
  return {
      row("index_select", {{{3, 2}}}, [=](const In& in) { return index_select(in[0], 0, list); }),
      row(
          "index_select", {{{2, 3, 2}}}, [=](const In& in) { return index_select(in[0], -2, list); }, true),
      row("index_select", {{{3, 2}}}, [](const In& in) { return index_select(in[0], 0, indices({}, {0})); }),
      row("gather", {{{3, 3}}}, [=](const In& in) { return gather(in[0], 1, square_index); }),
      row("gather", {{{3, 4}}}, [=](const In& in) { return gather(in[0], 0, square_index); }),
      row("scatter_add", {{{2, 3}}},
          [=](const In& in) {
            return scatter_add({2, 4}, 1, square_index, in[0]);
          }),
      row("scatter_add", {{{2, 3}}},
          [=](const In& in) {
            return scatter_add({3, 3}, 0, square_index, in[0]);
          }),
  };
}

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
  return {
      conv({2, 2, 4, 3}, {2, 2, 2, 3}, true, {}),
      conv({1, 2, 4, 4}, {2, 2, 3, 3}, false, {.padding = 1}),
      conv({1, 1, 5, 6}, {2, 1, 3, 2}, true, {.stride = {2, 1}, .padding = {1, 2}}),
      conv({1, 2, 5, 5}, {2, 2, 2, 2}, false, {.stride = 2, .dilation = {2, 1}}),
      conv({1, 4, 3, 3}, {4, 2, 2, 2}, true, {.groups = 2}),
      conv({1, 3, 3, 3}, {3, 1, 2, 2}, false, {.padding = 1, .groups = 3}),
      conv({2, 3, 2, 2}, {2, 3, 1, 1}, true, {}),
      conv({0, 2, 3, 3}, {2, 2, 2, 2}, true, {}),
      pool("max_pool2d", {2, 2, 4, 4}, {}),
      pool("max_pool2d", {1, 1, 5, 4}, {.kernel_size = 3, .stride = {2, 1}, .padding = 1}),
      pool("avg_pool2d", {2, 2, 4, 4}, {}),
      pool("avg_pool2d", {1, 1, 5, 4}, {.kernel_size = 3, .stride = {2, 1}, .padding = 1}),
      pool("avg_pool2d", {1, 1, 5, 4}, {.kernel_size = {2, 3}, .padding = 1, .count_include_pad = false}),
  };
}
