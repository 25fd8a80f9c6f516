// Dropout of channels, and noise: statistics, determinism, arguments.
#include <cmath>
#include <set>

#include <catch.h>

#include <taper/autograd/autograd.h>
#include <taper/tensor/create.h>

using namespace taper;

namespace {

double mean_of(const Tensor& x) { return mean(x).item<double>(); }

using Random = Tensor (*)(const Tensor&, double, bool, Generator&);

}  // namespace

TEST_CASE("whole channels are dropped") {
  struct Case {
    Random function;
    Shape shape;
    int channels;  // how many of its first axes say which channel it is
  };
  for (const Case& each :
       {Case{dropout1d, {40, 50, 3}, 2}, Case{dropout1d, {1000, 3}, 1}, Case{dropout2d, {40, 50, 2, 2}, 2},
        Case{dropout2d, {40, 50, 3}, 2}, Case{dropout3d, {40, 50, 2, 1, 2}, 2},
        Case{dropout3d, {1000, 1, 2, 3}, 1}, Case{feature_alpha_dropout, {40, 50, 4}, 2},
        Case{feature_alpha_dropout, {40, 50}, 2}}) {
    Generator generator(3), same(3);
    const Tensor x = ones(each.shape), y = each.function(x, 0.3, true, generator);
    CHECK(equal(y, each.function(x, 0.3, true, same)));
    std::int64_t channels = 1;
    for (int i = 0; i < each.channels; ++i) channels *= each.shape[i];
    const Tensor rows = reshape(y, {channels, -1});
    CHECK(equal(rows, expand(slice(rows, 1, 0, 1), rows.shape())));
    const Tensor highest = max(rows);
    CHECK(mean_of(to(slice(rows, 1, 0, 1) == highest, float32)) == Approx(0.7).margin(0.04));
    CHECK(equal(each.function(x, 0.3, false, generator), x));
    CHECK(equal(each.function(x, 0, true, generator), x));
    CHECK(equal(each.function(x, 1, true, generator), zeros_like(x)));
    CHECK_THROWS_AS(each.function(x, 1.5, true, generator), ValueError);
    CHECK_THROWS_AS(each.function(x, NAN, true, generator), ValueError);
    CHECK_THROWS_AS(each.function(zeros({3}), 0.5, true, generator), ShapeError);
    CHECK_THROWS_AS(each.function(zeros({2, 3}, int64), 0.5, true, generator), DTypeError);
  }
  CHECK_THROWS_WITH(dropout2d(zeros({2, 3})), "dropout2d: expected a rank of 3 or 4, got shape [2, 3]");
  CHECK_THROWS_WITH(feature_alpha_dropout(zeros(3), 2),
                    "feature_alpha_dropout: p must be between 0 and 1, got 2");
}

TEST_CASE("alpha dropout keeps mean and variance") {
  Generator generator(4);
  const Tensor x = normal({100000}, 0, 1, float32, generator);
  for (const double p : {0.1, 0.5, 0.9}) {
    const Tensor y = alpha_dropout(x, p, true, generator);
    CHECK(mean_of(y) == Approx(0).margin(0.02));
    CHECK(var(y).item<double>() == Approx(1).margin(0.03));
  }
  CHECK(equal(alpha_dropout(x, 1), zeros_like(x)));
  CHECK(equal(alpha_dropout(x, 0.3, false), x));
}

TEST_CASE("noise has the mean and deviation that it is said to have") {
  Generator generator(5), same(5);
  const Tensor x = full({100000}, 3);
  const Tensor added = gaussian_noise(x, 0.5, true, generator);
  CHECK(equal(added, gaussian_noise(x, 0.5, true, same)));
  CHECK(mean_of(added) == Approx(3).margin(0.01));
  CHECK(stddev(added).item<double>() == Approx(0.5).margin(0.01));
  const Tensor multiplied = gaussian_dropout(x, 0.2, true, generator);
  CHECK(mean_of(multiplied) == Approx(3).margin(0.03));
  CHECK(stddev(multiplied).item<double>() == Approx(1.5).margin(0.02));
  CHECK(equal(gaussian_noise(x, 0.5, false), x));
  CHECK(equal(gaussian_dropout(x, 0.5, false), x));
  CHECK(equal(gaussian_dropout(x, 0), x));
  CHECK_THROWS_WITH(gaussian_noise(x, -1),
                    "gaussian_noise: expected a finite standard deviation of at least 0, got -1");
  CHECK_THROWS_WITH(gaussian_dropout(x, 1), "gaussian_dropout: p must be in [0, 1), got 1");
}

TEST_CASE("noise is that of the scope") {
  const auto draw = [] {
    const RandomScope scope(Generator(9));
    const Tensor x = ones({4, 5, 6});
    return concat(
        {dropout1d(x), alpha_dropout(x), gaussian_noise(x, 1), rrelu(-x, 0.1, 0.9, true), gumbel_softmax(x)});
  };
  const Tensor first = draw();
  uniform({100});
  CHECK(equal(draw(), first));
}
