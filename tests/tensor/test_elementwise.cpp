// Element-wise loops: plans, broadcasting over strided operands, dtypes, conversions.
#include <cmath>
#include <limits>

#include <catch.h>

#include "views.h"
#include <taper/tensor/convert.h>
#include <taper/tensor/elementwise.h>
#include <taper/tensor/error.h>
#include <taper/tensor/kernels/elementwise.h>
#include <taper/tensor/parallel.h>
#include <taper/tensor/plan.h>
#include <taper/tensor/walk.h>

using namespace taper;
using compute::Binary;
using compute::Comparison;
using compute::Unary;

namespace {

Tensor numbers(const Shape& shape, Random& random, DType dtype = float32) {
  std::vector<double> values(static_cast<std::size_t>(shape.numel()));
  for (double& v : values) v = static_cast<double>(random(dtype == uint8 ? 0 : -9, 9));
  return compute::cast(from_data(values, shape), dtype);
}

// The element of x that meets element `i` of a result of `shape`.
template <class T>
T element(const Tensor& x, const Shape& shape, std::int64_t i) {
  std::int64_t place = 0;
  for (int axis = shape.rank() - 1; axis >= 0; --axis) {
    const std::int64_t index = i % shape[axis];
    i /= shape[axis];
    const int own = axis - (shape.rank() - x.rank());
    if (own >= 0 && x.shape()[own] != 1) place += index * x.strides()[own];
  }
  return x.data<T>()[place];
}

Shape with_ones(Shape shape, Random& random) {
  for (std::int64_t& extent : shape)
    if (random(0, 2) == 0) extent = 1;
  for (std::int64_t i = random(0, 2); i > 0 && shape.rank() > 0; --i) shape.erase(0);
  return shape;
}

kernels::LoopPlan plan_of(std::initializer_list<const Layout*> operands) {
  return make_plan({operands.begin(), operands.size()});
}

}  // namespace

TEST_CASE("plans drop axes of extent 1 and merge neighbours") {
  const Layout dense(Shape{2, 3, 4});
  const kernels::LoopPlan one = plan_of({&dense, &dense});
  CHECK(one.rank == 1);
  CHECK(one.extents[0] == 24);
  CHECK(one.strides[0][0] == 1);

  const Layout row(Shape{4}), column(Shape{2, 1, 1}), number(Shape{});
  const kernels::LoopPlan rows = plan_of({&dense, &dense, &row});
  CHECK(rows.rank == 2);
  CHECK(rows.extents[0] == 6);
  CHECK(rows.extents[1] == 4);
  CHECK(rows.strides[2][0] == 0);
  CHECK(rows.strides[2][1] == 1);
  const kernels::LoopPlan columns = plan_of({&dense, &dense, &column, &number});
  CHECK(columns.rank == 2);
  CHECK(columns.extents[1] == 12);
  CHECK(columns.strides[2][0] == 1);
  CHECK(columns.strides[2][1] == 0);
  CHECK(columns.strides[3][1] == 0);

  const Layout bare(Shape{4, 3, 2}), turned = dense.transpose("test", 0, 2);
  CHECK(plan_of({&bare, &turned}).rank == 3);
  const Layout wide(Shape{2, 1, 12, 1});
  CHECK(plan_of({&wide, &wide, &number}).rank == 1);
  const kernels::LoopPlan scalar = plan_of({&number, &number});
  CHECK(scalar.rank == 1);
  CHECK(scalar.extents[0] == 1);
}

TEST_CASE("functions of two operands, strided and broadcast, against single elements") {
  Random random(2);
  for (int round = 0; round < 200; ++round) {
    Shape shape;
    for (std::int64_t i = random(0, 4); i > 0; --i) shape.push_back(random(0, 9));
    const Tensor a = scattered(numbers(with_ones(shape, random), random), random);
    const Tensor b = scattered(numbers(with_ones(shape, random), random), random);
    const Tensor condition = compute::compare("test", Comparison::less, numbers(shape, random), 0);
    const Shape expected = broadcast("test", a.shape(), b.shape());
    const Tensor difference = compute::binary("test", Binary::subtract, a, b);
    const Tensor less = compute::compare("test", Comparison::less, a, b);
    const Tensor chosen = compute::where("test", condition, a, b);
    const Tensor from_number = compute::binary("test", Binary::subtract, 5, a);
    REQUIRE(difference.shape() == expected);
    REQUIRE(less.shape() == expected);
    bool right = true;
    for (std::int64_t i = 0; i < expected.numel(); ++i) {
      const float x = element<float>(a, expected, i), y = element<float>(b, expected, i);
      right = right && difference.data<float>()[i] == x - y && less.data<bool>()[i] == (x < y);
    }
    for (std::int64_t i = 0; i < a.numel(); ++i)
      right = right && from_number.data<float>()[i] == 5 - element<float>(a, a.shape(), i);
    for (std::int64_t i = 0; i < chosen.numel(); ++i) {
      const bool first = element<bool>(condition, chosen.shape(), i);
      right = right && chosen.data<float>()[i] == element<float>(first ? a : b, chosen.shape(), i);
    }
    CHECK(right);
  }
}

TEST_CASE("copying into and out of views, with conversion") {
  Random random(3);
  for (int round = 0; round < 100; ++round) {
    Shape shape;
    for (std::int64_t i = random(0, 4); i > 0; --i) shape.push_back(random(0, 6));
    const Tensor from = numbers(shape, random, float64);
    const Tensor strided = scattered(from, random);
    CHECK(strided.to_vector<double>() == from.to_vector<double>());
    CHECK(compute::contiguous(strided).to_vector<double>() == from.to_vector<double>());
    Tensor to = scattered(zeros(shape, int32), random);
    compute::copy(to, strided);
    const std::vector<std::int32_t> whole = to.to_vector<std::int32_t>();
    const std::vector<double> wanted = from.to_vector<double>();
    CHECK(std::equal(whole.begin(), whole.end(), wanted.begin(), wanted.end()));
  }
}

TEST_CASE("copying a view onto other elements of the same storage reads all before it writes") {
  Random random(5);
  for (int round = 0; round < 300; ++round) {
    const Tensor block = numbers({6, 6}, random, float64);
    const std::int64_t rows = random(1, 6), columns = random(1, 6);
    const auto part = [&](bool turned) {
      Layout layout = block.layout().slice("test", 0, 0, turned ? columns : rows);
      layout = layout.slice("test", 1, 0, turned ? rows : columns);
      layout.offset = random(0, 6 - layout.shape[0]) * 6 + random(0, 6 - layout.shape[1]);
      return block.alias(turned ? layout.transpose("test", 0, 1) : layout);
    };
    const Tensor from = part(random(0, 1) == 1);
    Tensor to = part(false);
    const std::vector<double> wanted = from.to_vector<double>();
    compute::copy(to, from);
    CHECK(to.to_vector<double>() == wanted);
  }
  Tensor same = zeros({3}).alias(Layout(Shape{1}).expand("test", {3}));
  CHECK_THROWS_WITH(compute::copy(same, ones({3})), ContainsSubstring("share memory"));
  CHECK_THROWS_AS(compute::copy(same, ones({3})), ValueError);
}

TEST_CASE("a large element-wise result has the same bits for any number of threads and any layout") {
  Random random(4);
  const int before = num_threads();
  const Tensor x = compute::unary("sin", Unary::sin, arange(0., 401 * 257)),
               y = x.alias(Layout(Shape{401, 257}));
  const auto run = [&](int threads) {
    set_num_threads(threads);
    std::vector<float> bits;
    for (const Tensor& operand : {y, scattered(y, random), y.alias(y.layout().transpose("test", 0, 1))}) {
      const std::vector<float> part =
          compute::binary("test", Binary::divide, compute::unary("exp", Unary::exp, operand), 3)
              .to_vector<float>();
      bits.insert(bits.end(), part.begin(), part.end());
    }
    return bits;
  };
  const std::vector<float> one = run(1);
  for (const int threads : {2, 3, 4}) CHECK(run(threads) == one);
  set_num_threads(before);
  const std::size_t count = 401 * 257;
  CHECK(std::equal(one.begin(), one.begin() + count, one.begin() + count, one.begin() + 2 * count));
}

TEST_CASE("what is written past the cache is the same") {
  const auto agree = [](std::int64_t count, std::int64_t from, const auto& loop) {
    Tensor expected = full({count + 20}, 7), found = full({count + 20}, 7);
    loop(expected.mutable_data<float>() + from, count, false);
    loop(found.mutable_data<float>() + from, count, true);
    return expected.to_vector<float>() == found.to_vector<float>();
  };
  Random random(6);
  const Tensor x = numbers({400}, random), y = numbers({400}, random);
  const kernels::ElementwiseKernels& table = kernels::elementwise();
  const int type = static_cast<int>(float32);
  for (const std::int64_t count : {1, 16, 64, 100, 333})
    for (const std::int64_t from : {0, 1, 4, 16}) {  // aligned for all registers, none, and some
      for (const std::int64_t step_x : {0, 1})
        for (const std::int64_t step_y : {0, 1})
          CHECK(agree(count, from, [&](float* to, std::int64_t n, bool past_cache) {
            table.binary[static_cast<int>(Binary::add)][type](
                {.rows = 1,
                 .count = n,
                 .row_strides = {},
                 .strides = {1, step_x, step_y},
                 .data = {to, const_cast<float*>(x.data<float>()), const_cast<float*>(y.data<float>())},
                 .past_cache = past_cache});
          }));
      CHECK(agree(count, from, [&](float* to, std::int64_t n, bool past_cache) {
        table.unary[static_cast<int>(Unary::exp)][type]({.rows = 1,
                                                         .count = n,
                                                         .row_strides = {},
                                                         .strides = {1, 1},
                                                         .data = {to, const_cast<float*>(x.data<float>())},
                                                         .past_cache = past_cache});
      }));
    }
}

TEST_CASE("a result larger than the caches, in place and not") {
  Tensor x = compute::cast(arange(0, 3000 * 3001), float32).alias(Layout(Shape{3000, 3001}));  // 34 MiB
  const Tensor y = compute::binary("test", Binary::multiply, x, 2);
  const std::vector<float> before = x.to_vector<float>(), after = y.to_vector<float>();
  bool doubled = true;
  for (std::size_t i = 0; i < before.size(); ++i) doubled = doubled && after[i] == before[i] * 2;
  CHECK(doubled);
  compute::accumulate(x, x);
  CHECK(x.to_vector<float>() == after);
}

TEST_CASE("an element's value does not depend on its position") {
  for (const DType dtype : {float32, float64})
    for (const Unary op : {Unary::exp, Unary::log1p, Unary::sin, Unary::tanh, Unary::erf, Unary::gelu}) {
      const Tensor same = compute::unary("test", op, full({37}, 0.7310586, dtype));
      const Tensor differs = compute::compare("test", Comparison::not_equal, same,
                                              same.alias(same.layout().select("test", 0, 0)));
      CHECK(differs.to_vector<bool>() == std::vector<bool>(37, false));
    }
}

TEST_CASE("integers wrap around") {
  constexpr std::int32_t lowest = std::numeric_limits<std::int32_t>::min(),
                         highest = std::numeric_limits<std::int32_t>::max();
  const Tensor x = from_data({lowest, highest, 7}, {3});
  const auto ints = [](const Tensor& t) { return t.to_vector<std::int32_t>(); };
  using Ints = std::vector<std::int32_t>;
  CHECK(ints(compute::binary("test", Binary::add, x, 1)) == Ints{lowest + 1, lowest, 8});
  CHECK(ints(compute::binary("test", Binary::subtract, x, 1)) == Ints{highest, highest - 1, 6});
  CHECK(ints(compute::binary("test", Binary::multiply, x, x)) == Ints{0, 1, 49});
  CHECK(ints(compute::unary("test", Unary::negate, x)) == Ints{lowest, -highest, -7});
  CHECK(ints(compute::unary("test", Unary::abs, x)) == Ints{lowest, highest, 7});
  const Tensor bytes = from_data({std::uint8_t{250}, std::uint8_t{3}}, {2});
  using Bytes = std::vector<std::uint8_t>;
  CHECK(compute::binary("test", Binary::add, bytes, 10).to_vector<std::uint8_t>() == Bytes{4, 13});
  CHECK(compute::binary("test", Binary::subtract, bytes, 4).to_vector<std::uint8_t>() == Bytes{246, 255});
  CHECK(compute::binary("test", Binary::multiply, bytes, bytes).to_vector<std::uint8_t>() == Bytes{36, 9});
  CHECK(compute::binary("test", Binary::maximum, bytes, 200).to_vector<std::uint8_t>() == Bytes{250, 200});
}

TEST_CASE("comparisons of every dtype") {
  for (const DType dtype : {boolean, uint8, int32, int64, float32, float64}) {
    const Tensor a = compute::cast(from_data({0., 1., 0., 1.}, {4}), dtype),
                 b = compute::cast(from_data({0., 0., 1., 1.}, {4}), dtype);
    const auto compare = [&](Comparison op) { return compute::compare("test", op, a, b).to_vector<bool>(); };
    CHECK(compare(Comparison::equal) == std::vector<bool>{true, false, false, true});
    CHECK(compare(Comparison::not_equal) == std::vector<bool>{false, true, true, false});
    CHECK(compare(Comparison::less) == std::vector<bool>{false, false, true, false});
    CHECK(compare(Comparison::less_equal) == std::vector<bool>{true, false, true, true});
    CHECK(compare(Comparison::greater) == std::vector<bool>{false, true, false, false});
    CHECK(compare(Comparison::greater_equal) == std::vector<bool>{true, true, false, true});
  }
  const Tensor nan = full({19}, NAN);
  for (int op = 0; op < 6; ++op)
    CHECK(compute::compare("test", static_cast<Comparison>(op), nan, nan).to_vector<bool>() ==
          std::vector<bool>(19, static_cast<Comparison>(op) == Comparison::not_equal));
}

TEST_CASE("conversions: out of range becomes the nearest value, NaN becomes 0") {
  const std::vector<double> special{NAN, INFINITY, -INFINITY, 1e300, -1e300, 255.9, 256, -0.9, -1, 3e9, 0.5};
  const Tensor x = from_data(special, {11});
  CHECK(compute::cast(x, uint8).to_vector<std::uint8_t>() ==
        std::vector<std::uint8_t>{0, 255, 0, 255, 0, 255, 255, 0, 0, 255, 0});
  constexpr std::int32_t low = std::numeric_limits<std::int32_t>::min(),
                         high = std::numeric_limits<std::int32_t>::max();
  CHECK(compute::cast(x, int32).to_vector<std::int32_t>() ==
        std::vector<std::int32_t>{0, high, low, high, low, 255, 256, 0, -1, high, 0});
  constexpr std::int64_t low64 = std::numeric_limits<std::int64_t>::min(),
                         high64 = std::numeric_limits<std::int64_t>::max();
  for (const DType dtype : {float32, float64})
    CHECK(compute::cast(compute::cast(x, dtype), int64).to_vector<std::int64_t>() ==
          std::vector<std::int64_t>{0, high64, low64, high64, low64, 255, 256, 0, -1, 3'000'000'000, 0});
  CHECK(compute::cast(x, boolean).to_vector<bool>() == std::vector<bool>(11, true));
  CHECK(compute::cast(zeros({2}), boolean).to_vector<bool>() == std::vector<bool>{false, false});
  const Tensor wide = from_data({std::int64_t{1} << 40, std::int64_t{-5}, std::int64_t{200}}, {3});
  CHECK(compute::cast(wide, uint8).to_vector<std::uint8_t>() == std::vector<std::uint8_t>{255, 0, 200});
  CHECK(compute::cast(wide, int32).to_vector<std::int32_t>() == std::vector<std::int32_t>{high, -5, 200});
  CHECK(compute::cast(from_data({true, false}, {2}), float32).to_vector<float>() == std::vector<float>{1, 0});
  CHECK(convert<std::uint8_t>(std::int32_t{-1}) == 0);
  CHECK(convert<float>(1e-40) > 0);
}

TEST_CASE("operands that do not fit are refused, with the function's name") {
  const Tensor x = ones({2, 3}), i = ones({2, 3}, int32), b = ones({2, 3}, boolean), u = ones({3}, uint8);
  CHECK_THROWS_WITH(compute::binary("add", Binary::add, x, i),
                    ContainsSubstring("add: ") && ContainsSubstring("float32 and int32"));
  CHECK_THROWS_AS(compute::binary("add", Binary::add, x, i), DTypeError);
  CHECK_THROWS_AS(compute::binary("add", Binary::add, x, ones({2, 4})), ShapeError);
  CHECK_THROWS_AS(compute::binary("subtract", Binary::subtract, b, b), DTypeError);
  CHECK_THROWS_AS(compute::binary("divide", Binary::divide, i, i), DTypeError);
  CHECK_THROWS_AS(compute::binary("add", Binary::add, 1, 2), ValueError);
  CHECK_THROWS_AS(compute::unary("negate", Unary::negate, b), DTypeError);
  CHECK_THROWS_AS(compute::unary("gelu", Unary::gelu, i), DTypeError);
  CHECK_THROWS_AS(compute::where("where", x, x, x), DTypeError);
  CHECK_THROWS_AS(compute::where("where", b, 1, 2), ValueError);
  CHECK_THROWS_AS(compute::where("where", b, x, i), DTypeError);
  CHECK_THROWS_AS(compute::where("where", ones({4}, boolean), x, x), ShapeError);
  // A number that the integer cannot hold.
  CHECK_THROWS_WITH(compute::binary("multiply", Binary::multiply, i, 0.5),
                    ContainsSubstring("multiply: int32 cannot represent the number 0.5"));
  CHECK_THROWS_AS(compute::compare("==", Comparison::equal, u, 300), ValueError);
  CHECK_THROWS_AS(compute::compare("==", Comparison::equal, i, NAN), ValueError);
  CHECK_THROWS_AS(compute::compare("==", Comparison::equal, b, 2), ValueError);
  // Too large to exist.
  const Layout column({1 << 30, 1}), line({1, 1 << 30});
  CHECK_THROWS_AS(
      compute::binary("add", Binary::add, ones({1}).alias(Layout(Shape{1}).expand("test", column.shape)),
                      ones({1}).alias(Layout(Shape{1}).expand("test", line.shape))),
      ShapeError);
}
