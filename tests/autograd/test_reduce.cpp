// Reductions: what they say of arguments that do not fit, edge cases, digits, the same bits with any number
// of threads.
#include <algorithm>
#include <cmath>

#include <catch.h>

#include "same_bits.h"
#include <taper/autograd/autograd.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>
#include <taper/tensor/parallel.h>
#include <taper/tensor/random.h>

using namespace taper;

TEST_CASE("reductions say what does not fit") {
  const Tensor x = zeros({2, 3}), none = zeros({2, 0}), integers = zeros({2}, int64);
  CHECK_THROWS_WITH(norm(none, INFINITY), ContainsSubstring("norm: shape [2, 0] has no elements"));
  CHECK_THROWS_WITH(norm(none, -1), "norm: shape [2, 0] has no elements along the reduced axes");
  CHECK_THROWS_WITH(norm(integers),
                    "norm: expected float32 or float64, got int64; convert with to(x, float32)");
  CHECK_THROWS_WITH(median(none), "median: shape [2, 0] has no elements along the reduced axes");
  CHECK_THROWS_AS(median(none, 1), ValueError);
  CHECK_THROWS_AS(median(x, 2), IndexError);
  CHECK_THROWS_AS(max_with_indices(none, 1), ValueError);
  CHECK_THROWS_AS(argmax(none), ValueError);
  CHECK_THROWS_WITH(quantile(x, 1.5), "quantile: expected numbers from 0 to 1, got 1.5");
  CHECK_THROWS_AS(quantile(x, NAN), ValueError);
  CHECK_THROWS_AS(quantile(none, 0.5), ValueError);
  CHECK_THROWS_AS(quantile(integers, 0.5), DTypeError);
  CHECK_THROWS_WITH(quantile(x, zeros({1, 1})),
                    "quantile: expected a number or a vector of them, got shape [1, 1]");
  CHECK_THROWS_WITH(cov(zeros({1, 1, 1})),
                    "cov: expected a matrix [variables, observations] or a vector, got shape [1, 1, 1]");
  CHECK_THROWS_AS(any(x, {0, 0}), ValueError);
  CHECK_THROWS_WITH(stddev(integers), ContainsSubstring("stddev: expected float32 or float64"));
  for (const auto function : {any, all, prod, count_nonzero, nansum, nanmean})
    CHECK_THROWS_WITH(function(Tensor(), {}, false), ContainsSubstring(": the tensor is undefined"));
}

TEST_CASE("reductions of nothing and of one element") {
  const Tensor none = zeros({2, 0, 3});
  CHECK(!any(none).item<bool>());
  CHECK(all(none).item<bool>());
  CHECK(prod(none).item<float>() == 1);
  CHECK(prod(zeros({0}, boolean)).dtype() == int64);
  CHECK(count_nonzero(none, 1).to_vector<std::int64_t>() == std::vector<std::int64_t>(6, 0));
  CHECK(norm(none).item<float>() == 0);
  CHECK(std::isnan(var(none).item<float>()));
  CHECK(std::isnan(nanmean(none).item<float>()));
  CHECK(std::isnan(stddev(scalar(1)).item<float>()));
  CHECK(quantile(zeros({2, 3}), zeros({0}), 1).shape() == Shape{0, 2});
  CHECK(quantile(zeros({0, 3}), 0.5, 1, true).shape() == Shape{0, 1});
  CHECK(median(zeros({0, 3}), 1).values.shape() == Shape{0});
  // Axes of extent 1: each element is mapped.
  const Tensor x = tensor({{-3.}, {0.}});
  CHECK(norm(x, 2, 1).to_vector<float>() == std::vector<float>{3, 0});
  CHECK(norm(x, -INFINITY, 1).to_vector<float>() == std::vector<float>{3, 0});
  CHECK(any(x, 1).to_vector<bool>() == std::vector<bool>{true, false});
  CHECK(count_nonzero(x, 1).to_vector<std::int64_t>() == std::vector<std::int64_t>{1, 0});
  CHECK(nansum(scalar(NAN)).item<float>() == 0);
  CHECK(prod(tensor({7}, uint8)).item<std::int64_t>() == 7);
}

namespace {

std::vector<double> doubles(const Tensor& x) { return to(x, float64).to_vector<double>(); }

double distance(const Tensor& given, const Tensor& wanted) {
  const std::vector<double> a = doubles(given), b = doubles(wanted);
  REQUIRE(a.size() == b.size());
  double worst = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    worst = std::max(worst, std::abs(a[i] - b[i]) / std::max(std::abs(b[i]), 1e-300));
  return worst;
}

const std::vector<Shape> shapes{{1'000'003},   {3, 70'000}, {70'000, 3}, {500, 700},
                                {30, 200, 30}, {5, 1, 9},   {40'000, 2}, {65, 65}};

}  // namespace

TEST_CASE("variances keep their digits far from 0, along every axis") {
  Generator generator(3);
  for (const Shape& shape : shapes) {
    const Tensor x = normal(shape, 1000, 1, float32, generator), exact = to(x, float64);
    for (unsigned mask = 1; mask < 1u << shape.rank(); ++mask) {
      Axes axes;
      std::int64_t count = 1;
      for (int i = 0; i < shape.rank(); ++i)
        if (mask >> i & 1) axes.push_back(i), count *= shape[i];
      if (count == 1) continue;
      INFO(shape << " mask " << mask);
      const Tensor centred = exact - mean(exact, axes, true);
      const Tensor wanted = sum(square(centred), axes) / static_cast<double>(count - 1);
      CHECK(distance(var(x, axes), wanted) < 1e-6);
      CHECK(distance(var(exact, axes), wanted) < 1e-11);
      CHECK(distance(square(stddev(x, axes)), wanted) < 1e-6);
    }
  }
}

TEST_CASE("maps and combinations over every subset of axes") {
  Generator generator(4);
  for (const Shape& shape : shapes) {
    const Tensor x = normal(shape, 0, 1, float32, generator);
    const Tensor exact = where(abs(to(x, float64)) < 0.3, 0, to(x, float64)), zeros = to(exact, float32);
    for (unsigned mask = 1; mask < 1u << shape.rank(); ++mask) {
      Axes axes;
      for (int i = 0; i < shape.rank(); ++i)
        if (mask >> i & 1) axes.push_back(i);
      INFO(shape << " mask " << mask);
      CHECK(distance(norm(zeros, 2, axes), sqrt(sum(square(exact), axes))) < 1e-6);
      CHECK(distance(norm(zeros, 1, axes), sum(abs(exact), axes)) < 1e-6);
      CHECK(distance(norm(zeros, INFINITY, axes), max(abs(to(zeros, float64)), axes)) == 0);
      CHECK(distance(norm(x, -INFINITY, axes), min(abs(to(x, float64)), axes)) == 0);
      const Tensor nonzero = sum(exact != 0, axes);
      CHECK(doubles(count_nonzero(zeros, axes)) == doubles(nonzero));
      CHECK(doubles(any(zeros, axes)) == doubles(nonzero > 0));
      CHECK(doubles(all(zeros, axes)) == doubles(sum(exact == 0, axes) == 0));
      CHECK(doubles(any(exact != 0, axes)) == doubles(nonzero > 0));
      CHECK(distance(nansum(where(zeros == 0, NAN, abs(zeros)), axes), sum(abs(exact), axes)) < 1e-6);
    }
  }
  const Tensor factors = uniform({1000, 70}, 0.99, 1.01, float64, generator);
  for (const Axes& axes : {Axes{0}, Axes{1}, Axes{}})
    CHECK(distance(prod(factors, axes), exp(sum(log(factors), axes))) < 1e-11);
}

TEST_CASE("elements by rank, in short and long rows") {
  Generator generator(5);
  for (const std::int64_t length : {1, 2, 9, 1000, 70'000, 200'001})
    for (const DType dtype : {uint8, int32, int64, float32, float64}) {
      const Tensor x = is_floating(dtype) ? normal({2, length}, 0, 1, dtype, generator)
                                          : random_integers({2, length}, 0, 200, dtype, generator);
      const auto [values, indices] = median(x, 1);
      CHECK(doubles(values) == doubles(gather(x, 1, unsqueeze(indices, 1))));
      for (std::int64_t row = 0; row < 2; ++row) {
        std::vector<double> sorted = doubles(x[row]);
        const std::vector<double> given = sorted;
        std::stable_sort(sorted.begin(), sorted.end());
        const double middle = sorted[static_cast<std::size_t>((length - 1) / 2)];
        INFO(length << " " << dtype);
        CHECK(values[row].item<double>() == middle);
        // Of equal elements the one at the same place among them.
        const auto first = std::lower_bound(sorted.begin(), sorted.end(), middle);
        std::int64_t skip = (length - 1) / 2 - (first - sorted.begin()), at = 0;
        while (given[static_cast<std::size_t>(at)] != middle || skip-- > 0) ++at;
        CHECK(indices[row].item<std::int64_t>() == at);
      }
      CHECK(median(x).item<double>() ==
            quantile(to(x, float64), 0.5, {}, false, Interpolation::lower).item<double>());
      if (!is_floating(dtype)) continue;
      const Tensor some = quantile(x, tensor({1., 0.25, 0.}, dtype), 1);
      CHECK(doubles(some[0]) == doubles(max(x, 1)));
      CHECK(doubles(some[2]) == doubles(min(x, 1)));
    }
  Tensor x = uniform({100'000}, 0, 1, float32, generator);
  x.mutable_data<float>()[777] = NAN;
  CHECK(std::isnan(median(x).item<float>()));
  CHECK(median(x, 0).indices.item<std::int64_t>() == 777);
}

TEST_CASE("positions of all elements") {
  CHECK(argmax(tensor({{1, 5}, {5, 2}})).item<std::int64_t>() == 1);
  CHECK(argmin(tensor({{1., 5.}, {double(NAN), 2.}})).item<std::int64_t>() == 2);
  Generator generator(6);
  for (const std::int64_t length : {7, 100, 70'000, 300'001}) {
    const Tensor x = normal({length}, 0, 1, float32, generator);
    const std::vector<float> values = x.to_vector<float>();
    CHECK(argmax(x).item<std::int64_t>() == std::max_element(values.begin(), values.end()) - values.begin());
    CHECK(argmin(x).item<std::int64_t>() == std::min_element(values.begin(), values.end()) - values.begin());
  }
}

TEST_CASE("other reductions have the same bits for any number of threads") {
  Generator generator(7);
  const Tensor x = normal({300'000}, 0, 1, float32, generator);
  require_same_bits([&] {
    std::vector<std::vector<double>> bits;
    for (const Shape& shape : {Shape{300'000, 1}, Shape{300, 1000}, Shape{30'000, 10}, Shape{2, 150'000}})
      for (const Axes& axes : {Axes{0}, Axes{1}, Axes{}}) {
        const Tensor y = reshape(x, shape);
        for (const Tensor& each : {var(y, axes, false, 0), norm(y, 2, axes), prod(y, axes), nansum(y, axes)})
          bits.push_back(doubles(each));
        bits.push_back(doubles(quantile(y, 0.3, axes)));
        bits.push_back(doubles(count_nonzero(y, axes)));
      }
    return bits;
  });
}
