// Initializers: their distributions, fans, and defaults.
#include <algorithm>
#include <cmath>
#include <utility>

#include <catch.h>

#include <taper/autograd/autograd.h>
#include <taper/nn/nn.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>

using namespace taper;

namespace {

// The mean and deviation of many values of a weight with fan in 4 * 3 * 3 = 36 and fan out 8 * 3 * 3 = 72,
// and the largest magnitude.
struct Moments {
  double mean, deviation, largest;
};

Moments moments(const nn::Initializer& initializer) {
  Generator generator(3);
  double total = 0, squares = 0, largest = 0;
  constexpr int repeats = 100;
  const Tensor weight = zeros({8, 4, 3, 3}, float64);
  for (int i = 0; i < repeats; ++i) {
    initializer(weight, generator);
    for (const double value : weight.to_vector<double>()) {
      total += value;
      squares += value * value;
      largest = std::max(largest, std::abs(value));
    }
  }
  const double count = repeats * 288.0;
  return {total / count, std::sqrt(squares / count), largest};
}

// 28,800 values: the deviation is known to about 0.5 %.
void check(const nn::Initializer& initializer, double deviation, double limit) {
  const Moments found = moments(initializer);
  CHECK(std::abs(found.mean) < 4 * deviation / std::sqrt(28800.0));
  CHECK(found.deviation == Approx(deviation).epsilon(0.015));
  CHECK(found.largest <= limit);
  CHECK(found.largest > 0.99 * limit);
}

}  // namespace

TEST_CASE("variance scaling") {
  const auto uniform_of = [](double variance) {
    return std::pair(std::sqrt(variance), std::sqrt(3 * variance));
  };
  const auto normal_of = [](double variance) {
    return std::pair(std::sqrt(variance), 2 * std::sqrt(variance) / 0.8796256610342398);
  };
  const auto test = [](const nn::Initializer& initializer, std::pair<double, double> wanted) {
    check(initializer, wanted.first, wanted.second);
  };
  test(nn::init::glorot_uniform, uniform_of(1 / 54.0));
  test(nn::init::glorot_normal, normal_of(1 / 54.0));
  test(nn::init::he_uniform, uniform_of(2 / 36.0));
  test(nn::init::he_normal, normal_of(2 / 36.0));
  test(nn::init::lecun_uniform, uniform_of(1 / 36.0));
  test(nn::init::lecun_normal, normal_of(1 / 36.0));
  test(nn::init::fan_in_uniform, uniform_of(1 / 108.0));
}

TEST_CASE("fans of vectors, matrices and scalars") {
  const auto limit = [](const Shape& shape) {
    const Tensor tensor = zeros(shape, float64);
    double largest = 0;
    for (int i = 0; i < 400; ++i) {
      nn::init::he_uniform(tensor);
      for (const double value : tensor.to_vector<double>()) largest = std::max(largest, std::abs(value));
    }
    return largest;
  };
  CHECK(limit({2, 24}) == Approx(std::sqrt(6 / 24.0)).epsilon(0.01));
  CHECK(limit({24}) == Approx(std::sqrt(6 / 24.0)).epsilon(0.01));
  CHECK(limit({}) == Approx(std::sqrt(6.0)).epsilon(0.02));
}

TEST_CASE("plain initializers fill in place, unrecorded, with a generator of one's own") {
  Tensor leaf = zeros({2, 3}).set_requires_grad();
  const Tensor same = leaf;
  nn::init::constant(leaf, 2.5);
  CHECK(same.to_vector<float>() == std::vector<float>(6, 2.5f));
  CHECK(leaf.is_leaf());
  nn::init::ones(leaf);
  CHECK(same.to_vector<float>() == std::vector<float>(6, 1));
  nn::init::zeros(leaf);
  CHECK(same.to_vector<float>() == std::vector<float>(6, 0));
  Generator generator(5), again(5);
  nn::init::uniform(leaf, 1, 2, generator);
  CHECK(same.to_vector<float>() == uniform({2, 3}, 1, 2, float32, again).to_vector<float>());
  nn::init::normal(leaf, 1, 2, generator);
  CHECK(same.to_vector<float>() == normal({2, 3}, 1, 2, float32, again).to_vector<float>());
  nn::init::truncated_normal(leaf, 1, 2, generator);
  CHECK(same.to_vector<float>() == truncated_normal({2, 3}, 1, 2, float32, again).to_vector<float>());
  CHECK_THROWS_AS(nn::init::constant(ones({2}, int64), 1), DTypeError);
  CHECK_THROWS_AS(nn::init::he_normal(ones({2}, int64)), DTypeError);
  CHECK_THROWS_AS(nn::init::uniform(leaf, 2, 1), ValueError);
}

TEST_CASE("layers start as PyTorch's do, or as they are told") {
  manual_seed(11);
  nn::Linear layer(100, 400);
  for (const Tensor& tensor : {layer.weight, layer.bias}) {
    const Tensor size = abs(tensor.detach());
    CHECK(max(size).item<float>() <= 0.1f);
    CHECK(max(size).item<float>() > 0.098f);
  }
  nn::Conv2d told({.in_channels = 1,
                   .out_channels = 2,
                   .kernel_size = 2,
                   .weight_initializer = nn::init::ones,
                   .bias_initializer = [](const Tensor& bias, Generator&) { nn::init::constant(bias, 3); }});
  CHECK(told.weight.to_vector<float>() == std::vector<float>(8, 1));
  CHECK(told.bias.to_vector<float>() == std::vector<float>(2, 3));
  manual_seed(11);
  CHECK(nn::Linear(100, 400).weight.to_vector<float>() == layer.weight.to_vector<float>());
}

TEST_CASE("initializers of an undefined tensor name themselves") {
  Generator generator;
  const std::pair<const char*, nn::Initializer> initializers[] = {
      {"zeros", nn::init::zeros},
      {"ones", nn::init::ones},
      {"constant", [](const Tensor& x, Generator&) { nn::init::constant(x, 2); }},
      {"uniform", [](const Tensor& x, Generator& g) { nn::init::uniform(x, 0, 1, g); }},
      {"normal", [](const Tensor& x, Generator& g) { nn::init::normal(x, 0, 1, g); }},
      {"truncated_normal", [](const Tensor& x, Generator& g) { nn::init::truncated_normal(x, 0, 1, g); }},
      {"glorot_uniform", nn::init::glorot_uniform},
      {"glorot_normal", nn::init::glorot_normal},
      {"he_uniform", nn::init::he_uniform},
      {"he_normal", nn::init::he_normal},
      {"lecun_uniform", nn::init::lecun_uniform},
      {"lecun_normal", nn::init::lecun_normal},
      {"fan_in_uniform", nn::init::fan_in_uniform},
  };
  for (const auto& [name, initializer] : initializers)
    CHECK_THROWS_WITH(initializer(Tensor(), generator),
                      ContainsSubstring(std::string(name) + ": the tensor is undefined"));
}
