// Initializers: their distributions, fans, and defaults.
#include <algorithm>
#include <cmath>
#include <limits>
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

TEST_CASE("variance scaling with PyTorch's names and options") {
  // Not truncated: the largest of 28,800 values is about four deviations from 0.
  const auto normal = [](const nn::Initializer& initializer, double variance) {
    const Moments found = moments(initializer);
    CHECK(std::abs(found.mean) < 4 * std::sqrt(variance / 28800));
    CHECK(found.deviation == Approx(std::sqrt(variance)).epsilon(0.015));
    CHECK(found.largest > 3.5 * std::sqrt(variance));
  };
  const auto uniform = [](const nn::Initializer& initializer, double variance) {
    check(initializer, std::sqrt(variance), std::sqrt(3 * variance));
  };
  using nn::init::Distribution;
  using nn::init::FanMode;
  using nn::init::Nonlinearity;
  normal([](auto& x, auto& g) { nn::init::xavier_normal(x, 2, g); }, 4 / 54.0);
  uniform([](auto& x, auto& g) { nn::init::xavier_uniform(x, 2, g); }, 4 / 54.0);
  normal([](auto& x, auto& g) { nn::init::kaiming_normal(x, {}, g); }, 2 / 36.0);
  normal([](auto& x, auto& g) { nn::init::kaiming_normal(x, {.a = 3, .mode = FanMode::fan_out}, g); },
         0.2 / 72);
  uniform(
      [](auto& x, auto& g) {
        nn::init::kaiming_uniform(x, {.mode = FanMode::fan_out, .nonlinearity = Nonlinearity::tanh}, g);
      },
      25 / 9.0 / 72);
  normal(
      [](auto& x, auto& g) {
        nn::init::variance_scaling(
            x, {.scale = 3, .mode = FanMode::fan_out, .distribution = Distribution::untruncated_normal}, g);
      },
      3 / 72.0);
  const auto same = [](const nn::Initializer& a, const nn::Initializer& b) {
    const Tensor x = zeros({8, 4, 3}), y = zeros({8, 4, 3});
    Generator one(4), other(4);
    a(x, one);
    b(y, other);
    CHECK(x.to_vector<float>() == y.to_vector<float>());
  };
  same(nn::init::glorot_uniform, [](auto& x, auto& g) { nn::init::xavier_uniform(x, 1, g); });
  same(nn::init::he_uniform,
       [](auto& x, auto& g) { nn::init::kaiming_uniform(x, {.nonlinearity = Nonlinearity::relu}, g); });
  same(nn::init::lecun_normal, [](auto& x, auto& g) { nn::init::variance_scaling(x, {}, g); });
}

TEST_CASE("gains") {
  using nn::init::gain;
  using nn::init::Nonlinearity;
  CHECK(gain(Nonlinearity::linear) == 1);
  CHECK(gain(Nonlinearity::sigmoid) == 1);
  CHECK(gain(Nonlinearity::tanh) == 5.0 / 3);
  CHECK(gain(Nonlinearity::relu) == std::sqrt(2.0));
  CHECK(gain(Nonlinearity::leaky_relu) == std::sqrt(2.0 / (1 + 0.01 * 0.01)));
  CHECK(gain(Nonlinearity::leaky_relu, 0.5) == std::sqrt(1.6));
  CHECK(gain(Nonlinearity::selu) == 0.75);
}

TEST_CASE("trunc_normal has the normal distribution within its limits") {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const nn::init::TruncNormal all[] = {
      {},
      {.standard_deviation = 0.02},
      {.mean = 1, .standard_deviation = 2, .a = 0, .b = 1.5},   // narrow
      {.mean = 0, .standard_deviation = 1, .a = 3, .b = 20},    // a tail
      {.mean = 5, .standard_deviation = 1, .a = -3, .b = 1},    // the other one
      {.mean = 0, .standard_deviation = 1, .a = 8, .b = 8.05},  // a part of one
      {.mean = 0, .standard_deviation = 1, .a = -infinity, .b = -2},
      {.mean = 0, .standard_deviation = 1, .a = -0.1, .b = infinity},
  };
  for (const nn::init::TruncNormal& options : all) {
    const auto [mean, deviation, a, b] = options;
    INFO("from " << a << " to " << b);
    Generator generator(6);
    const Tensor x = zeros({20'000}, float64);
    nn::init::trunc_normal(x, options, generator);
    std::vector<double> values = x.to_vector<double>();
    std::sort(values.begin(), values.end());
    CHECK(values.front() >= a);
    CHECK(values.back() <= b);
    // Kolmogorov and Smirnov's largest distance from the distribution function, which is below 1.95 / sqrt(n)
    // with a probability of 0.999. From the upper tail, where differences are exact.
    const auto above = [mean = mean, deviation = deviation](double at) {
      return std::erfc((at - mean) / deviation / std::sqrt(2.0));
    };
    const auto below = [mean = mean, deviation = deviation](double at) {
      return std::erfc((mean - at) / deviation / std::sqrt(2.0));
    };
    const bool upper = a > mean;
    double distance = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      const double part = upper ? (above(a) - above(values[i])) / (above(a) - above(b))
                                : (below(values[i]) - below(a)) / (below(b) - below(a));
      distance = std::max(distance, std::abs(part - (static_cast<double>(i) + 0.5) / 20'000));
    }
    CHECK(distance < 1.95 / std::sqrt(20'000.0));
  }
  // Far beyond everything: the nearer limit.
  const Tensor x = zeros({3});
  nn::init::trunc_normal(x, {.standard_deviation = 1e-200, .a = 1, .b = 2});
  CHECK(x.to_vector<float>() == std::vector<float>(3, 1));
}

TEST_CASE("orthogonal matrices") {
  for (const Shape& shape : {Shape{6, 6}, Shape{4, 9}, Shape{9, 4}, Shape{5, 3, 2, 2}, Shape{20, 3, 2}}) {
    const std::int64_t rows = shape[0], columns = shape.numel() / rows, least = std::min(rows, columns);
    for (const DType dtype : {float32, float64}) {
      const Tensor x = zeros(shape, dtype);
      nn::init::orthogonal(x, 2);
      const Tensor matrix = reshape(to(x, float64), {rows, columns});
      const Tensor product =
          rows < columns ? matmul(matrix, transpose(matrix)) : matmul(transpose(matrix), matrix);
      CHECK(max(abs(product - 4 * eye(least, least, float64))).item<double>() <
            (dtype == float64 ? 1e-12 : 1e-5));
    }
  }
  // Each is equally likely, so that an element is 0 on average: without the signs, q has some that never are.
  Tensor total = zeros({2, 2}, float64);
  for (int i = 0; i < 2000; ++i) {
    const Tensor x = zeros({2, 2}, float64);
    nn::init::orthogonal(x);
    total += x;
  }
  CHECK(max(abs(total / 2000)).item<double>() < 4 * std::sqrt(0.5 / 2000));
  nn::init::orthogonal(zeros({0, 3}));
}

TEST_CASE("identities, Dirac's and sparse matrices") {
  Tensor x = ones({2, 3});
  nn::init::identity(x, 2);
  CHECK(x.to_vector<float>() == std::vector<float>{2, 0, 0, 0, 2, 0});
  nn::init::eye(x);
  CHECK(x.to_vector<float>() == std::vector<float>{1, 0, 0, 0, 1, 0});
  // A convolution hands its channels on.
  for (const std::int64_t groups : {1, 2}) {
    const Tensor weight = ones({4, 4 / groups, 3, 5}).set_requires_grad();
    nn::init::dirac(weight, groups);
    CHECK(sum(weight).item<float>() == 4);
    const Tensor images = normal({2, 4, 6, 6});
    CHECK(conv2d(images, weight, {}, {.padding = {1, 2}, .groups = groups}).to_vector<float>() ==
          images.to_vector<float>());
  }
  const Tensor line = ones({3, 2, 4}), block = ones({2, 3, 2, 3, 2});
  nn::init::dirac(line);
  nn::init::dirac(block, 2);
  CHECK(line.to_vector<float>() ==
        std::vector<float>{0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0});
  CHECK(sum(block).item<float>() == 2);
  CHECK(block(Slice(), 0, 1, 1, 1).to_vector<float>() == std::vector<float>{1, 1});

  Generator generator(3);
  const Tensor thin = zeros({1000, 40}, float64).set_requires_grad();
  nn::init::sparse(thin, 0.1, 0.5, generator);
  const std::vector<std::int64_t> zeros_in = sum(thin == 0, 0).to_vector<std::int64_t>();
  CHECK(zeros_in == std::vector<std::int64_t>(40, 100));
  CHECK(std::sqrt(sum(square(thin)).item<double>() / 36'000) == Approx(0.5).epsilon(0.015));
  const std::vector<std::int64_t> in_rows = sum(thin == 0, 1).to_vector<std::int64_t>();
  CHECK(*std::max_element(in_rows.begin(), in_rows.end()) < 20);
  Tensor few = zeros({3, 2});
  nn::init::sparse(few, 0.5);
  CHECK(sum(few == 0).item<std::int64_t>() == 4);
}

TEST_CASE("initializers say what they take") {
  const Tensor vector = zeros(3), matrix = zeros({2, 3});
  CHECK_THROWS_WITH(nn::init::xavier_uniform(vector),
                    "xavier_uniform: expected a weight of rank 2 or more, got shape [3]");
  CHECK_THROWS_WITH(nn::init::kaiming_normal(vector),
                    "kaiming_normal: expected a weight of rank 2 or more, got shape [3]");
  CHECK_THROWS_WITH(nn::init::orthogonal(vector),
                    "orthogonal: expected a weight of rank 2 or more, got shape [3]");
  CHECK_THROWS_WITH(nn::init::identity(vector), "identity: expected a matrix, got shape [3]");
  CHECK_THROWS_WITH(nn::init::sparse(vector, 0.5), "sparse: expected a matrix, got shape [3]");
  CHECK_THROWS_WITH(nn::init::sparse(matrix, 1.5), "sparse: expected a sparsity from 0 to 1, got 1.5");
  CHECK_THROWS_WITH(nn::init::dirac(matrix), "dirac: expected a weight of rank 3 to 5, got shape [2, 3]");
  CHECK_THROWS_WITH(nn::init::dirac(zeros({4, 2, 3}), 3),
                    "dirac: expected a number of groups that divides 4, got 3");
  CHECK_THROWS_WITH(nn::init::dirac(zeros({4, 2, 3}), 0),
                    "dirac: expected a number of groups that divides 4, got 0");
  CHECK_THROWS_WITH(nn::init::variance_scaling(matrix, {.scale = -1}),
                    "variance_scaling: expected a scale of at least 0, got -1");
  CHECK_THROWS_WITH(nn::init::trunc_normal(matrix, {.standard_deviation = 0}),
                    "trunc_normal: expected a deviation above 0 and a < b, got 0, -2 and 2");
  CHECK_THROWS_AS(nn::init::trunc_normal(matrix, {.a = 1, .b = 1}), ValueError);
  CHECK_THROWS_AS(nn::init::orthogonal(zeros({2, 2}, int64)), DTypeError);
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
      {"random_uniform", [](const Tensor& x, Generator& g) { nn::init::random_uniform(x, 0, 1, g); }},
      {"random_normal", [](const Tensor& x, Generator& g) { nn::init::random_normal(x, 0, 1, g); }},
      {"variance_scaling", [](const Tensor& x, Generator& g) { nn::init::variance_scaling(x, {}, g); }},
      {"xavier_uniform", [](const Tensor& x, Generator& g) { nn::init::xavier_uniform(x, 1, g); }},
      {"xavier_normal", [](const Tensor& x, Generator& g) { nn::init::xavier_normal(x, 1, g); }},
      {"kaiming_uniform", [](const Tensor& x, Generator& g) { nn::init::kaiming_uniform(x, {}, g); }},
      {"kaiming_normal", [](const Tensor& x, Generator& g) { nn::init::kaiming_normal(x, {}, g); }},
      {"trunc_normal", [](const Tensor& x, Generator& g) { nn::init::trunc_normal(x, {}, g); }},
      {"orthogonal", [](const Tensor& x, Generator& g) { nn::init::orthogonal(x, 1, g); }},
      {"identity", [](const Tensor& x, Generator&) { nn::init::identity(x); }},
      {"dirac", [](const Tensor& x, Generator&) { nn::init::dirac(x); }},
      {"sparse", [](const Tensor& x, Generator& g) { nn::init::sparse(x, 0.5, 1, g); }},
  };
  for (const auto& [name, initializer] : initializers)
    CHECK_THROWS_WITH(initializer(Tensor(), generator),
                      ContainsSubstring(std::string(name) + ": the tensor is undefined"));
}
