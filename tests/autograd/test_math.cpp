// Element-wise mathematics and logic: integers, special values, limits, and what does not fit.
#include <cmath>

#include <catch.h>

#include "leaf.h"
#include <taper/autograd/autograd.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>

using namespace taper;
using Integers = std::vector<std::int64_t>;
using Bools = std::vector<bool>;
using Doubles = std::vector<double>;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity(),
                 nan_number = std::numeric_limits<double>::quiet_NaN();
constexpr std::int64_t lowest = std::numeric_limits<std::int64_t>::min(),
                       highest = std::numeric_limits<std::int64_t>::max();

Tensor doubles(std::initializer_list<double> values) {
  const std::vector<double> list(values);
  return from_data(list, {static_cast<std::int64_t>(list.size())});
}

}  // namespace

TEST_CASE("functions of integers are floating, of the default dtype") {
  const Tensor x = tensor({0, 1, 4});
  CHECK(sqrt(x).to_vector<float>() == Values{0, 1, 2});
  CHECK(sqrt(to(x, uint8)).dtype() == float32);
  CHECK(exp(x > 0).dtype() == float32);
  CHECK(cbrt(tensor({8, -27})).to_vector<float>() == Values{2, -3});
  CHECK(hypot(tensor({3}), 4).to_vector<float>() == Values{5});
  CHECK(atan2(tensor({0}), tensor({1.5}, float64)).dtype() == float64);
  CHECK(floor(tensor({3, -4})).to_vector<std::int64_t>() == Integers{3, -4});
  CHECK(trunc(tensor({3}, int32)).dtype() == int32);
  CHECK(frac(tensor({3})).to_vector<std::int64_t>() == Integers{0});
  CHECK(square(tensor({16}, uint8)).to_vector<std::uint8_t>() == std::vector<std::uint8_t>{0});
  CHECK(nan_to_num(tensor({3})).dtype() == int64);
  CHECK_THROWS_AS(floor(x > 0), DTypeError);
  CHECK_THROWS_AS(trunc(x > 0), DTypeError);
  const Tensor copy = trunc(x);
  assign(copy, 7);
  CHECK(x.to_vector<std::int64_t>() == Integers{0, 1, 4});
}

TEST_CASE("clip with one limit, and of integers") {
  const Tensor x = tensor({-3, 2, 9});
  CHECK(clip(x, 0, 5).to_vector<std::int64_t>() == Integers{0, 2, 5});
  CHECK(clip(x, 0).to_vector<std::int64_t>() == Integers{0, 2, 9});
  CHECK(clip(x, -infinity, 5).to_vector<std::int64_t>() == Integers{-3, 2, 5});
  CHECK(clip(x).to_vector<std::int64_t>() == Integers{-3, 2, 9});
  CHECK(clip(x, 0.5, 5).to_vector<float>() == Values{0.5f, 2, 5});
  CHECK(clip(x, tensor({-1, 3, 0}), 8).to_vector<std::int64_t>() == Integers{-1, 3, 8});
  CHECK(clip(tensor({1.5, 2.5}), tensor({2, 2})).to_vector<float>() == Values{2, 2.5f});
  CHECK_THROWS_WITH(clip(Tensor(), 0, 1), ContainsSubstring("clip: "));
  CHECK_THROWS_WITH(clip(x, Tensor(), 1), ContainsSubstring("clip: "));
  CHECK_THROWS_AS(clip(x, nan_number, 1), ValueError);
  CHECK_THROWS_AS(clip(tensor({1}, uint8), -1, 3), ValueError);
}

TEST_CASE("quotients and rests of integers") {
  const Tensor a = tensor({7, -7, 7, -7, lowest}), b = tensor({2, 2, -2, -2, std::int64_t{-1}});
  CHECK(floor_divide(a, b).to_vector<std::int64_t>() == Integers{3, -4, -4, 3, lowest});
  CHECK(remainder(a, b).to_vector<std::int64_t>() == Integers{1, 1, -1, -1, 0});
  CHECK(fmod(a, b).to_vector<std::int64_t>() == Integers{1, -1, 1, -1, 0});
  CHECK(floor_divide(tensor({250}, uint8), 255).to_vector<std::uint8_t>() == std::vector<std::uint8_t>{0});
  CHECK(fmod(tensor({250}, uint8), 255).to_vector<std::uint8_t>() == std::vector<std::uint8_t>{250});
  CHECK(remainder(tensor({7}), 2.5).to_vector<float>() == Values{2});
  CHECK(floor_divide(doubles({1, -1, 0, 5, -5}), 0).to_vector<double>()[0] == infinity);
  CHECK(floor_divide(doubles({5, -5}), infinity).to_vector<double>() == Doubles{0, -1});
  CHECK_THROWS_WITH(floor_divide(a, 0), "floor_divide: integers cannot be divided by 0");
  CHECK_THROWS_WITH(remainder(a, tensor({1, 2, 0, 3, 4})), "remainder: integers cannot be divided by 0");
  CHECK_THROWS_AS(fmod(a > 0, a > 0), DTypeError);
  CHECK(pow(tensor({2, -1, 1, 0, 3}), tensor({-1, -3, -9, -2, 41})).to_vector<std::int64_t>()[1] == -1);
  CHECK(pow(tensor({3}), highest).dtype() == int64);
  CHECK(pow(2, tensor({10})).to_vector<std::int64_t>() == Integers{1024});
}

TEST_CASE("lerp reaches both ends") {
  const Tensor a = doubles({0.1, 1e20}), b = doubles({0.7, -3});
  CHECK(lerp(a, b, 0).to_vector<double>() == a.to_vector<double>());
  CHECK(lerp(a, b, 1).to_vector<double>() == b.to_vector<double>());
  CHECK(lerp(a, b, doubles({0, 1})).to_vector<double>() == Doubles{0.1, -3});
  CHECK(lerp(a, b, tensor({1, 0})).to_vector<double>() == Doubles{0.7, 1e20});
}

TEST_CASE("bits and truth values") {
  const Tensor bytes = tensor({0, 5, 255}, uint8), flags = tensor({true, false});
  CHECK((~bytes).to_vector<std::uint8_t>() == std::vector<std::uint8_t>{255, 250, 0});
  CHECK((~tensor({0, -1})).to_vector<std::int64_t>() == Integers{-1, 0});
  CHECK((~flags).to_vector<bool>() == Bools{false, true});
  CHECK((flags ^ true).to_vector<bool>() == Bools{false, true});
  CHECK((flags + flags).to_vector<bool>() == Bools{true, false});
  CHECK((flags * false).to_vector<bool>() == Bools{false, false});
  CHECK((flags & 3).to_vector<std::int64_t>() == Integers{1, 0});
  CHECK((bytes | tensor({256}, int32)).to_vector<std::int32_t>() == std::vector<std::int32_t>{256, 261, 511});
  CHECK(bitwise_left_shift(tensor({1, 3, lowest}), tensor({62, 64, -1})).to_vector<std::int64_t>() ==
        Integers{std::int64_t{1} << 62, 0, 0});
  CHECK(bitwise_right_shift(tensor({-5, -5, 5}), tensor({1, 99, lowest})).to_vector<std::int64_t>() ==
        Integers{-3, -1, 0});
  CHECK(bitwise_right_shift(tensor({200}, uint8), 3).to_vector<std::uint8_t>() ==
        std::vector<std::uint8_t>{25});
  CHECK(logical_and(doubles({0, nan_number}), tensor({1, 2})).to_vector<bool>() == Bools{false, true});
  CHECK_THROWS_AS(flags - flags, DTypeError);
  CHECK_THROWS_AS(bitwise_left_shift(flags, flags), DTypeError);
  CHECK_THROWS_AS(~doubles({1}), DTypeError);
  CHECK_THROWS_WITH(!tensor({1}), "!: expected a bool operand, got int64");
  CHECK_THROWS_WITH(logical_xor(flags, Tensor()), ContainsSubstring("logical_xor: "));
}

TEST_CASE("closeness and equality") {
  const Tensor x = doubles({1, infinity, nan_number}), y = doubles({1 + 1e-6, infinity, nan_number});
  CHECK(isclose(x, y).to_vector<bool>() == Bools{true, true, false});
  CHECK(allclose(x, y, {.equal_nan = true}));
  CHECK(!allclose(x, y));
  CHECK(isclose(x, 1).to_vector<bool>() == Bools{true, false, false});
  CHECK(isclose(1, x, {.equal_nan = true}).to_vector<bool>() == Bools{true, false, false});
  CHECK(!allclose(tensor({highest}), tensor({highest - 1000000}), {.rtol = 0, .atol = 1}));
  CHECK(allclose(zeros({0, 3}), zeros({0, 3})));
  CHECK(allclose(zeros({2, 1}), zeros({3})));
  CHECK(equal(tensor({1, 2}), tensor({1., 2.})));
  CHECK(!equal(tensor({1, 2}), tensor({{1, 2}})));
  CHECK(!equal(x, x));
  const Tensor leaf = ones({2}).set_requires_grad();
  CHECK(!isclose(leaf, leaf).requires_grad());
  CHECK_THROWS_WITH(isclose(x, y, {.rtol = -1}),
                    "isclose: expected tolerances of at least 0, got rtol -1 and atol 1e-08");
  CHECK_THROWS_AS(isclose(x, zeros({2})), ShapeError);
  CHECK_THROWS_AS(allclose(1, 2), ValueError);
  CHECK_THROWS_AS(isclose(Tensor(), x), ValueError);
  CHECK_THROWS_WITH(equal(x, Tensor()), ContainsSubstring("equal: "));
}

TEST_CASE("the gamma function at its ends") {
  const Tensor x = doubles({1, 2, 0, -3, infinity, 1e300, 171.5, -0.5, -1e17});
  const std::vector<double> values = lgamma(x).to_vector<double>();
  CHECK((values[0] == 0 && values[1] == 0 && values[2] == infinity && values[3] == infinity));
  CHECK((values[4] == infinity && values[8] == infinity));
  for (const std::size_t i : {5, 6, 7})
    CHECK(values[i] == Approx(std::lgamma(x.to_vector<double>()[i])).epsilon(1e-14));
  // Recurrences: psi(x + 1) = psi(x) + 1 / x, and so on.
  const Tensor at = doubles({-20.25, -7.75, -0.5, 0.25, 1.5, 3, 9.75, 40, 1e5});
  CHECK(allclose(digamma(at + 1), digamma(at) + 1 / at, {.rtol = 1e-13, .atol = 1e-13}));
  for (const std::int64_t n : {1, 2, 5}) {
    const double factor = (n % 2 == 0 ? 1 : -1) * std::tgamma(static_cast<double>(n) + 1);
    CHECK(allclose(polygamma(n, at), polygamma(n, at + 1) - factor * pow(at, -static_cast<double>(n) - 1),
                   {.rtol = 1e-12, .atol = 0}));
  }
  CHECK(polygamma(1, doubles({1})).item<double>() == Approx(1.6449340668482264).epsilon(1e-15));
  CHECK(polygamma(1, doubles({1e200})).item<double>() == Approx(1e-200).epsilon(1e-14));
  CHECK(std::isnan(polygamma(3, doubles({-infinity})).item<double>()));
  CHECK(polygamma(2, tensor({1})).dtype() == float32);
  CHECK(polygamma(highest, doubles({-0.5, 3, 1e300})).numel() == 3);
  CHECK_THROWS_WITH(polygamma(-1, at), "polygamma: expected an order of at least 0, got -1");
}
