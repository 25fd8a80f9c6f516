// Random numbers with a parameter for each element, and drawing by weights: distributions, by chi-squared
// tests with fixed seeds; independence of the number of threads; errors.
#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include <catch.h>

#include <taper/tensor/create.h>
#include <taper/tensor/elementwise.h>
#include <taper/tensor/error.h>
#include <taper/tensor/random_words.h>

using namespace taper;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

// Whether counts fit the expected ones: exceeded once in a million times by chance.
void check_fit(const std::vector<double>& counts, const std::vector<double>& expected) {
  double chi_squared = 0;
  for (std::size_t i = 0; i < counts.size(); ++i)
    chi_squared += (counts[i] - expected[i]) * (counts[i] - expected[i]) / expected[i];
  const double degrees = static_cast<double>(counts.size()) - 1;
  CHECK(chi_squared < degrees + 5 * std::sqrt(2 * degrees) + 16);
}

std::vector<double> values(const Tensor& x) { return compute::cast(x, float64).to_vector<double>(); }

struct Moments {
  double mean, variance;
};
Moments moments(const std::vector<double>& all) {
  const double n = static_cast<double>(all.size());
  const double mean = std::accumulate(all.begin(), all.end(), 0.0) / n;
  double square = 0;
  for (const double x : all) square += (x - mean) * (x - mean);
  return {mean, square / n};
}

// One row of weights many times, without a copy.
Tensor repeated(const std::vector<double>& weights, std::int64_t rows) {
  const auto n = static_cast<std::int64_t>(weights.size());
  const Tensor row = from_data(weights, {1, n});
  return row.alias(row.layout().expand("repeated", {rows, n}));
}

}  // namespace

TEST_CASE("exponential numbers fit their distribution") {
  Generator generator(1);
  for (const DType dtype : {float32, float64}) {
    constexpr std::int64_t count = 200'000, bins = 50;
    const std::vector<double> drawn = values(exponential({count}, 2, dtype, generator));
    CHECK(*std::min_element(drawn.begin(), drawn.end()) >= 0);
    CHECK(*std::max_element(drawn.begin(), drawn.end()) < 20);
    std::vector<double> counts(bins);
    for (const double x : drawn) ++counts[static_cast<std::size_t>(-std::expm1(-2 * x) * bins)];
    check_fit(counts, std::vector<double>(bins, count / bins));
  }
  CHECK(exponential({0, 3}).shape() == Shape{0, 3});
  // Small ones have all their bits.
  const std::vector<double> small = values(exponential({1'000'000}, 1, float32, generator));
  CHECK(*std::min_element(small.begin(), small.end()) < 0x1p-17);
  CHECK(std::set<double>(small.begin(), small.end()).size() > 900'000);
}

TEST_CASE("bernoulli follows the probability of each element") {
  Generator generator(2);
  const std::vector<double> p{0, 0.25, 0.5, 0.999, 1};
  constexpr std::int64_t count = 100'000;
  const Tensor drawn = bernoulli(repeated(p, count), generator);
  CHECK(drawn.dtype() == float64);
  std::vector<double> sums(p.size());
  const std::vector<double> all = values(drawn);
  for (std::size_t i = 0; i < all.size(); ++i) sums[i % p.size()] += all[i];
  for (std::size_t i = 0; i < p.size(); ++i)
    CHECK(std::abs(sums[i] - p[i] * count) <= 5 * std::sqrt(p[i] * (1 - p[i]) * count));
}

TEST_CASE("poisson numbers have the moments of each rate") {
  Generator generator(3);
  for (const double rate : {0.0, 1e-3, 0.7, 5.0, 9.99, 10.0, 11.0, 40.0, 1e3, 1e6, 1e12, 1e20}) {
    CAPTURE(rate);
    constexpr std::int64_t count = 100'000;
    const auto [mean, variance] = moments(values(poisson(full({count}, rate, float64), generator)));
    CHECK(std::abs(mean - rate) <= 5 * std::sqrt(rate / count) + 1e-12 * rate);
    CHECK(std::abs(variance - rate) <= 6 * std::sqrt((2 * rate * rate + rate) / count));
  }
}

TEST_CASE("poisson numbers fit their distribution") {
  Generator generator(4);
  for (const double rate : {2.5, 9.5, 10.5, 25.0, 300.0}) {
    CAPTURE(rate);
    constexpr std::int64_t count = 400'000;
    // The last cell holds all larger numbers.
    std::vector<double> expected;
    double probability = std::exp(-rate), rest = 1;
    for (int k = 0; k < rate || probability * count > 20; ++k) {
      expected.push_back(probability * count);
      rest -= probability;
      probability *= rate / (k + 1);
    }
    expected.push_back(rest * count);
    std::vector<double> counts(expected.size());
    for (const double k : values(poisson(full({count}, rate), generator)))
      ++counts[std::min(static_cast<std::size_t>(k), counts.size() - 1)];
    // The first cells together, where few are expected.
    std::size_t first = 0;
    while (expected[first] < 20) {
      expected[first + 1] += expected[first];
      counts[first + 1] += counts[first];
      ++first;
    }
    const auto from = static_cast<std::ptrdiff_t>(first);
    check_fit({counts.begin() + from, counts.end()}, {expected.begin() + from, expected.end()});
  }
}

TEST_CASE("multinomial with replacement draws in proportion to the weights") {
  Generator generator(5);
  for (const std::int64_t n : {1, 3, 16, 17, 1000}) {
    CAPTURE(n);
    constexpr std::int64_t count = 200'000;
    std::vector<double> weights;
    for (std::int64_t i = 0; i < n; ++i) weights.push_back(i % 3 == 1 ? 0 : static_cast<double>(1 + i % 7));
    const double total = std::accumulate(weights.begin(), weights.end(), 0.0);
    const Tensor drawn = multinomial(from_data(weights, {n}), count, true, generator);
    CHECK(drawn.dtype() == int64);
    std::vector<double> counts(static_cast<std::size_t>(n)), some, expected;
    for (const std::int64_t i : drawn.to_vector<std::int64_t>()) ++counts[static_cast<std::size_t>(i)];
    for (std::size_t i = 0; i < counts.size(); ++i) {
      if (weights[i] == 0) {
        CHECK(counts[i] == 0);
        continue;
      }
      some.push_back(counts[i]);
      expected.push_back(weights[i] / total * count);
    }
    check_fit(some, expected);
  }
}

TEST_CASE("multinomial without replacement draws one after the other") {
  Generator generator(6);
  const std::vector<double> weights{1, 0, 2, 3, 4};
  constexpr std::int64_t rows = 100'000;
  const auto drawn = multinomial(repeated(weights, rows), 2, false, generator).to_vector<std::int64_t>();
  std::vector<double> counts, expected;
  for (std::int64_t i = 0; i < 5; ++i)
    for (std::int64_t j = 0; j < 5; ++j) {
      double found = 0;
      for (std::size_t row = 0; row < rows; ++row) found += drawn[2 * row] == i && drawn[2 * row + 1] == j;
      const double first = weights[static_cast<std::size_t>(i)],
                   second = weights[static_cast<std::size_t>(j)];
      if (i == j || first * second == 0) {
        CHECK(found == 0);
        continue;
      }
      counts.push_back(found);
      expected.push_back(first / 10 * second / (10 - first) * rows);
    }
  check_fit(counts, expected);
}

TEST_CASE("multinomial without replacement takes the first of a race, as if all times were known") {
  for (const std::int64_t n : {9, 5001, 150'001})
    for (const std::int64_t count : {std::int64_t{1}, std::int64_t{7}, n / 3, n - n / 5 - 1}) {
      CAPTURE(n, count);
      Generator generator(7);
      Tensor weights = uniform({2, n}, 0, 1, float64, generator);
      for (std::int64_t i = 0; i < 2 * n; i += 5) weights.mutable_data<double>()[i] = 0;
      const std::uint64_t first = generator.position();
      const auto drawn = multinomial(weights, count, false, generator).to_vector<std::int64_t>();
      CHECK(generator.position() == first + static_cast<std::uint64_t>(n));
      std::vector<std::uint32_t> words(static_cast<std::size_t>(4 * n));
      kernels::random().blocks(7, first, n, words.data());
      for (std::int64_t row = 0; row < 2; ++row) {
        std::vector<std::pair<double, std::int64_t>> times;
        for (std::int64_t i = 0; i < n; ++i)
          if (const double weight = weights.data<double>()[row * n + i]; weight > 0)
            times.emplace_back(-std::log1p(-compute::open_unit(words.data() + 2 * (row * n + i))) / weight,
                               i);
        std::partial_sort(times.begin(), times.begin() + count, times.end());
        bool same = true;
        for (std::int64_t i = 0; i < count; ++i)
          same = same && drawn[static_cast<std::size_t>(row * count + i)] ==
                             times[static_cast<std::size_t>(i)].second;
        CHECK(same);
      }
    }
}

TEST_CASE("multinomial draws all weights if it must, and from extreme ones") {
  Generator generator(8);
  auto order = multinomial(full({100}, 0.1), 100, false, generator).to_vector<std::int64_t>();
  CHECK(!std::is_sorted(order.begin(), order.end()));
  std::sort(order.begin(), order.end());
  for (std::int64_t i = 0; i < 100; ++i) CHECK(order[static_cast<std::size_t>(i)] == i);
  const Tensor far = from_data({1e300, 0., 1e-300, 1e-9}, {4});
  CHECK(multinomial(far, 3, false, generator).to_vector<std::int64_t>() ==
        std::vector<std::int64_t>{0, 3, 2});
  CHECK(multinomial(far, 5, true, generator).to_vector<std::int64_t>() == std::vector<std::int64_t>(5, 0));
  CHECK(multinomial(from_data({0.f, 1e-45f}, {2}), 3, true, generator).numel() == 3);
  CHECK(multinomial(ones({2, 3}), 0, true, generator).shape() == Shape{2, 0});
  CHECK(multinomial(ones({0, 3}), 2, false, generator).shape() == Shape{0, 2});
  CHECK(multinomial(ones({2, 2, 3}), 2, false, generator).shape() == Shape{2, 2, 2});
  CHECK(multinomial(ones({2, 0}), 0, false, generator).shape() == Shape{2, 0});
}

TEST_CASE("samples are the same for any number of threads and any layout") {
  const int threads = num_threads();
  const auto draw = [](int count, bool dense) {
    set_num_threads(count);
    Generator generator(9);
    Tensor parameters = uniform({300, 700}, 0, 1, float32, generator);
    parameters = parameters.alias(parameters.layout().transpose("draw", 0, 1));
    if (dense) parameters = compute::contiguous(parameters);
    std::vector<double> all = values(exponential({100'001}, 1, float32, generator));
    for (const Tensor& more :
         {bernoulli(parameters, generator), poisson(parameters, generator),
          multinomial(parameters, 20, true, generator), multinomial(parameters, 20, false, generator),
          multinomial(ones({200'000}), 2000, false, generator),
          multinomial(ones({200'000}), 20'000, true, generator)}) {
      const std::vector<double> drawn = values(more);
      all.insert(all.end(), drawn.begin(), drawn.end());
    }
    return all;
  };
  const std::vector<double> one = draw(1, true);
  CHECK(draw(2, true) == one);
  CHECK(draw(5, false) == one);
  set_num_threads(threads);
}

TEST_CASE("sampling refuses nonsense") {
  const Tensor x = ones({2, 3});
  CHECK_THROWS_WITH(exponential({2}, 0),
                    "exponential: expected a rate above 0 for which 40 / rate is finite in float32, got 0");
  CHECK_THROWS_AS(exponential({2}, NAN), ValueError);
  CHECK_THROWS_AS(exponential({2}, 1e-38), ValueError);
  CHECK_THROWS_WITH(exponential({2}, 1, int64), "exponential: expected float32 or float64, got int64");
  CHECK_THROWS_WITH(bernoulli(full({3}, 1.5)), "bernoulli: expected probabilities between 0 and 1, got 1.5");
  CHECK_THROWS_AS(bernoulli(full({3}, NAN)), ValueError);
  CHECK_THROWS_AS(bernoulli(zeros({3}, int64)), DTypeError);
  CHECK_THROWS_WITH(bernoulli(Tensor()),
                    "bernoulli: the tensor is undefined: default-constructed and never assigned");
  CHECK_THROWS_WITH(poisson(full({3}, -1)), "poisson: expected finite rates of at least 0, got -1");
  CHECK_THROWS_AS(poisson(full({3}, infinity)), ValueError);
  CHECK_THROWS_AS(poisson(full({3}, NAN, float64)), ValueError);
  CHECK_THROWS_AS(poisson(zeros({3}, int32)), DTypeError);
  for (const bool replacement : {false, true}) {
    const auto draw = [&](const Tensor& weights, std::int64_t count) {
      return multinomial(weights, count, replacement);
    };
    CHECK_THROWS_WITH(draw(full({3}, -1), 1), "multinomial: expected finite weights of at least 0, got -1");
    CHECK_THROWS_AS(draw(full({3}, NAN), 1), ValueError);
    CHECK_THROWS_AS(draw(full({3}, infinity, float64), 1), ValueError);
    CHECK_THROWS_AS(draw(zeros({2, 3}), 1), ValueError);
    CHECK_THROWS_AS(draw(ones({3}, int64), 1), DTypeError);
    CHECK_THROWS_AS(draw(Tensor(), 1), ValueError);
    CHECK_THROWS_WITH(draw(scalar(1), 1), "multinomial: expected weights of rank 1 or more, got shape []");
    CHECK_THROWS_WITH(draw(x, -1), "multinomial: expected a count of at least 0, got -1");
    CHECK_THROWS_WITH(draw(ones({2, 0}), 1), "multinomial: expected a count of at most the 0 weights, got 1");
    CHECK_THROWS_AS(draw(x, std::numeric_limits<std::int64_t>::max()), Error);
  }
  CHECK_THROWS_WITH(multinomial(x, 4), "multinomial: expected a count of at most the 3 weights, got 4");
  CHECK_THROWS_WITH(multinomial(from_data({1.f, 0.f, 2.f}, {3}), 3),
                    "multinomial: expected at least 3 weights above 0 to draw without replacement, got 2");
  CHECK_THROWS_WITH(multinomial(zeros({2, 3}), 1, true),
                    "multinomial: expected weights with a finite sum above 0, got 0 in row 0");
  CHECK_THROWS_AS(multinomial(full({3}, 1e308, float64), 1, true), ValueError);
}
