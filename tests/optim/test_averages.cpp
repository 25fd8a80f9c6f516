// Exponentially weighted averages against their formula.
#include <cmath>
#include <limits>

#include <catch.h>

#include <taper/taper.h>

using namespace taper;
using optim::ExponentialMovingAverage;

namespace {

// The sum that the recursion stands for: (1 - beta) * sum of beta^(t - i) x_i.
double by_formula(const std::vector<double>& x, double beta, bool corrected) {
  double sum = 0, weights = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double weight = (1 - beta) * std::pow(beta, static_cast<double>(x.size() - 1 - i));
    sum += weight * x[i];
    weights += weight;
  }
  return corrected ? sum / weights : sum;
}

}  // namespace

TEST_CASE("an average of numbers") {
  for (const double beta : {0., 0.5, 0.9, 0.98})
    for (const bool corrected : {false, true}) {
      ExponentialMovingAverage average({.beta = beta, .bias_correction = corrected});
      CHECK(average.window() == Approx(1 / (1 - beta)));
      CHECK(average.count() == 0);
      std::vector<double> seen;
      for (int i = 0; i < 50; ++i) {
        seen.push_back(std::sin(0.3 * i) + 2);
        CHECK(average.update(seen.back()) == Approx(by_formula(seen, beta, corrected)).epsilon(1e-13));
        CHECK(average.count() == i + 1);
      }
    }
}

TEST_CASE("an average's first values: corrected, and not") {
  ExponentialMovingAverage plain({.bias_correction = false}), corrected;
  CHECK(corrected.options().beta == 0.9);
  CHECK(plain.update(5) == Approx(0.5));
  CHECK(corrected.update(5) == Approx(5));
  ExponentialMovingAverage copy = corrected;  // a value
  copy.update(100);
  CHECK(corrected.value() == Approx(5));
  CHECK(copy.value() == Approx((0.9 * 0.5 + 0.1 * 100) / (1 - 0.81)));
}

TEST_CASE("an average of tensors") {
  ExponentialMovingAverage<Tensor> average({.beta = 0.5, .bias_correction = false});
  Tensor x = from_data<float>({2, 4}, {2}).set_requires_grad();
  CHECK(average.update(x).to_vector<float>() == std::vector<float>{1, 2});
  for (const int i : {0, 1}) x.mutable_data<float>()[i] += 6;  // the average has its own memory
  CHECK(average.value().to_vector<float>() == std::vector<float>{1, 2});
  CHECK(average.update(x).to_vector<float>() == std::vector<float>{4.5, 6});
  CHECK(!average.value().requires_grad());
  ExponentialMovingAverage<Tensor> corrected({.beta = 0.5});
  corrected.update(from_data<double>({2}, {}));
  CHECK(corrected.update(from_data<double>({8}, {})).item<double>() == Approx((0.5 * 1 + 4) / 0.75));
}

TEST_CASE("Adam's slots are averages of the gradient and its square") {
  Tensor w = zeros({2}, float64).set_requires_grad();
  optim::Adam adam({w}, {.beta_1 = 0.8, .beta_2 = 0.95});
  ExponentialMovingAverage<Tensor> first({.beta = 0.8, .bias_correction = false}),
      second({.beta = 0.95, .bias_correction = false});
  for (int i = 1; i < 10; ++i) {
    const Tensor g = from_data<double>({1. / i, -2. * i}, {2});
    w.set_grad(g);
    adam.step();
    const Tensor m = first.update(g), v = second.update(square(g));
    for (const auto& [slot, wanted] : {std::pair{"momentum", m}, {"velocity", v}})
      for (std::size_t k : {0, 1})
        CHECK(adam.slot(0, slot).to_vector<double>()[k] ==
              Approx(wanted.to_vector<double>()[k]).epsilon(1e-13));
  }
}

TEST_CASE("an average's errors") {
  for (const double beta : {-0.1, 1., std::nan("")})
    CHECK_THROWS_WITH(ExponentialMovingAverage({.beta = beta}),
                      ContainsSubstring("ExponentialMovingAverage: beta must be in [0, 1)"));
  CHECK_THROWS_AS(ExponentialMovingAverage().value(), ValueError);
  CHECK_THROWS_WITH(ExponentialMovingAverage().value(), ContainsSubstring("call update() first"));
  ExponentialMovingAverage<Tensor> average;
  CHECK_THROWS_AS(average.update(Tensor()), ValueError);
  CHECK_THROWS_AS(average.update(zeros({2}, int64)), DTypeError);
  CHECK(average.count() == 0);
  average.update(ones({2}));
  CHECK_THROWS_WITH(average.update(ones({1})),
                    ContainsSubstring("expected shape [2], as of the first value, got [1]"));
  CHECK_THROWS_AS(average.update(ones({1})), ShapeError);
  CHECK_THROWS_AS(average.update(ones({2}, float64)), DTypeError);
  CHECK(average.count() == 1);
}
