// Prints a hash of the results of every kind of kernel, a line each: same_bits.sh compares the instruction
// sets.
#include <cstring>
#include <string>
#include <vector>

#include <fmt/format.h>

#include <taper/taper.h>
#include <taper/tensor/kernels/dispatch.h>

using namespace taper;

namespace {

std::uint64_t hash(std::uint64_t before, const Tensor& x) {  // 64-bit FNV-1a
  const Tensor all = contiguous(x.detach());
  const auto* const bytes = static_cast<const unsigned char*>(all.raw());
  for (std::int64_t i = 0; i < all.numel() * size_of(all.dtype()); ++i)
    before = (before ^ bytes[i]) * 0x100000001b3;
  return before;
}

void print(const std::string& what, const std::vector<Tensor>& results) {
  std::uint64_t value = 0xcbf29ce484222325;
  for (const Tensor& result : results) value = hash(value, result);
  fmt::print("{:016x} {}\n", value, what);
  std::fflush(stdout);
}

/// A result, and the gradients of its inputs from a random cotangent.
template <class Function>
void forward_backward(const std::string& what, std::vector<Tensor> inputs, Function function) {
  for (Tensor& input : inputs) input = input.detach().set_requires_grad();
  const Tensor result = function(inputs);
  Generator generator(5);
  std::vector<Tensor> all =
      grad({result}, inputs, {uniform(result.shape(), -1, 1, result.dtype(), generator)});
  all.push_back(result);
  print(what, all);
}

void functions(DType dtype) {
  const std::pair<const char*, Tensor (*)(const Tensor&)> all[] = {
      {"exp", exp},   {"expm1", expm1},     {"sin", sin},   {"cos", cos},           {"tanh", tanh},
      {"erf", erf},   {"sigmoid", sigmoid}, {"silu", silu}, {"softplus", softplus}, {"square", square},
      {"relu", relu}, {"exp2", exp2},       {"tan", tan},   {"atan", atan},         {"sinh", sinh},
      {"cosh", cosh}, {"asinh", asinh},     {"erfc", erfc}, {"cbrt", cbrt}};
  for (const auto& [label, function] : all)
    forward_backward(fmt::format("{} {}", label, name(dtype)), {linspace(-90, 90, 4099, dtype)},
                     [function = function](const std::vector<Tensor>& x) { return function(x[0]); });
  const std::pair<const char*, Tensor (*)(const Tensor&)> positive[] = {
      {"log", log},         {"log1p", log1p},
      {"sqrt", sqrt},       {"reciprocal", reciprocal},
      {"log2", log2},       {"log10", log10},
      {"rsqrt", rsqrt},     {"lgamma", lgamma},
      {"digamma", digamma}, {"acosh of x + 1", [](const Tensor& x) { return acosh(x + 1); }}};
  for (const auto& [label, function] : positive)
    forward_backward(fmt::format("{} {}", label, name(dtype)), {linspace(1e-3, 70, 4099, dtype)},
                     [function = function](const std::vector<Tensor>& x) { return function(x[0]); });
  const std::pair<const char*, Tensor (*)(const Tensor&)> small[] = {
      {"asin", asin}, {"acos", acos}, {"atanh", atanh}, {"erfinv", erfinv}};
  for (const auto& [label, function] : small)
    forward_backward(fmt::format("{} {}", label, name(dtype)), {linspace(-0.99, 0.99, 4099, dtype)},
                     [function = function](const std::vector<Tensor>& x) { return function(x[0]); });
  const Tensor flat = linspace(-90, 90, 4099, dtype), other = sin(flat) * 40;
  const std::pair<const char*, Tensor (*)(const Operand&, const Operand&)> pairs[] = {
      {"atan2", atan2}, {"hypot", hypot}, {"logaddexp", logaddexp}, {"remainder", remainder}};
  for (const auto& [label, function] : pairs)
    forward_backward(fmt::format("{} {}", label, name(dtype)), {flat, other},
                     [function = function](const std::vector<Tensor>& x) { return function(x[0], x[1]); });
  for (const GeluApproximation approximation : {GeluApproximation::none, GeluApproximation::tanh})
    forward_backward(fmt::format("gelu {} {}", static_cast<int>(approximation), name(dtype)),
                     {linspace(-9, 9, 4099, dtype)},
                     [&](const std::vector<Tensor>& x) { return gelu(x[0], approximation); });
}

void reductions(DType dtype) {
  Generator generator(1);
  for (const Shape& shape : {Shape{7}, Shape{1000}, Shape{33, 17}, Shape{5, 129, 31}, Shape{300, 1001}}) {
    const Tensor x = uniform(shape, -1, 1, dtype, generator);
    for (std::int64_t axis = 0; axis < shape.rank(); ++axis) {
      const std::string label = fmt::format("{} over {} {}", to_string(shape), axis, name(dtype));
      print("sum, mean, var, max of " + label,
            {sum(x, {axis}), mean(x, {axis}), var(x, {axis}), max(x, {axis})});
      forward_backward("softmax " + label, {x}, [&](const auto& in) { return softmax(in[0], axis); });
      forward_backward("log_softmax " + label, {x}, [&](const auto& in) { return log_softmax(in[0], axis); });
    }
    print("sum of all " + to_string(shape), {sum(x)});
    forward_backward("layer_norm " + to_string(shape), {x},
                     [&](const auto& in) { return layer_norm(in[0], {shape[shape.rank() - 1]}); });
    if (shape.rank() > 1)
      forward_backward("batch_norm " + to_string(shape), {x},
                       [&](const auto& in) { return batch_norm(in[0], {}, {}, {}, {}, {.training = true}); });
  }
}

void products(DType dtype) {
  Generator generator(2);
  const std::int64_t sizes[][3] = {{1, 1, 1},    {3, 5, 7},      {1, 300, 40}, {40, 300, 1},
                                   {64, 64, 64}, {100, 784, 10}, {37, 999, 53}};
  for (const auto& [rows, depth, columns] : sizes) {
    const Tensor a = uniform({rows, depth}, -1, 1, dtype, generator),
                 b = uniform({depth, columns}, -1, 1, dtype, generator);
    const std::string label = fmt::format("{} x {} x {} {}", rows, depth, columns, name(dtype));
    forward_backward("matmul " + label, {a, b}, [](const auto& in) { return matmul(in[0], in[1]); });
    forward_backward("linear " + label,
                     {a, contiguous(transpose(b)), uniform({columns}, -1, 1, dtype, generator)},
                     [](const auto& in) { return linear(in[0], in[1], in[2], Activation::relu); });
  }
}

void convolutions(DType dtype) {
  Generator generator(3);
  struct Case {
    Shape x, weight;
    Conv2dOptions options;
  };
  const Case cases[] = {
      {{2, 1, 28, 28}, {6, 1, 5, 5}, {}},
      {{2, 3, 19, 23}, {7, 3, 3, 3}, {.stride = 2, .padding = 1}},
      {{2, 16, 14, 15}, {24, 16, 3, 3}, {.padding = 1}},
      {{2, 64, 16, 16}, {64, 64, 3, 3}, {.padding = 1}},
      {{3, 130, 7, 7}, {40, 130, 3, 3}, {.padding = 1}},
      {{2, 32, 9, 9}, {16, 32, 1, 1}, {}},
      {{2, 32, 9, 9}, {16, 32, 1, 1}, {.stride = 2}},
      {{2, 24, 17, 17}, {24, 1, 3, 3}, {.padding = 1, .groups = 24}},
      {{2, 24, 17, 17}, {24, 1, 3, 3}, {.stride = 2, .padding = 1, .groups = 24}},
      {{2, 8, 20, 20}, {12, 4, 3, 3}, {.dilation = 2, .groups = 2}},
      {{30, 2, 14, 14}, {6, 2, 5, 5}, {}},
      {{16, 16, 9, 9}, {16, 8, 3, 3}, {.stride = 2, .padding = 1, .groups = 2}},
      {{2, 8, 1, 50}, {12, 8, 1, 5}, {.padding = {0, 2}}},
      {{2, 8, 20, 20}, {12, 8, 5, 5}, {.activation = Activation::relu, .max_pool = 2}},
      {{2, 32, 14, 14}, {32, 1, 3, 3}, {.padding = 1, .groups = 32}},
      {{2, 16, 15, 15}, {16, 1, 3, 3}, {.stride = 2, .padding = 1, .groups = 16}},
  };
  for (const Case& each : cases)
    forward_backward(
        fmt::format("conv2d {} with {} {}", to_string(each.x), to_string(each.weight), name(dtype)),
        {uniform(each.x, -1, 1, dtype, generator), uniform(each.weight, -1, 1, dtype, generator),
         uniform({each.weight[0]}, -1, 1, dtype, generator)},
        [&](const auto& in) { return conv2d(in[0], in[1], in[2], each.options); });
  const Tensor x = uniform({2, 5, 13, 17}, -1, 1, dtype, generator);
  forward_backward(fmt::format("max_pool2d {}", name(dtype)), {x},
                   [](const auto& in) { return max_pool2d(in[0]); });
  forward_backward(fmt::format("avg_pool2d {}", name(dtype)), {x}, [](const auto& in) {
    return avg_pool2d(in[0], {.kernel_size = 3, .stride = 2, .padding = 1});
  });
}

/// The weights after some steps with each optimizer.
void whole_training() {
  for (const std::string& name : optim::class_names()) {
    manual_seed(4);
    nn::Sequential model{nn::Linear(20, 33), nn::Tanh(), nn::Dropout(0.25), nn::Linear(33, 7)};
    const Tensor x = uniform({50, 20}, -1, 1), labels = random_integers({50}, 0, 7);
    const auto optimizer = optim::get(name, model.named_parameters());
    for (int step = 0; step < 10; ++step)
      optimizer->minimize([&] { return cross_entropy(model(x), labels); });
    print("10 steps of " + name, model.parameters());
  }
}

}  // namespace

int main() {
  fmt::print(stderr, "{}\n", kernels::name(kernels::instruction_set()));  // for same_bits.sh
  for (const DType dtype : {float32, float64}) {
    functions(dtype);
    reductions(dtype);
    products(dtype);
    convolutions(dtype);
  }
  Generator generator(6);
  print("uniform, normal",
        {uniform({1001}, 0, 1, float32, generator), normal({1001}, 0, 1, float32, generator)});
  whole_training();
}
