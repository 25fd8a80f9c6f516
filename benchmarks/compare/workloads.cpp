// The list of workloads.
#include <cmath>
#include <iterator>
#include <span>

#include <fmt/format.h>

#include "workload.h"

namespace comparison {
namespace {

using Workloads = std::vector<Workload>;

Needs needs(const Training& t) {
  double operations = 0;
  std::int64_t side = t.input.size() == 3 ? t.input[1] : 1;
  for (const Layer& layer : t.layers) {
    const std::int64_t kernel = layer.kernel == 0 ? 1 : layer.kernel;
    side = layer.kernel == 0 ? 1 : side + 2 * layer.padding - kernel + 1;
    const double product =
        2.0 * static_cast<double>(t.batch * side * side * layer.in * layer.out * kernel * kernel);
    operations += product * (&layer == &t.layers.front() ? 2 : 3);  // the input needs no gradient
    side /= layer.pool;
  }
  return {.operations = operations};
}

Needs needs(const Product& p) {
  return {2.0 * static_cast<double>(p.m * p.n * p.k), p.m * p.k + p.k * p.n, p.m * p.n};
}

Needs needs(const Convolution& c) {
  const std::int64_t x = c.batch * c.in * c.size * c.size,
                     w = c.out * (c.in / c.groups) * c.kernel * c.kernel,
                     y = c.batch * c.out * c.out_size() * c.out_size();
  const double operations = 2.0 * static_cast<double>(y * (c.in / c.groups) * c.kernel * c.kernel);
  switch (c.pass) {
    case Convolution::Pass::forward:
      return {operations, x + w, y};
    case Convolution::Pass::input_gradient:
      return {operations, y + w, x};
    default:
      return {operations, x + y, w};
  }
}

void add_training(Workloads& to, bool quick) {
  const auto add = [&](const std::string& name, Training t) {
    const Needs need = needs(t);
    to.push_back({"training", fmt::format("{}, batch {}", name, t.batch), std::move(t), need});
  };
  const std::vector<std::int64_t> image{1, 28, 28};
  for (const std::int64_t batch : {32, 128, 512})
    if (!quick || batch == 128)
      add("MLP 784-128-10, Adam",
          {{784}, {{.in = 784, .out = 128, .activation = "relu"}, {.in = 128, .out = 10}}, batch, "adam"});
  add("convnet 32c3-p-64c3-p-10, Adam",
      {image,
       {{.in = 1, .out = 32, .kernel = 3, .padding = 1, .activation = "relu", .pool = 2},
        {.in = 32, .out = 64, .kernel = 3, .padding = 1, .activation = "relu", .pool = 2, .dropout = 0.5},
        {.in = 3136, .out = 10}},
       128,
       "adam"});
  add("PyTorch's example CNN, Adam",
      {image,
       {{.in = 1, .out = 32, .kernel = 3, .activation = "relu"},
        {.in = 32, .out = 64, .kernel = 3, .activation = "relu", .pool = 2, .dropout = 0.25},
        {.in = 9216, .out = 128, .activation = "relu", .dropout = 0.5},
        {.in = 128, .out = 10}},
       64,
       "adam"});
  add("MLP 784-500-250-10, sigmoid, momentum", {{784},
                                                {{.in = 784, .out = 500, .activation = "sigmoid"},
                                                 {.in = 500, .out = 250, .activation = "sigmoid"},
                                                 {.in = 250, .out = 10}},
                                                100,
                                                "momentum"});
  add("CNN 8c5-p-8c5-p-150-10, momentum", {image,
                                           {{.in = 1, .out = 8, .kernel = 5, .activation = "relu", .pool = 2},
                                            {.in = 8, .out = 8, .kernel = 5, .activation = "relu", .pool = 2},
                                            {.in = 128, .out = 150, .activation = "relu"},
                                            {.in = 150, .out = 10}},
                                           100,
                                           "momentum"});
  add("MLP 4-16-16-2, Adam", {{4},
                              {{.in = 4, .out = 16, .activation = "relu"},
                               {.in = 16, .out = 16, .activation = "relu"},
                               {.in = 16, .out = 2}},
                              32,
                              "adam"});
}

void add_small(Workloads& to) {
  to.push_back({"overhead", "a + b, 8x8", Small{Small::Kind::add}, {}});
  to.push_back({"overhead", "a + b, 8x8, recorded", Small{Small::Kind::add_recorded}, {}});
  to.push_back({"overhead", "(a*b+b).sum().backward(), 8x8", Small{Small::Kind::backward}, {}});
}

void add_products(Workloads& to, bool quick) {
  const auto add = [&](std::int64_t m, std::int64_t n, std::int64_t k, const char* layout = "nn") {
    const Product p{m, n, k, layout[0] == 't', layout[1] == 't'};
    to.push_back({"matmul", fmt::format("{}x{}x{} {}", m, n, k, layout), p, needs(p)});
  };
  if (quick) return add(128, 128, 784, "nt"), add(512, 512, 512), add(127, 129, 131);
  for (const std::int64_t batch : {32, 128, 512}) {  // the first layer of the MLP, forward and backward
    add(batch, 128, 784, "nt");
    add(128, 784, batch, "tn");
  }
  add(128, 10, 128, "nt"), add(10, 128, 128, "tn"), add(128, 128, 10);     // its second
  add(64, 128, 9216, "nt"), add(128, 9216, 64, "tn"), add(64, 9216, 128);  // the example CNN's
  add(100, 500, 784, "nt"), add(500, 784, 100, "tn"), add(100, 500, 250);  // the wide MLP's
  for (const std::int64_t n : {64, 128, 256, 384, 512, 768, 1024, 2048}) add(n, n, n);
  for (const std::int64_t n : {512, 1024})
    for (const char* layout : {"nt", "tn", "tt"}) add(n, n, n, layout);
  add(10'000, 64, 64), add(4096, 16, 256, "nt"), add(32'768, 32, 9);        // tall
  add(64, 10'000, 64), add(16, 4096, 256, "tn"), add(1, 4096, 1024, "nt");  // wide
  add(127, 129, 131), add(63, 65, 1001, "nt"), add(333, 77, 555, "tn"), add(1001, 999, 1003, "tt");
  add(17, 19, 23);
}

void add_convolutions(Workloads& to, bool quick) {
  struct Case {
    const char* network;
    Convolution layer;  // batch, in, size, out, kernel, stride, padding, groups
  };
  static const Case cases[] = {
      {"convnet", {128, 1, 28, 32, 3, 1, 1}}, {"convnet", {128, 32, 14, 64, 3, 1, 1}},
      {"LeNet", {64, 1, 28, 6, 5, 1, 2}},     {"LeNet", {64, 6, 14, 16, 5}},
      {"example", {64, 32, 26, 64, 3}},       {"ResNet", {8, 3, 224, 64, 7, 2, 3}},
      {"ResNet", {8, 64, 56, 64, 3, 1, 1}},   {"ResNet", {8, 64, 56, 128, 3, 2, 1}},
      {"ResNet", {8, 64, 56, 128, 1, 2}},     {"ResNet", {8, 256, 14, 256, 3, 1, 1}},
      {"ResNet", {8, 512, 7, 512, 3, 1, 1}},  {"MobileNet", {8, 32, 112, 32, 3, 1, 1, 32}},
      {"MobileNet", {8, 32, 112, 64, 1}},     {"MobileNet", {8, 512, 14, 512, 3, 1, 1, 512}},
      {"MobileNet", {8, 512, 14, 512, 1}},
  };
  using enum Convolution::Pass;
  for (const auto& [pass, group] : {std::pair{forward, "conv2d forward"},
                                    {input_gradient, "conv2d input gradient"},
                                    {weight_gradient, "conv2d weight gradient"}})
    for (const auto& [network, layer] : std::span(cases).first(quick ? 2 : std::size(cases))) {
      Convolution c = layer;
      c.pass = pass;
      to.push_back({group,
                    fmt::format("{} {}x{} {}-{}{} {}x{}/{}, batch {}", network, c.size, c.size, c.in, c.out,
                                c.groups > 1 ? " depthwise" : "", c.kernel, c.kernel, c.stride, c.batch),
                    c, needs(c)});
    }
}

void add_elementwise(Workloads& to, bool quick) {
  // Operations an element: those of a plain implementation, the polynomials of libraries with errors below
  // 2 ulp; a multiply-add is two, any other instruction two as well, for it takes the same slot.
  struct Operation {
    const char* name;
    std::int64_t reads, writes;  // elements for each of x
    double operations;
  };
  constexpr Operation operations[] = {
      {"add", 2, 1, 2},   {"mul", 2, 1, 2},      {"relu", 1, 1, 2},         {"exp", 1, 1, 24},
      {"log", 1, 1, 36},  {"tanh", 1, 1, 44},    {"sigmoid", 1, 1, 36},     {"erf", 1, 1, 56},
      {"gelu", 1, 1, 60}, {"sum", 1, 0, 2},      {"sum rows", 1, 0, 2},     {"sum columns", 1, 0, 2},
      {"max", 1, 0, 2},   {"softmax", 1, 1, 30}, {"log_softmax", 1, 1, 30}, {"layer_norm", 1, 1, 10},
  };
  for (const Operation& o : operations)
    for (const std::int64_t columns : {100, 1000}) {
      const std::vector<std::int64_t> row_counts =
          columns == 100 ? std::vector<std::int64_t>{10} : std::vector<std::int64_t>{10, 100, 1000, 10'000};
      for (const std::int64_t rows : row_counts) {
        const std::int64_t count = rows * columns;
        if (quick && count != 100'000) continue;
        to.push_back({"element-wise",
                      fmt::format("{}, 1e{}", o.name, std::lround(std::log10(count))),
                      Elementwise{o.name, rows, columns},
                      {o.operations * static_cast<double>(count), o.reads * count, o.writes * count}});
      }
    }
}

void add_functions(Workloads& to, bool quick) {
  static const char* const names[] = {"sort",
                                      "sort rows",
                                      "topk",
                                      "cumsum",
                                      "cumsum columns",
                                      "gather",
                                      "index_select",
                                      "index_add",
                                      "masked_fill",
                                      "pad",
                                      "flip",
                                      "concat",
                                      "any",
                                      "std",
                                      "norm",
                                      "quantile",
                                      "multinomial",
                                      "einsum ij,kj->ik",
                                      "einsum i,j->ij",
                                      "einsum bij,bjk->bik",
                                      "einsum bij->bj",
                                      "einsum bij,bij->b",
                                      "einsum ij,j->i"};
  for (const char* const name : names)
    for (const std::int64_t count : {1'000, 100'000, 10'000'000})
      if (!quick || count == 100'000)
        to.push_back({"functions",
                      fmt::format("{}, 1e{}", name, std::lround(std::log10(count))),
                      FunctionCall{name, count},
                      {0, count, 0}});
}

}  // namespace

std::vector<Workload> workloads(bool quick) {
  Workloads all;
  add_training(all, quick);
  add_small(all);
  add_products(all, quick);
  add_convolutions(all, quick);
  add_elementwise(all, quick);
  add_functions(all, quick);
  return all;
}

}  // namespace comparison
