// Distributions: samples, their gradients, edges, errors. (Values and gradients of the rest: test_torch.cpp.)
#include <cmath>

#include <catch.h>

#include <taper/autograd/autograd.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>

using namespace taper;
using namespace taper::distributions;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

// The mean and the variance of the samples along axis 0 are as wanted: up to 5 standard deviations of means,
// for variables with a kurtosis of at most 3.
void check_moments(const Tensor& drawn, const Tensor& mean_wanted, const Tensor& variance_wanted) {
  const double n = static_cast<double>(drawn.size(0));
  const Tensor x = to(drawn, float64), variance = to(variance_wanted, float64);
  const Tensor off = abs(mean(x, 0) - mean_wanted) / sqrt(variance / n);
  CHECK(max(off).item<double>() < 5);
  CHECK(max(abs(var(x, 0) / variance - 1)).item<double>() < 5 * std::sqrt(2 / n) + 10 / n);
}

void check_near(const std::vector<double>& given, const std::vector<double>& wanted) {
  REQUIRE(given.size() == wanted.size());
  for (std::size_t i = 0; i < given.size(); ++i) CHECK(given[i] == Approx(wanted[i]).margin(1e-12));
}

std::vector<double> values(const Tensor& x) { return to(x.detach(), float64).to_vector<double>(); }

}  // namespace

TEST_CASE("samples of distributions have their shape, dtype, mean and variance") {
  Generator generator(1);
  const Tensor a = tensor({{-1., 0.5, 3.}}, float64), b = tensor({{0.5}, {2.}}, float64);
  const Shape shape{50'000, 2, 3};
  const Normal normal(a, b);
  CHECK(normal.shape() == Shape{2, 3});
  const Tensor n = normal.sample(50'000, generator);
  CHECK(n.shape() == shape);
  CHECK(n.dtype() == float64);
  check_moments(n, normal.mean(), normal.variance());
  const Uniform uniform(a, a + b);
  const Tensor u = uniform.sample({50'000}, generator);
  CHECK(u.shape() == shape);
  check_moments(u, uniform.mean(), uniform.variance());
  const Bernoulli chance({.probabilities = tensor({0.1, 0.5, 0.8})}), odds({.logits = tensor({-2., 0., 1.})});
  for (const Bernoulli& each : {chance, odds}) {
    const Tensor drawn = each.sample({50'000}, generator);
    CHECK(drawn.dtype() == float32);
    check_moments(drawn, each.mean(), each.variance());
  }
  const Categorical die({.probabilities = tensor({{1., 2., 3., 0.}, {4., 1., 1., 2.}})});
  const Tensor c = die.sample({5, 10'000}, generator);
  CHECK(c.shape() == Shape{5, 10'000, 2});
  CHECK(c.dtype() == int64);
  const Tensor rate = reshape(mean(one_hot(reshape(c, {-1, 2}), 4, float64), 0), {2, 4});
  CHECK(max(abs(rate - die.probabilities())).item<double>() < 5 * std::sqrt(0.25 / 50'000));
  CHECK(rate[0][3].item<double>() == 0);

  CHECK(Normal().sample().shape() == Shape{});
  CHECK(Normal(0, tensor({1., 2.})).sample({0}).shape() == Shape{0, 2});
  CHECK(Categorical({.logits = zeros({0, 3})}).sample({4}).shape() == Shape{4, 0});
  CHECK(Categorical({.logits = zeros({2, 3})}).sample({0, 4}).shape() == Shape{0, 4, 2});
  CHECK(Normal(zeros({2}, float64), 1).sample().dtype() == float64);
}

TEST_CASE("samples follow the generator; rsample has a gradient, sample has none") {
  Tensor mean = tensor({1., -2.}, float64).set_requires_grad(),
         deviation = tensor({{0.5}, {2.}, {3.}}, float64).set_requires_grad();
  const auto draw = [](const Tensor& a, const Tensor& b, auto make) {
    Generator generator(4);
    return make(a, b).rsample({5}, generator);
  };
  const auto normal = [](const Tensor& a, const Tensor& b) { return Normal(a, b); };
  const auto uniform = [](const Tensor& a, const Tensor& b) { return Uniform(a, a + b); };
  const auto check = [&](auto make) {
    const Tensor drawn = draw(mean, deviation, make);
    CHECK(drawn.requires_grad());
    Generator generator(4);
    const Tensor sample = make(mean, deviation).sample({5}, generator);
    CHECK(!sample.requires_grad());
    CHECK(values(sample) == values(drawn));
    const auto function = [&](const std::vector<Tensor>& in) { return draw(in[0], in[1], make); };
    gradcheck(function, {mean, deviation});
  };
  check(normal);
  check(uniform);
  // The mean of x^2 for x ~ N(m, s) is m^2 + s^2: its gradient by samples.
  Tensor m = tensor(0.7, float64).set_requires_grad(), s = tensor(1.3, float64).set_requires_grad();
  Generator generator(5);
  taper::mean(square(Normal(m, s).rsample({100'000}, generator))).backward();
  CHECK(m.grad().item<double>() == Approx(1.4).margin(0.05));
  CHECK(s.grad().item<double>() == Approx(2.6).margin(0.05));
  CHECK(!Bernoulli({.logits = m}).sample().requires_grad());
  CHECK(!Categorical({.logits = mean}).sample().requires_grad());
}

TEST_CASE("impossible values have probability 0, and no gradient becomes NaN") {
  Tensor p = tensor({0., 1., 0.5}, float64).set_requires_grad();
  const auto finite = [](const Tensor& x) {
    return sum((x > -infinity) & (x < infinity)).item<std::int64_t>() == x.numel();
  };
  const Bernoulli chance({.probabilities = p});
  CHECK(values(chance.log_prob(tensor({0, 1, 1}))) == std::vector<double>{0, 0, std::log(0.5)});
  CHECK(values(chance.log_prob(tensor({1, 0, 1}))) ==
        std::vector<double>{-infinity, -infinity, std::log(0.5)});
  check_near(values(chance.entropy()), {0, 0, std::log(2)});
  CHECK(finite(grad({sum(chance.entropy())}, {p})[0]));
  CHECK(finite(grad({sum(Bernoulli({.probabilities = p}).log_prob(tensor({0, 1, 1})))}, {p})[0]));
  const Bernoulli same({.probabilities = p});
  const Tensor divergence = kl_divergence(same, Bernoulli({.probabilities = p}));
  CHECK(values(divergence) == std::vector<double>{0, 0, 0});
  CHECK(finite(grad({sum(divergence)}, {p})[0]));

  Tensor l = tensor({-infinity, infinity, 700.}, float64).set_requires_grad();
  const Bernoulli odds({.logits = l});
  check_near(values(odds.entropy()), {0, 0, 0});
  CHECK(values(odds.log_prob(tensor({1, 1, 0}))) == std::vector<double>{-infinity, 0, -700});

  Tensor logits = tensor({{0., -infinity, 1.}, {2., 0., -infinity}}, float64).set_requires_grad();
  const Categorical die({.logits = logits});
  CHECK(values(die.log_prob(tensor({1, 2}))) == std::vector<double>{-infinity, -infinity});
  CHECK(finite(grad({sum(die.entropy())}, {logits})[0]));
  CHECK(finite(grad({sum(Categorical({.logits = logits}).log_prob(tensor({2, 1})))}, {logits})[0]));
  Tensor w = tensor({0., 3., 1.}, float64).set_requires_grad();
  const Categorical some({.probabilities = w});
  CHECK(values(some.log_prob(tensor({0, 1, 2}))) ==
        std::vector<double>{-infinity, std::log(0.75), std::log(0.25)});
  const Tensor gradient =
      grad({some.entropy() + kl_divergence(some, Categorical({.probabilities = w}))}, {w})[0];
  CHECK(finite(gradient));
  CHECK(values(kl_divergence(some, Categorical({.probabilities = tensor({1., 1., 0.}, float64)}))) ==
        std::vector<double>{infinity});
  CHECK(values(Uniform(0, 1).log_prob(tensor({-0.5, 0., 1.}))) ==
        std::vector<double>{-infinity, 0, -infinity});
}

TEST_CASE("distributions of numbers and of mixed parameters") {
  CHECK(Normal(1, 2).mean().dtype() == float32);
  CHECK(Normal(tensor({1., 2.}, float64), 2).entropy().dtype() == float64);
  CHECK(Normal(tensor({1., 2.}), tensor({{1.}}, float64)).log_prob(tensor(0)).dtype() == float64);
  CHECK(Uniform(-1, tensor({1., 2.})).shape() == Shape{2});
  CHECK(values(Normal(0, 1).log_prob(tensor(0., float64)))[0] == Approx(-0.5 * std::log(2 * M_PI)));
  CHECK(values(Bernoulli({.logits = tensor(3.)}).probabilities())[0] == Approx(1 / (1 + std::exp(-3.))));
}

TEST_CASE("distributions say what does not fit") {
  const Tensor two = zeros({2}), three = zeros({3});
  CHECK_THROWS_WITH(Normal(0, 0), "Normal: expected finite standard deviations above 0, got 0");
  CHECK_THROWS_WITH(Normal(0, tensor({1., -2.})),
                    "Normal: expected finite standard deviations above 0, got -2");
  CHECK_THROWS_WITH(Normal(NAN), "Normal: expected finite means, got nan");
  CHECK_THROWS_WITH(Normal(two, ones({3})), ContainsSubstring("Normal: "));
  CHECK_THROWS_WITH(Normal(tensor({1, 2}), 1),
                    "Normal: expected float32 or float64, got int64; convert with to(x, float32)");
  CHECK_THROWS_WITH(Normal(Tensor(), 1), ContainsSubstring("Normal: the tensor is undefined"));
  CHECK_THROWS_WITH(Normal().log_prob(Tensor()),
                    ContainsSubstring("Normal::log_prob: the value is undefined"));
  CHECK_THROWS_WITH(Normal(two, 1).log_prob(three), ContainsSubstring("Normal::log_prob: "));
  CHECK_THROWS_AS(Normal().sample({-1}), ShapeError);
  CHECK_THROWS_WITH(Uniform(1, 1), "Uniform: expected low < high with a finite high - low, got 0");
  CHECK_THROWS_AS(Uniform(0, infinity), ValueError);
  CHECK_THROWS_WITH(Bernoulli({}), "Bernoulli: expected either probabilities or logits, got neither");
  CHECK_THROWS_WITH(Categorical({.probabilities = two, .logits = two}),
                    "Categorical: expected either probabilities or logits, got both");
  CHECK_THROWS_WITH(Bernoulli({.probabilities = tensor(1.5)}),
                    "Bernoulli: expected probabilities between 0 and 1, got 1.5");
  CHECK_THROWS_WITH(Bernoulli({.logits = tensor(NAN)}), "Bernoulli: expected numbers, got nan");
  CHECK_THROWS_AS(Bernoulli({.logits = tensor(1)}), DTypeError);
  CHECK_THROWS_WITH(Categorical({.probabilities = tensor({1., -1.})}),
                    "Categorical: expected finite probabilities of at least 0, got -1");
  CHECK_THROWS_WITH(Categorical({.probabilities = two}),
                    "Categorical: expected probabilities with a finite sum above 0, got 0");
  CHECK_THROWS_WITH(Categorical({.logits = full({2}, -infinity)}),
                    "Categorical: expected logits below infinity, and not all -inf, got -inf");
  CHECK_THROWS_WITH(Categorical({.logits = tensor(1.)}),
                    "Categorical: expected at least one probability along the last axis, got shape []");
  CHECK_THROWS_AS(Categorical({.logits = zeros({2, 0})}), ShapeError);
  const Categorical die({.logits = zeros({2, 3})});
  CHECK_THROWS_WITH(die.log_prob(tensor({0, 3})), "Categorical::log_prob: expected indices from 0 to 2");
  CHECK_THROWS_AS(die.log_prob(tensor({-1, 0})), IndexError);
  CHECK_THROWS_WITH(die.log_prob(zeros(2)),
                    "Categorical::log_prob: expected indices, which are integers, got float32");
  CHECK_THROWS_AS(die.log_prob(zeros({3}, int64)), ShapeError);
  CHECK_THROWS_WITH(kl_divergence(die, Categorical({.logits = zeros({2, 4})})),
                    "kl_divergence: expected as many probabilities in both, got 3 and 4");
  CHECK_THROWS_WITH(kl_divergence(Normal(two, 1), Normal(three, 1)), ContainsSubstring("kl_divergence: "));
}
