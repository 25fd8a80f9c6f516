// Random numbers: the published vectors of Philox, distributions, independence of the number of threads.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <thread>

#include <catch.h>

#include <taper/tensor/create.h>
#include <taper/tensor/elementwise.h>
#include <taper/tensor/error.h>
#include <taper/tensor/kernels/random.h>
#include <taper/tensor/parallel.h>
#include <taper/tensor/random.h>

using namespace taper;

TEST_CASE("philox gives the published values") {
  // Random123's kat_vectors for philox4x32, 10 rounds.
  CHECK(philox({0, 0, 0, 0}, {0, 0}) ==
        std::array<std::uint32_t, 4>{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  constexpr std::uint32_t f = 0xffffffff;
  CHECK(philox({f, f, f, f}, {f, f}) ==
        std::array<std::uint32_t, 4>{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
        std::array<std::uint32_t, 4>{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("the kernel draws the blocks of philox, wherever it begins") {
  const std::uint64_t seed = 0x123456789abcdef0, first = 0xfffffff8;
  std::uint32_t words[4 * 37];
  kernels::random().blocks(seed, first, 37, words);
  for (std::uint64_t i = 0; i < 37; ++i) {
    const std::uint64_t block = first + i;
    const auto expected =
        philox({static_cast<std::uint32_t>(block), static_cast<std::uint32_t>(block >> 32), 0, 0},
               {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)});
    CHECK(std::equal(expected.begin(), expected.end(), words + 4 * i));
  }
}

TEST_CASE("the same seed gives the same numbers for any number of threads") {
  const int threads = num_threads();
  const auto draw = [](int count) {
    set_num_threads(count);
    manual_seed(7);
    std::vector<double> all = uniform({100'003}, 0, 1, float64).to_vector<double>();
    for (const Tensor& more : {normal({70'001}, 1, 2, float64), truncated_normal({9'999}, 0, 1, float64)}) {
      const std::vector<double> values = more.to_vector<double>();
      all.insert(all.end(), values.begin(), values.end());
    }
    return all;
  };
  const std::vector<double> one = draw(1);
  CHECK(draw(2) == one);
  CHECK(draw(4) == one);
  set_num_threads(threads);
}

TEST_CASE("distributions have their moments") {
  manual_seed(1);
  const auto moments = [](const std::vector<double>& values) {
    const double n = static_cast<double>(values.size());
    const double mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
    double square = 0;
    for (const double v : values) square += (v - mean) * (v - mean);
    return std::pair(mean, square / n);
  };
  const auto [um, uv] = moments(uniform({200'000}, -1, 3, float64).to_vector<double>());
  CHECK(um == Approx(1).margin(0.02));
  CHECK(uv == Approx(16.0 / 12).margin(0.02));
  const auto [nm, nv] = moments(normal({200'001}, 5, 2, float64).to_vector<double>());
  CHECK(nm == Approx(5).margin(0.03));
  CHECK(nv == Approx(4).margin(0.06));
  const std::vector<double> cut = truncated_normal({200'000}, 0, 1, float64).to_vector<double>();
  CHECK(*std::max_element(cut.begin(), cut.end()) <= 2);
  CHECK(*std::min_element(cut.begin(), cut.end()) >= -2);
  CHECK(std::sqrt(moments(cut).second) == Approx(0.8796256610342398).margin(0.005));
  const auto [bm, bv] = moments(bernoulli({200'000}, 0.3, float64).to_vector<double>());
  CHECK(bm == Approx(0.3).margin(0.01));
  CHECK(bernoulli({100}, 0).to_vector<float>() == std::vector<float>(100, 0.f));
  CHECK(bernoulli({100}, 1).to_vector<float>() == std::vector<float>(100, 1.f));
}

TEST_CASE("integers and permutations stay in range and are complete") {
  const std::vector<std::int64_t> dice = random_integers({6000}, 1, 7).to_vector<std::int64_t>();
  for (std::int64_t face = 1; face <= 6; ++face) CHECK(std::count(dice.begin(), dice.end(), face) > 800);
  std::vector<std::int64_t> order = permutation(1001).to_vector<std::int64_t>();
  CHECK(!std::is_sorted(order.begin(), order.end()));
  std::sort(order.begin(), order.end());
  for (std::int64_t i = 0; i < 1001; ++i) CHECK(order[static_cast<std::size_t>(i)] == i);
  CHECK(permutation(0).numel() == 0);
}

TEST_CASE("random functions refuse nonsense") {
  CHECK_THROWS_AS(uniform({2}, 1, 0), ValueError);
  CHECK_THROWS_AS(uniform({2}, 0, NAN), ValueError);
  CHECK_THROWS_AS(uniform({2}, 0, 1, int64), DTypeError);
  CHECK_THROWS_AS(normal({2}, 0, -1), ValueError);
  CHECK_THROWS_AS(bernoulli({2}, 1.5), ValueError);
  CHECK_THROWS_AS(bernoulli({2}, NAN), ValueError);
  CHECK_THROWS_AS(permutation(-1), ValueError);
  CHECK_THROWS_AS(permutation(std::numeric_limits<std::int64_t>::max()), ShapeError);
  CHECK_THROWS_AS(uniform({2}, -1e308, 1e308, float64), ValueError);
  CHECK_THROWS_AS(uniform({2}, 0, 1e39), ValueError);
  CHECK_THROWS_AS(uniform({2}, 1, 1 + 1e-12), ValueError);  // no float32 in between
  CHECK_THROWS_AS(normal({2}, NAN, 1), ValueError);
  CHECK_THROWS_AS(normal({2}, 0, INFINITY), ValueError);
  CHECK_THROWS_AS(normal({2}, 0, 1e38), ValueError);  // some would be infinite
  CHECK_THROWS_AS(truncated_normal({2}, 1e308, 1e307, float64), ValueError);
  CHECK_THROWS_WITH(random_integers({2}, 0, 300, uint8),
                    "random_integers: expected numbers from 0 to 255 for uint8, got low 0 and high 300");
  CHECK_THROWS_AS(random_integers({2}, -1, 3, uint8), ValueError);
  CHECK_THROWS_AS(random_integers({2}, 0, (std::int64_t{1} << 31) + 1, int32), ValueError);
  CHECK_THROWS_AS(random_integers({2}, 3, 3), ValueError);
  CHECK_THROWS_AS(random_integers({2}, 0, 3, float32), DTypeError);
}

TEST_CASE("random numbers reach the ends of their range and never the excluded bound") {
  manual_seed(3);
  const std::vector<std::uint8_t> bytes = random_integers({20'000}, 0, 256, uint8).to_vector<std::uint8_t>();
  CHECK(*std::min_element(bytes.begin(), bytes.end()) == 0);
  CHECK(*std::max_element(bytes.begin(), bytes.end()) == 255);
  constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min();
  CHECK(random_integers({1}, least, least + 1).item<std::int64_t>() == least);
  // Of two neighbours half of all numbers round to the upper one.
  const float low = 1, high = std::nextafter(low, 2.f);
  CHECK(uniform({1000}, low, high).to_vector<float>() == std::vector<float>(1000, low));
  const double upper = std::nextafter(1.0, 2.0);
  CHECK(uniform({1000}, 1, upper, float64).to_vector<double>() == std::vector<double>(1000, 1.0));
  CHECK(uniform({3}, 2, 2).to_vector<float>() == std::vector<float>(3, 2.f));
}

// As this library drew them when the test was written; the blocks are checked against Philox itself above.
TEST_CASE("the numbers of a seed stay what they are") {
  Generator generator(0x123456789abcdef);
  const auto check = [](const Tensor& drawn, const std::vector<double>& wanted) {
    const std::vector<double> values = compute::cast(drawn, float64).to_vector<double>();
    REQUIRE(values.size() == wanted.size());
    for (std::size_t i = 0; i < values.size(); ++i) CHECK(values[i] == Approx(wanted[i]).epsilon(1e-6));
  };
  check(uniform({4}, 0, 1, float32, generator), {0.71997273, 0.771677971, 0.0806827545, 0.478591859});
  check(normal({4}, 0, 1, float32, generator), {-0.652524352, 1.358675, -0.324051708, -0.949593365});
  check(truncated_normal({4}, 0, 1, float32, generator),
        {-0.597685158, -1.81006694, -0.752973735, 0.348650396});
  check(random_integers({6}, 0, 1000, int64, generator), {978, 614, 720, 332, 526, 53});
  check(bernoulli({8}, 0.5, float32, generator), {1, 0, 1, 1, 0, 0, 1, 0});
  check(permutation(9, generator), {3, 6, 4, 8, 5, 2, 7, 1, 0});
  check(exponential({4}, 2, float32, generator), {1.2344656, 0.882838011, 0.0924182162, 1.06424189});
  check(exponential({3}, 2, float64, generator), {0.507629559, 0.00439062185, 0.518890049});
  check(bernoulli(from_data({0.1, 0.5, 0.9, 0.3, 0.7, 0.5}, {6}), generator), {0, 1, 1, 0, 1, 0});
  check(poisson(from_data({0.1, 2., 9., 11., 300., 1e6}, {6}), generator), {0, 3, 8, 10, 304, 1000561});
  const Tensor weights = from_data({1., 2., 3., 4.}, {4});
  check(multinomial(weights, 8, true, generator), {0, 3, 3, 3, 3, 1, 2, 3});
  check(multinomial(weights, 4, false, generator), {3, 0, 2, 1});
}

TEST_CASE("a generator splits by keys, wherever it is") {
  Generator parent(5), later(5), other(6);
  later.advance(1000);
  CHECK(parent.split(3).seed() == later.split(3).seed());
  CHECK(later.split(3).position() == 0);
  // Keys, seeds and their order make a difference, and no child repeats its parent.
  CHECK(parent.split(3).seed() != other.split(3).seed());
  CHECK(parent.split(1).split(2).seed() != parent.split(2).split(1).seed());
  CHECK(parent.split(0).seed() != parent.seed());
  std::vector<std::uint64_t> seeds;
  for (std::uint64_t key = 0; key < 1000; ++key) {
    seeds.push_back(parent.split(key).seed());
    seeds.push_back(parent.split(~key).seed());
    const auto drawn = philox({static_cast<std::uint32_t>(key), 0, 0, 0}, {5, 0});
    seeds.push_back(drawn[0] | std::uint64_t{drawn[1]} << 32);
  }
  std::sort(seeds.begin(), seeds.end());
  CHECK(std::adjacent_find(seeds.begin(), seeds.end()) == seeds.end());
  CHECK(Generator(0).split(0).seed() == 0x1348e23f2dce73e5);
  CHECK(Generator(0x123456789abcdef).split(~std::uint64_t{0}).seed() == 0x9656392ec1bb63de);

  Generator copy(later);
  CHECK(uniform({5}, 0, 1, float32, copy).to_vector<float>() ==
        uniform({5}, 0, 1, float32, later).to_vector<float>());
  // Children are as good as unrelated: the mean of the first number of each.
  double sum = 0;
  for (std::uint64_t key = 0; key < 4000; ++key) {
    Generator child(parent.split(key));
    sum += uniform({}, 0, 1, float64, child).item<double>();
  }
  CHECK(std::abs(sum / 4000 - 0.5) < 5 * std::sqrt(1.0 / 12 / 4000));
}

TEST_CASE("within a RandomScope functions draw from its generator") {
  const auto draw = [] { return uniform({4}).to_vector<float>(); };
  const Generator random(3);
  Generator explicitly(random.split(8));
  const std::vector<float> wanted = uniform({4}, 0, 1, float32, explicitly).to_vector<float>(),
                           next = uniform({4}, 0, 1, float32, explicitly).to_vector<float>();
  manual_seed(1);
  const std::vector<float> outside = draw(), outside_next = draw();
  manual_seed(1);
  CHECK(draw() == outside);
  {
    const RandomScope scope(random.split(8));
    CHECK(draw() == wanted);
    {
      const RandomScope inner(random.split(9));
      CHECK(draw() != next);
    }
    std::vector<float> of_thread;
    std::thread([&] { of_thread = draw(); }).join();
    CHECK(of_thread == outside_next);
    CHECK(draw() == next);
    manual_seed(1);
    CHECK(draw() == outside);
    // The innermost guard decides.
    const NoDefaultGenerator none("advice");
    CHECK_THROWS_AS(draw(), ValueError);
    const RandomScope again(random.split(8));
    CHECK(draw() == wanted);
  }
  CHECK(default_generator().position() == 2);
  {
    Generator moved(7);
    moved.advance(5);
    const RandomScope from(moved);
    CHECK(default_generator().position() == 5);
    CHECK(moved.position() == 5);
    draw();
    CHECK(moved.position() == 5);
  }
}

TEST_CASE("random tensors like another one") {
  const Tensor like = zeros({2, 3}, float64);
  Generator a(1), b(1);
  const auto same = [](const Tensor& x, const Tensor& y) {
    CHECK(x.dtype() == y.dtype());
    CHECK(x.shape() == y.shape());
    CHECK(compute::cast(x, float64).to_vector<double>() == compute::cast(y, float64).to_vector<double>());
  };
  same(uniform_like(like, 1, 2, a), uniform({2, 3}, 1, 2, float64, b));
  same(normal_like(like, 1, 2, a), normal({2, 3}, 1, 2, float64, b));
  same(random_integers_like(zeros({4}, uint8), 3, 9, a), random_integers({4}, 3, 9, uint8, b));
  CHECK_THROWS_WITH(uniform_like(zeros(2, int64)), "uniform_like: expected float32 or float64, got int64");
  CHECK_THROWS_WITH(uniform_like(like, 2, 1), ContainsSubstring("uniform_like: expected low <= high"));
  CHECK_THROWS_WITH(normal_like(like, 0, -1),
                    ContainsSubstring("normal_like: expected a standard deviation"));
  CHECK_THROWS_WITH(random_integers_like(like, 0, 3),
                    "random_integers_like: expected int32, int64 or uint8, got float64");
  CHECK_THROWS_WITH(random_integers_like(zeros(2, uint8), 0, 300),
                    "random_integers_like: expected numbers from 0 to 255 for uint8, got low 0 and high 300");
  for (const auto function :
       {+[] { uniform_like({}); }, +[] { normal_like({}); }, +[] { random_integers_like({}, 0, 1); }})
    CHECK_THROWS_WITH(function(), ContainsSubstring("_like: the tensor is undefined"));
}
