// Gradcheck itself: passes what is right, and names what is wrong.
#include <catch.h>

#include <taper/autograd/autograd.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>
#include <taper/tensor/random.h>

using namespace taper;

namespace {

Tensor input() { return linspace(0.5, 2, 6, float64).set_requires_grad(); }

// x * x with a gradient that is wrong by `error` in element 4 alone.
Tensor wrong_square(const Tensor& x, double error) {
  return record("wrong_square", compute::binary("wrong_square", compute::Binary::multiply, x, x), {save(x)},
                [error](const Backward& at, const Tensor& g) {
                  const Tensor off = from_data({0., 0., 0., 0., error, 0.}, {6});
                  return g * (2 * at.input(0) + off);
                });
}

// x^3 whose gradient is right, but has no right gradient itself.
Tensor once_cube(const Tensor& x) {
  return record("once_cube", compute::binary("once_cube", compute::Binary::pow, x, 3), {save(x)},
                [](const Backward& at, const Tensor& g) { return 3 * g * square(at.input(0).detach()); });
}

// x * x with gradients of two kinds, as fused operations have them.
Tensor two_square(const Tensor& x, double unrecorded, double recorded) {
  return record("two_square", compute::unary("two_square", compute::Unary::square, x), {save(x)},
                [=](const Backward& at, const Tensor& g) {
                  return (grad_enabled() ? recorded : unrecorded) * g * at.input(0);
                });
}

}  // namespace

TEST_CASE("gradcheck passes right gradients") {
  CHECK(gradcheck([](const auto& in) { return exp(in[0]) * in[1]; }, {input(), input()}));
  CHECK(gradgradcheck([](const auto& in) { return exp(in[0]) * in[1]; }, {input(), input()}));
  // One input without gradient, of any dtype; a result that depends on nothing.
  const Tensor mask = linspace(0.5, 2, 6, float64) > 1;
  CHECK(gradcheck([](const auto& in) { return where(in[1], in[0], 2); }, {input(), mask}));
  CHECK(gradcheck([](const auto&) { return ones({3}, float64); }, {input()}));
  CHECK(gradcheck([](const auto& in) { return sum(in[0]); }, {zeros({0}, float64).set_requires_grad()}));
  // Steps follow the size of large values.
  CHECK(gradcheck([](const auto& in) { return square(in[0]); },
                  {from_data({0., 1e-9, 1e9}, {3}).set_requires_grad()}));
}

TEST_CASE("gradcheck names the input, the element and both values") {
  CHECK_THROWS_WITH(gradcheck([](const auto& in) { return wrong_square(in[1], 1e-4); }, {input(), input()}),
                    ContainsSubstring("gradcheck: input 1, element [4] (value 1.7") &&
                        ContainsSubstring("differences give"));
  CHECK_THROWS_AS(gradcheck([](const auto& in) { return wrong_square(in[0], 1e-4); }, {input()}), ValueError);
  CHECK(gradcheck([](const auto& in) { return wrong_square(in[0], 0); }, {input()}));
  CHECK_THROWS_AS(gradcheck([](const auto& in) { return in[0].detach(); }, {input()}), ValueError);
  CHECK_THROWS_WITH(gradcheck([](const auto& in) { return log(in[0] - 3); }, {input()}),
                    ContainsSubstring("nan"));
}

TEST_CASE("gradgradcheck finds a wrong second derivative") {
  CHECK(gradcheck([](const auto& in) { return once_cube(in[0]); }, {input()}));
  CHECK_THROWS_WITH(gradgradcheck([](const auto& in) { return once_cube(in[0]); }, {input()}),
                    ContainsSubstring("gradgradcheck: input 0, element [0]"));
}

TEST_CASE("gradcheck passes a function that calls grad() itself") {
  const auto slope = [](bool create_graph) {
    return [=](const auto& in) {
      return grad({sum(exp(in[0]) * in[1])}, {in[0]}, {}, {.create_graph = create_graph})[0] * in[1];
    };
  };
  CHECK(gradcheck(slope(true), {input(), input()}));
  CHECK(gradgradcheck(slope(true), {input(), input()}));
  // Without create_graph that gradient is a constant to the graph, but not to the differences.
  CHECK_THROWS_AS(gradcheck(slope(false), {input(), input()}), ValueError);
  CHECK_THROWS_AS(gradgradcheck(slope(false), {input(), input()}), ValueError);
}

TEST_CASE("gradcheck compares the gradient with the recorded one") {
  const auto function = [](double unrecorded, double recorded) {
    return [=](const auto& in) { return two_square(in[0], unrecorded, recorded); };
  };
  CHECK(gradcheck(function(2, 2), {input()}));
  CHECK(gradgradcheck(function(2, 2), {input()}));
  // Each alone would agree with itself, and differ from the other by less than differences can tell.
  CHECK_THROWS_WITH(gradcheck(function(2, 2 + 1e-9), {input()}),
                    ContainsSubstring("gradcheck: input 0, element [0]: the gradient is") &&
                        ContainsSubstring("with create_graph it is"));
  CHECK_THROWS_WITH(
      gradgradcheck(function(2, 2 + 1e-9), {input()}),
      ContainsSubstring("gradgradcheck: input 0, element [0]") && ContainsSubstring("with create_graph"));
  // A recorded gradient that has the right value here alone.
  const auto frozen = [](const auto& in) {
    return record("frozen", compute::unary("frozen", compute::Unary::square, in[0]), {save(in[0])},
                  [](const Backward& at, const Tensor& g) {
                    return 2 * g * (grad_enabled() ? input().detach() : at.input(0));
                  });
  };
  CHECK(gradcheck(frozen, {input()}));
  CHECK_THROWS_WITH(gradgradcheck(frozen, {input()}),
                    ContainsSubstring("gradgradcheck: input 0, element [0]"));
}

TEST_CASE("gradcheck refuses what it cannot check") {
  const auto twice = [](const auto& in) { return in[0] + in[0]; };
  CHECK_THROWS_AS(gradcheck(twice, {ones({2}, float64)}), ValueError);
  CHECK_THROWS_AS(gradcheck(twice, {}), ValueError);
  CHECK_THROWS_AS(gradcheck(twice, {ones({2}).set_requires_grad()}), DTypeError);
  CHECK_THROWS_AS(gradgradcheck(twice, {ones({2}).set_requires_grad()}), DTypeError);
  CHECK_THROWS_AS(gradcheck([](const auto& in) { return to(in[0], float32); }, {input()}), DTypeError);
  int calls = 0;
  CHECK_THROWS_WITH(gradcheck([&](const auto& in) { return in[0] + ++calls; }, {input()}),
                    ContainsSubstring("two different results"));
  CHECK_THROWS_WITH(gradcheck([&](const auto& in) { return slice(in[0], 0, 0, 1 + ++calls); }, {input()}),
                    ContainsSubstring("of shapes [4] and [5]"));
  const Tensor infinite = full({1}, INFINITY, float64);  // does not make everything else alike
  CHECK_THROWS_WITH(gradcheck(
                        [&](const auto& in) {
                          return concat({in[0] + ++calls, infinite});
                        },
                        {input()}),
                    ContainsSubstring("two different results"));
}

TEST_CASE("gradcheck disturbs neither its inputs nor the default generator") {
  manual_seed(3);
  const std::uint64_t before = default_generator().position();
  const Tensor x = input(), row = expand(x, {2, 6});
  const std::vector<double> values = x.to_vector<double>();
  gradgradcheck([](const auto& in) { return square(in[0]); }, {row});
  CHECK(default_generator().position() == before);
  CHECK(x.to_vector<double>() == values);
  CHECK(!x.grad().defined());
  const NoGrad guard;
  CHECK(gradcheck([](const auto& in) { return square(in[0]); }, {x}));
}
