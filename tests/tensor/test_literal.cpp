// tensor(): nested lists of numbers; shapes and axes from one integer; the default dtype.
#include <type_traits>

#include <catch.h>

#include <taper/autograd/ops/reduce.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>
#include <taper/tensor/random.h>

using namespace taper;

namespace {

using Floats = std::vector<float>;
using Integers = std::vector<std::int64_t>;

template <class T>
void check(const Tensor& x, const Shape& shape, const std::vector<T>& values) {
  CHECK(x.shape() == shape);
  REQUIRE(x.dtype() == dtype_of<T>);
  CHECK(x.to_vector<T>() == values);
}

template <class... Argument>
constexpr bool sums = requires(const Tensor& x, Argument... argument) {
  sum(x, argument...);
};

}  // namespace

TEST_CASE("tensor takes numbers nested to any depth") {
  check<std::int64_t>(tensor(3), {}, {3});
  check<float>(tensor(0.5), {}, {0.5f});
  check<bool>(tensor(true), {}, {true});
  check<std::int64_t>(tensor({1, 2, 3}), {3}, {1, 2, 3});
  check<std::int64_t>(tensor({{1, 2}, {3, 4}}), {2, 2}, {1, 2, 3, 4});
  check<std::int64_t>(tensor({{{1}, {2}}, {{3}, {4}}, {{5}, {6}}}), {3, 2, 1}, {1, 2, 3, 4, 5, 6});
  check<float>(tensor({{{{{{{{1.5}}}}}}}}), {1, 1, 1, 1, 1, 1, 1, 1}, {1.5f});
}

TEST_CASE("braces that could be taken for copies are lists") {
  check<std::int64_t>(tensor({1}), {1}, {1});
  check<std::int64_t>(tensor({{1}}), {1, 1}, {1});
  check<std::int64_t>(tensor({{{1}}}), {1, 1, 1}, {1});
  check<std::int64_t>(tensor({{1}, {2}}), {2, 1}, {1, 2});
  check<float>(tensor({}), {0}, {});
  check<float>(tensor({{}}), {1, 0}, {});
  check<float>(tensor({{}, {}}), {2, 0}, {});
}

TEST_CASE("the highest kind of the numbers decides the dtype, unless one is given") {
  check<float>(tensor({1, 2.5}), {2}, {1, 2.5});
  check<float>(tensor({{1, 2}, {3, 4.f}}), {2, 2}, {1, 2, 3, 4});
  check<std::int64_t>(tensor({true, 2}), {2}, {1, 2});
  check<bool>(tensor({{true, false}, {false, true}}), {2, 2}, {true, false, false, true});
  check<double>(tensor({1, 2}, float64), {2}, {1, 2});
  check<std::uint8_t>(tensor({{1}, {255}}, uint8), {2, 1}, {1, 255});
  check<std::int64_t>(tensor({9007199254740993, -9223372036854775807}), {2},
                      {9007199254740993, -9223372036854775807});
  CHECK_THROWS_WITH(tensor({1, 256}, uint8), "tensor: expected a number from 0 to 255 for uint8, got 256");
}

TEST_CASE("ragged lists and too many levels are refused") {
  CHECK_THROWS_WITH(tensor({{1, 2}, {3}}),
                    "tensor: expected lists of one length at each depth, got shapes [2] and [1]");
  CHECK_THROWS_AS(tensor({{1, 2}, 3}), ShapeError);
  CHECK_THROWS_AS(tensor({{{1}}, {{1, 2}}}), ShapeError);
  CHECK_THROWS_AS(tensor({{{{{{{{{1}}}}}}}}}), ShapeError);
}

TEST_CASE("an integer is a shape of one extent and a list of one axis; bool is neither") {
  CHECK(zeros(3).shape() == Shape{3});
  CHECK(full(2, 7).to_vector<float>() == Floats{7, 7});
  const Tensor x = tensor({{1., 2.}, {3., 4.}});
  CHECK(sum(x, 1).to_vector<float>() == Floats{3, 7});
  CHECK(sum(x, -2).to_vector<float>() == Floats{4, 6});
  CHECK(sum(x, 0, true).shape() == Shape{1, 2});
  CHECK(sum(x, {}).item<float>() == 10);
  CHECK(max(x, 1).to_vector<float>() == Floats{2, 4});
  static_assert(sums<int> && sums<std::int64_t> && sums<unsigned> && sums<int, bool>);
  static_assert(!sums<bool> && !sums<bool, bool> && !sums<double>);
  static_assert(!std::is_convertible_v<bool, Shape> && !std::is_convertible_v<bool, Axes>);
  static_assert(!std::is_convertible_v<Shape, Axes>);
}

TEST_CASE("arange counts in integers or in floating numbers") {
  check<std::int64_t>(arange(3), {3}, {0, 1, 2});
  check<std::int64_t>(arange(1, 7, 2), {3}, {1, 3, 5});
  check<std::int64_t>(arange(2, -1, -1), {3}, {2, 1, 0});
  check<float>(arange(2.5), {3}, {0, 1, 2});
  check<float>(arange(0, 1, 0.25), {4}, {0, 0.25, 0.5, 0.75});
  check<float>(arange(0., 3), {3}, {0, 1, 2});
  check<std::int32_t>(arange(0, 3, 1, int32), {3}, {0, 1, 2});
  CHECK_THROWS_AS(arange(-3), ValueError);
}

TEST_CASE("the default dtype") {
  struct Restore {
    ~Restore() { set_default_dtype(float32); }
  } const restore;
  CHECK(default_dtype() == float32);
  set_default_dtype(float64);
  for (const Tensor& x :
       {zeros(2), ones(2), full(2, 1), scalar(1), tensor({1.5}), arange(2.), linspace(0, 1, 3), eye(2),
        uniform(2), normal(2), bernoulli(2, 0.5), Tensor::empty(2)})
    CHECK(x.dtype() == float64);
  CHECK(tensor({1}).dtype() == int64);
  CHECK_THROWS_WITH(set_default_dtype(int64), "set_default_dtype: expected float32 or float64, got int64");
  CHECK(default_dtype() == float64);
}
