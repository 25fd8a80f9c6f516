// Activations and dropout as functions: values, kinks, extremes, gradients.
#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include <catch.h>

#include <taper/autograd/autograd.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>
#include <taper/tensor/parallel.h>
#include <taper/tensor/random.h>

using namespace taper;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

using Pointer = Tensor (*)(const Tensor&);
struct Case {
  const char* name;
  Pointer function;
  double (*value)(double);
  double slope_at_zero;
};

const Case cases[] = {
    {"relu", relu, [](double x) { return std::max(x, 0.0); }, 0},
    {"sigmoid", sigmoid, [](double x) { return 1 / (1 + std::exp(-x)); }, 0.25},
    {"tanh", tanh, [](double x) { return std::tanh(x); }, 1},
    {"gelu", [](const Tensor& x) { return gelu(x); },
     [](double x) { return x * 0.5 * std::erfc(-x / std::sqrt(2.0)); }, 0.5},
    {"gelu tanh", [](const Tensor& x) { return gelu(x, GeluApproximation::tanh); },
     [](double x) {
       return 0.5 * x * (1 + std::tanh(std::sqrt(2 / std::acos(-1.0)) * (x + 0.044715 * x * x * x)));
     },
     0.5},
    {"silu", silu, [](double x) { return x / (1 + std::exp(-x)); }, 0.5},
    {"softplus", softplus, [](double x) { return std::log1p(std::exp(x)); }, 0.5},
    {"leaky_relu", [](const Tensor& x) { return leaky_relu(x, 0.25); },
     [](double x) { return x > 0 ? x : 0.25 * x; }, 0.25},
    {"elu", [](const Tensor& x) { return elu(x, 1.5); },
     [](double x) { return x > 0 ? x : 1.5 * std::expm1(x); }, 1.5},
};

}  // namespace

TEST_CASE("activations: values, gradients of two orders, slopes at 0") {
  for (const Case& each : cases) {
    CAPTURE(each.name);
    const Tensor x = linspace(-4.1, 4, 37, float64).set_requires_grad();
    const std::vector<double> values = x.to_vector<double>(), found = each.function(x).to_vector<double>();
    for (std::size_t i = 0; i < values.size(); ++i)
      CHECK(found[i] == Approx(each.value(values[i])).epsilon(1e-10).margin(1e-12));
    const auto function = [&](const auto& in) { return each.function(in[0]); };
    CHECK(gradcheck(function, {x}));
    CHECK(gradgradcheck(function, {x}));
    // The third derivative, of those that have one.
    const auto derivative = [&](const auto& in) {
      return grad({each.function(in[0])}, {in[0]}, {ones_like(in[0])}, {.create_graph = true})[0];
    };
    if (each.function != Pointer(relu) && each.name != std::string("leaky_relu"))
      CHECK(gradgradcheck(derivative, {x}, {.absolute_tolerance = 1e-6}));
    Tensor zero = zeros({1}, float64).set_requires_grad();
    each.function(zero).backward();
    CHECK(zero.grad().item<double>() == Approx(each.slope_at_zero));
    if (each.function == Pointer(sigmoid) || each.function == Pointer(tanh))
      CHECK(each.function(ones({2}, int64)).dtype() == float32);
    else
      CHECK_THROWS_AS(each.function(ones({2}, int64)), DTypeError);
  }
}

TEST_CASE("activations far from 0 have finite gradients of both orders") {
  for (const Case& each : cases) {
    CAPTURE(each.name);
    const Tensor x = from_data({-1000., 1000.}, {2}).set_requires_grad();
    const Tensor first = grad({each.function(x)}, {x}, {ones({2}, float64)}, {.create_graph = true})[0];
    // The slope of piecewise linear functions depends on no value.
    Tensor second = first.requires_grad() ? grad({first}, {x}, {ones({2}, float64)})[0] : Tensor();
    if (!second.defined()) second = zeros({2}, float64);
    for (const Tensor& tensor : {each.function(x), first, second})
      for (const double value : tensor.to_vector<double>()) CHECK(std::abs(value) < infinity);
    const bool saturates = each.function == Pointer(sigmoid) || each.function == Pointer(tanh);
    CHECK(first.to_vector<double>()[1] == Approx(saturates ? 0 : 1));
  }
}

TEST_CASE("dropout keeps the expectation, and the gradient has its mask") {
  Generator generator(1);
  for (const DType dtype : {float32, float64})
    for (const double p : {0.1, 0.5, 0.8}) {
      CAPTURE(dtype, p);
      constexpr std::int64_t count = 100'003;
      Tensor x = full({count}, 2, dtype).set_requires_grad();
      const Tensor y = dropout(x, p, true, generator);
      const Tensor kept = y != 0;
      const double rate = mean(to(kept, float64)).item<double>();
      CHECK(std::abs(rate - (1 - p)) < 5 * std::sqrt(p * (1 - p) / count));
      CHECK(max(y).item<double>() == Approx(2 / (1 - p)).epsilon(1e-6));
      CHECK(min(where(kept, y.detach(), max(y.detach()))).item<double>() == max(y).item<double>());
      y.backward(full({count}, 3, dtype));
      const Tensor off = abs(x.grad() - 1.5 * y.detach());
      CHECK(max(off).item<double>() < 1e-5);
    }
}

TEST_CASE("dropout follows its generator, not the number of threads, the layout or the length") {
  const int before = num_threads();
  const Tensor x = ones({400, 1000});
  const auto drawn = [&](const Tensor& from, int threads) {
    set_num_threads(threads);
    Generator generator(9);
    const std::vector<float> values = dropout(from, 0.3, true, generator).to_vector<float>();
    CHECK(generator.position() == static_cast<std::uint64_t>(from.numel() + 3) / 4);
    return values;
  };
  const std::vector<float> all = drawn(x, 1);
  CHECK(all == drawn(x, 3));
  CHECK(all == drawn(expand(ones({1}), {400, 1000}), 2));
  const std::vector<float> part = drawn(slice(x, 0, 0, 7), 1);
  CHECK(std::equal(part.begin(), part.end(), all.begin()));
  set_num_threads(before);
  Generator generator(9);
  const Tensor first = dropout(x, 0.3, true, generator);
  CHECK(first.to_vector<float>() != dropout(x, 0.3, true, generator).to_vector<float>());
  manual_seed(9);
  CHECK(dropout(x, 0.3).to_vector<float>() == all);
}

TEST_CASE("dropout: limits, gradients, errors") {
  Tensor x = from_data({1., infinity, -2., std::nan("")}, {4}).set_requires_grad();
  const std::uint64_t before = default_generator().position();
  CHECK(&dropout(x, 0).value() == &x.value());
  CHECK(&dropout(x, 0.7, false).value() == &x.value());
  CHECK(dropout(x, 1).to_vector<double>() == std::vector<double>(4));
  dropout(x, 1).backward(ones({4}, float64));
  CHECK(x.grad().to_vector<double>() == std::vector<double>(4));
  CHECK(default_generator().position() == before);
  CHECK(dropout(zeros({0, 3}), 0.5).shape() == Shape{0, 3});
  const auto same = [](const auto& in) {
    Generator generator(4);
    return dropout(transpose(in[0]), 0.4, true, generator);
  };
  const Tensor y = normal({3, 5}, 0, 1, float64).set_requires_grad();
  CHECK(gradcheck(same, {y}));
  CHECK(gradgradcheck(same, {y}));
  CHECK_THROWS_WITH(dropout(x, 1.5), "dropout: p must be between 0 and 1, got 1.5");
  CHECK_THROWS_AS(dropout(x, -0.1), ValueError);
  CHECK_THROWS_AS(dropout(x, NAN), ValueError);
  CHECK_THROWS_AS(dropout(ones({2}, int64), 0.5), DTypeError);
}
