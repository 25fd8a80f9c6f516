// Promotion against PyTorch's table, and what operations do with operands of different dtypes.

#include <catch.h>
#include <golden_json.h>
#include <nlohmann/json.hpp>

#include "leaf.h"
#include <taper/autograd/autograd.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>
#include <taper/tensor/promotion.h>

using namespace taper;
using Integers = std::vector<std::int64_t>;

namespace {

const Tensor integers = tensor({1, 2}), half = tensor({0.5, 1.5});

DType dtype_named(const std::string& wanted) {
  for (const DType each : {boolean, uint8, int32, int64, float32, float64})
    if (name(each) == wanted) return each;
  throw ValueError(wanted);
}

}  // namespace

TEST_CASE("result_type is PyTorch's") {
  const auto rows = golden_json("promotion");  // by promotion.py beside it
  REQUIRE(rows.size() == 15 * 15);
  for (const auto& row : rows) {
    INFO(row);
    Tensor kept[2];
    const auto operand = [&](int i) -> Operand {
      const std::string text = row[static_cast<std::size_t>(i)];
      const std::string dtype = text.substr(0, text.find(' ')), kind = text.substr(text.find(' ') + 1);
      if (kind == "number")
        return dtype == "bool" ? Operand(true) : dtype == "int64" ? Operand(1) : Operand(0.5);
      kept[i] = zeros(kind == "vector" ? Shape{2} : Shape{}, dtype_named(dtype));
      return kept[i];
    };
    const Operand a = operand(0), b = operand(1);
    CHECK(name(result_type(a, b)) == std::string(row[2]));
    if (a.tensor == nullptr && b.tensor == nullptr) continue;
    CHECK((a * b).dtype() == result_type(a, b));
    CHECK(maximum(a, b).dtype() == result_type(a, b));
    CHECK(where(ones(2, boolean), a, b).dtype() == result_type(a, b));
    CHECK((a < b).dtype() == boolean);
    CHECK((a / b).dtype() == (is_floating(result_type(a, b)) ? result_type(a, b) : float32));
  }
}

TEST_CASE("values of mixed operands") {
  CHECK((integers + half).to_vector<float>() == Values{1.5f, 3.5f});
  CHECK((integers * 0.5).to_vector<float>() == Values{0.5f, 1});
  CHECK((integers * 2).to_vector<std::int64_t>() == Integers{2, 4});
  CHECK((integers / 4).to_vector<float>() == Values{0.25f, 0.5f});
  CHECK((1 / integers).to_vector<float>() == Values{1, 0.5f});
  CHECK((tensor({1, 2}, uint8) - tensor({3, 3})).to_vector<std::int64_t>() == Integers{-2, -1});
  CHECK((integers < 1.5).to_vector<bool>() == std::vector<bool>{true, false});
  CHECK((half * (half > 1)).to_vector<float>() == Values{0, 1.5f});
  CHECK(where(half > 1, 1, 0).to_vector<std::int64_t>() == Integers{0, 1});
  CHECK(where(half > 1, 1, 0.5).to_vector<float>() == Values{0.5f, 1});
  CHECK(sum(tensor({2147483647, 1}, int32)).item<std::int64_t>() == 2147483648);
  CHECK(sum(tensor({2147483647, 1}, int32), 0, true).dtype() == int64);
  CHECK_THROWS_AS(tensor({1}, uint8) + 300, ValueError);
  CHECK(pow(integers, integers).to_vector<std::int64_t>() == Integers{1, 4});
  CHECK_THROWS_AS(pow(integers > 1, integers > 1), DTypeError);
  CHECK_THROWS_WITH(integers / Tensor(), ContainsSubstring("divide: "));
  CHECK_THROWS_WITH(Tensor() / integers, ContainsSubstring("divide: "));
  CHECK_THROWS_WITH(Operand(1) / Operand(2), ContainsSubstring("divide: "));
}

TEST_CASE("the gradient has the dtype of its operand") {
  Tensor narrow = leaf({1, 2}), wide = tensor({3., 4.}, float64).set_requires_grad();
  const Tensor y = narrow * wide;
  CHECK(y.dtype() == float64);
  y.backward(ones(2, float64));
  CHECK(gradient_of(narrow) == Values{3, 4});
  CHECK(wide.grad().to_vector<double>() == std::vector<double>{1, 2});
  narrow.set_grad({});
  (narrow * integers / tensor({true, true})).backward(ones(2));
  CHECK(gradient_of(narrow) == Values{1, 2});
}

TEST_CASE("x += y takes the common dtype, too") {
  Tensor x = tensor({1, 2});
  x += 1;
  CHECK(x.to_vector<std::int64_t>() == Integers{2, 3});
  x /= 2;
  CHECK(x.to_vector<float>() == Values{1, 1.5f});
  x = tensor({1, 2});
  x *= 0.5;
  CHECK(x.to_vector<float>() == Values{0.5f, 1});
  x += tensor({1, 1});
  CHECK(x.to_vector<float>() == Values{1.5f, 2});
}

TEST_CASE("concat and stack take the highest dtype, and gradients come back in each one's own") {
  Tensor narrow = leaf({1, 2}), wide = tensor({3.}, float64).set_requires_grad();
  const Tensor y = concat({narrow, integers, wide});
  CHECK(y.to_vector<double>() == std::vector<double>{1, 2, 1, 2, 3});
  (y * y).backward(ones(5, float64));
  CHECK(gradient_of(narrow) == Values{2, 4});
  CHECK(wide.grad().item<double>() == 6);
  CHECK(stack({tensor({true}), tensor({5})}).to_vector<std::int64_t>() == Integers{1, 5});
}

TEST_CASE("indices have any integer dtype, and negative ones count from the end") {
  const Tensor x = tensor({{1., 2., 3.}, {4., 5., 6.}});
  for (const DType dtype : {int32, int64}) {
    CHECK(index_select(x, 1, tensor({-1, 0}, dtype)).to_vector<float>() == Values{3, 1, 6, 4});
    CHECK(gather(x, 1, tensor({{-3}, {2}}, dtype)).to_vector<float>() == Values{1, 6});
    CHECK(scatter(zeros({2, 2}), 1, tensor({{-1}, {0}}, dtype), tensor({{7.}, {8.}})).to_vector<float>() ==
          Values{0, 7, 8, 0});
  }
  CHECK(index_select(x, 0, tensor({1}, uint8)).to_vector<float>() == Values{4, 5, 6});
  Tensor w = leaf({1, 2, 3});
  index_select(w, 0, tensor({-1, -1, 0}, int32)).backward(ones(3));
  CHECK(gradient_of(w) == Values{1, 0, 2});
  CHECK_THROWS_WITH(index_select(x, 1, tensor({0, -4})),
                    "index_select: index -4 at position 1 is out of range for axis 1 with size 3");
  CHECK_THROWS_WITH(one_hot(tensor({0, -1}), 3), "one_hot: expected labels of at least 0, got -1");
  CHECK(one_hot(tensor({1}, int32), 2).to_vector<float>() == Values{0, 1});
}
