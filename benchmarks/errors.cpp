// bench_errors: the rounding errors of float32 in sums, normalization, products and convolutions, measured
// with float64 of the same input, here and, where it is installed, in libtorch.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include <fmt/format.h>
#ifdef ERRORS_TORCH
#include <torch/torch.h>
#endif

#include <taper/taper.h>

namespace {

using taper::Shape;

std::vector<double> doubles(const taper::Tensor& x) { return to(x, taper::float64).to_vector<double>(); }

struct Errors {
  double largest = 0, rms = 0;
};

/// In units of `scale`, which has an element for each result, or one for all.
Errors errors(const std::vector<double>& result, const std::vector<double>& exact,
              const std::vector<double>& scale) {
  Errors errors;
  for (std::size_t i = 0; i < exact.size(); ++i) {
    const double error = std::abs(result[i] - exact[i]) / scale[scale.size() == 1 ? 0 : i];
    errors.largest = std::max(errors.largest, error);
    errors.rms += error * error / static_cast<double>(exact.size());
  }
  errors.rms = std::sqrt(errors.rms);
  return errors;
}

double root_mean_square(const std::vector<double>& x) {
  double sum = 0;
  for (const double each : x) sum += each * each;
  return std::sqrt(sum / static_cast<double>(x.size()));
}

#ifdef ERRORS_TORCH
torch::Tensor to_torch(const taper::Tensor& x) {
  const Shape& shape = x.shape();
  return torch::from_blob(const_cast<float*>(x.data<float>()),
                          std::vector<std::int64_t>(shape.begin(), shape.end()), torch::kFloat32);
}

std::vector<double> doubles(const torch::Tensor& x) {
  const torch::Tensor all = x.to(torch::kFloat64).contiguous();
  return {all.data_ptr<double>(), all.data_ptr<double>() + all.numel()};
}
#endif

void print(const Errors& errors) { fmt::print(" {:.1e} | {:.1e} |", errors.largest, errors.rms); }

/// A line of the table. `function` takes Taper's tensors, of both dtypes, and libtorch's. `is_sum`: errors
/// are measured with the sums of magnitudes, else with the root mean square of the result.
template <std::size_t count, class Function>
void row(const std::string& label, bool is_sum, const std::array<taper::Tensor, count>& inputs,
         Function function) {
  std::array<taper::Tensor, count> exact_inputs;
  for (std::size_t i = 0; i < count; ++i) exact_inputs[i] = to(inputs[i], taper::float64);
  const std::vector<double> exact = doubles(function(exact_inputs));
  std::vector<double> scale{root_mean_square(exact)};
  if (is_sum) {
    exact_inputs[0] = abs(exact_inputs[0]);
    scale = doubles(function(exact_inputs));
  }
  fmt::print("| {} |", label);
  print(errors(doubles(function(inputs)), exact, scale));
#ifdef ERRORS_TORCH
  std::array<torch::Tensor, count> torch_inputs;
  for (std::size_t i = 0; i < count; ++i) torch_inputs[i] = to_torch(inputs[i]);
  print(errors(doubles(function(torch_inputs)), exact, scale));
#else
  fmt::print(" | |");
#endif
  fmt::print("\n");
}

/// Constant, uniform and normal.
template <class Function>
void each_distribution(const std::string& label, const Shape& shape, Function function) {
  row(label + ", all 0.1", true, std::array{taper::full(shape, 0.1)}, function);
  row(label + ", uniform", true, std::array{taper::uniform(shape)}, function);
  row(label + ", normal", true, std::array{taper::normal(shape)}, function);
}

void sums() {
  using taper::to_string;
  each_distribution("sum of 1e7", {10'000'000}, [](const auto& in) { return sum(in[0]); });
  each_distribution("sum of 1e6, strided", {2, 1'000'000},
                    [](const auto& in) { return sum(transpose(in[0], 0, 1), {0}); });
  for (const Shape& shape : {Shape{100'000, 2}, Shape{2, 100'000}, Shape{1000, 1000}, Shape{10'000, 300}}) {
    each_distribution(fmt::format("sum of {} over 0", to_string(shape)), shape,
                      [](const auto& in) { return sum(in[0], {0}); });
    each_distribution(fmt::format("sum of {} over 1", to_string(shape)), shape,
                      [](const auto& in) { return sum(in[0], {1}); });
    each_distribution(fmt::format("sum of {}, transposed, over 0", to_string(shape)), shape,
                      [](const auto& in) { return sum(transpose(in[0], 0, 1), {0}); });
  }
  const Shape cube{200, 300, 100};
  each_distribution(fmt::format("sum of {} over 0", to_string(cube)), cube,
                    [](const auto& in) { return sum(in[0], {0}); });
  each_distribution(fmt::format("sum of {} over 1", to_string(cube)), cube,
                    [](const auto& in) { return sum(in[0], {1}); });
  each_distribution(fmt::format("sum of {} over 2", to_string(cube)), cube,
                    [](const auto& in) { return sum(in[0], {2}); });
  each_distribution(fmt::format("sum of {}, axes reversed, over 1", to_string(cube)), cube,
                    [](const auto& in) { return sum(transpose(in[0], 0, 2), {1}); });
}

void normalization() {
  for (const auto& [label, x] :
       {std::pair{"normal", taper::normal({100, 8192})}, std::pair{"uniform", taper::uniform({100, 8192})}}) {
    row(fmt::format("layer_norm over 8192, {}", label), false, std::array{x},
        [](const auto& in) { return layer_norm(in[0], {8192}); });
    row(fmt::format("softmax over 8192, {}", label), false, std::array{x},
        [](const auto& in) { return softmax(in[0], 1); });
    row(fmt::format("log_softmax over 8192, {}", label), false, std::array{x},
        [](const auto& in) { return log_softmax(in[0], 1); });
  }
}

void products() {
  for (const std::int64_t depth : {784, 4096})
    row(fmt::format("product of [128, {0}] and [{0}, 128], normal", depth), false,
        std::array{taper::normal({128, depth}), taper::normal({depth, 128})},
        [](const auto& in) { return matmul(in[0], in[1]); });
}

taper::Tensor convolve(const std::array<taper::Tensor, 2>& in) {
  return conv2d(in[0], in[1], {}, {.padding = 1});
}
#ifdef ERRORS_TORCH
torch::Tensor convolve(const std::array<torch::Tensor, 2>& in) {
  return torch::conv2d(in[0], in[1], {}, 1, 1);
}
#endif

void convolutions() {
  for (const std::int64_t channels : {64, 256})
    row(fmt::format("3 x 3 convolution of 28 x 28, {0} to {0} channels, normal", channels), false,
        std::array{taper::normal({2, channels, 28, 28}), taper::normal({channels, channels, 3, 3})},
        [](const auto& in) { return convolve(in); });
}

}  // namespace

int main() {
  taper::manual_seed(1);
  fmt::print("| | Taper: largest | rms | libtorch: largest | rms |\n|---|---|---|---|---|\n");
  sums();
  normalization();
  products();
  convolutions();
}
