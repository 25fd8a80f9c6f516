// Derivatives of functions against closed forms and against each other; checkpoints against the plain graph.
#include <catch.h>

#include "leaf.h"
#include <taper/autograd/autograd.h>
#include <taper/autograd/functional.h>
#include <taper/nn/nn.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>
#include <taper/tensor/memory.h>
#include <taper/tensor/random.h>

using namespace taper;
using In = std::vector<Tensor>;
using V = std::vector<double>;

namespace {

V values(const Tensor& x) { return x.to_vector<double>(); }

Tensor noise(const Shape& shape, std::uint64_t seed) {
  Generator generator(seed);
  return uniform(shape, 0.5, 1.5, float64, generator);
}

// [3], of a [2, 3] matrix, a [3] vector and integers.
Tensor mixed(const In& in) { return sum(exp(in[0]) * in[1], {0}) * in[1] + to(in[2], float64); }

In point() { return {noise({2, 3}, 1), noise({3}, 2), from_data<std::int64_t>({1, 2, 3}, {3})}; }

void check_near(const Tensor& a, const Tensor& b) {
  REQUIRE(a.shape() == b.shape());
  for (std::size_t i = 0; i < values(a).size(); ++i)
    CHECK(values(a)[i] == Approx(values(b)[i]).epsilon(1e-12));
}

}  // namespace

TEST_CASE("the Jacobian of x * y by each") {
  const Tensor x = from_data<double>({1, 2}, {2}), y = from_data<double>({3, 4}, {2});
  const auto j = jacobian([](const In& in) { return in[0] * in[1]; }, {x, y});
  CHECK(values(j[0]) == V{3, 0, 0, 4});
  CHECK(values(j[1]) == V{1, 0, 0, 2});
  CHECK(j[0].shape() == Shape{2, 2});
  CHECK(!x.requires_grad());
}

TEST_CASE("vjp and jvp are products with the Jacobian") {
  const In in = point();
  const auto j = jacobian(mixed, in);
  REQUIRE(j[0].shape() == Shape{3, 2, 3});
  REQUIRE(j[1].shape() == Shape{3, 3});
  CHECK(!j[2].defined());
  const Tensor cotangent = noise({3}, 3);
  const auto [value, gradients] = vjp(mixed, in, cotangent);
  check_near(value, mixed(in));
  check_near(gradients[0], reshape(matmul(cotangent, reshape(j[0], {3, 6})), {2, 3}));
  check_near(gradients[1], matmul(cotangent, j[1]));
  CHECK(!gradients[2].defined());
  CHECK(!value.requires_grad());
  CHECK(!gradients[0].requires_grad());
  const Tensor a = noise({2, 3}, 4), b = noise({3}, 5);
  const Tensor first = matmul(reshape(j[0], {3, 6}), reshape(a, {6})), second = matmul(j[1], b);
  check_near(jvp(mixed, in, {a, b, {}}).tangent, first + second);
  check_near(jvp(mixed, in, {a, {}, {}}).tangent, first);
  check_near(jvp(mixed, in, {{}, {}, {}}).tangent, zeros({3}, float64));
}

TEST_CASE("the Hessian is the Jacobian of the gradient, and hvp its product") {
  const auto f = [](const In& in) { return sum(mixed(in) * mixed(in)); };
  const In in = point();
  const auto h = hessian(f, in);
  REQUIRE(h[0][1].shape() == Shape{2, 3, 3});
  CHECK(!h[2][0].defined());
  CHECK(!h[0][2].defined());
  check_near(h[0][1], permute(h[1][0], {1, 2, 0}));
  const auto slope = [&](int i) {
    return jacobian([&](const In& at) { return grad_and_value(f, at, {.create_graph = true}).gradients[i]; },
                    in);
  };
  for (const int i : {0, 1})
    for (const int k : {0, 1}) check_near(h[i][k], slope(i)[k]);
  const Tensor a = noise({2, 3}, 4), b = noise({3}, 5);
  const auto [value, products] = hvp(f, in, {a, b, {}});
  check_near(value, f(in));
  const auto flat = [](const Tensor& x, std::int64_t rows) { return reshape(x, {rows, -1}); };
  check_near(flat(products[0], 1),
             flat(matmul(flat(h[0][0], 6), reshape(a, {6})) + matmul(flat(h[0][1], 6), b), 1));
  check_near(products[1], matmul(flat(h[1][0], 3), reshape(a, {6})) + matmul(h[1][1], b));
  check_near(hvp(f, in, {{}, b, {}}).gradients[1], matmul(h[1][1], b));
}

TEST_CASE(
    "what a result does not depend on has derivatives of zero, and so has a linear function's gradient") {
  const Tensor x = noise({2}, 1), y = noise({2}, 2);
  CHECK(values(jacobian([](const In& in) { return 2 * in[0]; }, {x, y})[1]) == V{0, 0, 0, 0});
  CHECK(values(hessian([](const In& in) { return sum(2 * in[0]); }, {x})[0][0]) == V{0, 0, 0, 0});
  CHECK(values(hvp([](const In& in) { return sum(2 * in[0]); }, {x}, {y}).gradients[0]) == V{0, 0});
  CHECK(values(grad_and_value([](const In&) { return ones({1}, float64); }, {x}).gradients[0]) == V{0, 0});
  CHECK(values(jacobian([](const In&) { return zeros({0}, float64); }, {x})[0]).empty());
}

TEST_CASE("inputs are variables of their own, whatever they were computed from") {
  const Tensor x = noise({}, 1).set_requires_grad(), twice = 2 * x;
  const auto product = [](const In& in) { return in[0] * in[1]; };
  for (const bool create_graph : {false, true}) {
    const auto [value, gradients] = grad_and_value(product, {x, twice}, {.create_graph = create_graph});
    CHECK(gradients[0].item<double>() == twice.item<double>());  // not 4 x
    CHECK(gradients[1].item<double>() == x.item<double>());
    CHECK(gradients[0].requires_grad() == create_graph);
  }
  CHECK(!x.grad().defined());
}

TEST_CASE("derivatives with create_graph can be differentiated, inside of NoGrad, too") {
  const NoGrad guard;
  const auto cube = [](const In& in) { return sum(in[0] * in[0] * in[0]); };
  const auto derivatives = std::vector<TensorFunction>{
      [&](const In& in) { return grad_and_value(cube, in, {.create_graph = true}).gradients[0]; },
      [&](const In& in) { return vjp(cube, in, ones({}, float64), {.create_graph = true}).gradients[0]; },
      [&](const In& in) { return jvp(cube, in, {ones({2}, float64)}, {.create_graph = true}).tangent; },
      [&](const In& in) { return jacobian(cube, in, {.create_graph = true})[0]; },
      [&](const In& in) { return hessian(cube, in, {.create_graph = true})[0][0]; },
      [&](const In& in) { return hvp(cube, in, {ones({2}, float64)}, {.create_graph = true}).gradients[0]; }};
  const EnableGrad recording;
  const Tensor x = noise({2}, 1).set_requires_grad();
  for (const TensorFunction& each : derivatives) {
    CHECK_NOTHROW(gradcheck(each, {x}));
    CHECK_NOTHROW(gradgradcheck(each, {x}));
  }
}

TEST_CASE("derivatives refuse what does not fit, and name themselves") {
  const Tensor x = noise({2}, 1);
  const auto same = [](const In& in) { return in[0]; };
  CHECK_THROWS_WITH(grad_and_value(same, {x}),
                    ContainsSubstring("grad_and_value: expected a function whose result"));
  CHECK_THROWS_WITH(hessian(same, {x}),
                    ContainsSubstring("hessian: expected a function whose result has one element"));
  CHECK_THROWS_WITH(hvp(same, {x}, {x}), ContainsSubstring("hvp: "));
  CHECK_THROWS_WITH(jvp(same, {x}, {}),
                    ContainsSubstring("jvp: expected a vector for each of the 1 inputs, got 0"));
  CHECK_THROWS_AS(jvp(same, {x}, {zeros({3}, float64)}), ShapeError);
  CHECK_THROWS_AS(vjp(same, {x}, zeros({2})), DTypeError);
  CHECK_THROWS_AS(vjp(same, {x}, zeros({3}, float64)), ShapeError);
  CHECK_THROWS_WITH(vjp(same, {x}, {}), ContainsSubstring("vjp: "));
  CHECK_THROWS_WITH(jacobian(same, {}), ContainsSubstring("jacobian: expected at least one floating input"));
  CHECK_THROWS_WITH(jacobian([](const In&) { return Tensor(); }, {x}), ContainsSubstring("jacobian: "));
  CHECK_THROWS_WITH(jacobian([](const In&) { return zeros({2}, int64); }, {x}),
                    ContainsSubstring("jacobian: "));
  CHECK_THROWS_WITH(checkpoint(same, {Tensor()}), ContainsSubstring("checkpoint: "));
}

TEST_CASE("a checkpoint has the values and gradients of the plain function") {
  const Tensor weight = noise({3, 3}, 3).set_requires_grad(), x = noise({2, 3}, 1).set_requires_grad();
  const Tensor scale = noise({3}, 2);
  const auto block = [&](const In& in) { return tanh(matmul(in[0], weight) * in[1]); };
  const auto plain = block({x, scale}), kept = checkpoint(block, {x, scale});
  CHECK(values(plain) == values(kept));
  CHECK(std::string(kept.operation()) == "checkpoint");
  const Tensor g = noise({2, 3}, 4);
  const auto wanted = grad({plain}, {x, weight}, {g}),
             got = grad({kept}, {x, weight}, {g}, {.retain_graph = true});
  for (const int i : {0, 1}) CHECK(values(wanted[i]) == values(got[i]));
  kept.backward(g);
  CHECK(values(x.grad()) == values(wanted[0]));
  CHECK(values(weight.grad()) == values(wanted[1]));
  CHECK(!scale.requires_grad());

  // First and second order, by the input and by what is captured.
  const auto through = [&](const In& in) {
    return checkpoint([&](const In& at) { return sigmoid(matmul(at[0], in[1])); }, {in[0]});
  };
  CHECK_NOTHROW(
      gradcheck(through, {noise({2, 3}, 1).set_requires_grad(), noise({3, 3}, 2).set_requires_grad()}));
  CHECK_NOTHROW(
      gradgradcheck(through, {noise({2, 3}, 1).set_requires_grad(), noise({3, 3}, 2).set_requires_grad()}));
}

TEST_CASE("a checkpoint in a checkpoint, of nothing, of an input itself, and without recording") {
  const Tensor x = noise({2}, 1).set_requires_grad(), w = noise({2}, 2).set_requires_grad();
  const auto inner = [&](const In& in) { return in[0] * in[0] * w; };
  const auto outer = [&](const In& in) { return exp(checkpoint(inner, {in[0] * w})); };
  const auto wanted = grad({exp(inner({x * w}))}, {x, w}, {ones({2}, float64)});
  const auto got = grad({checkpoint(outer, {x})}, {x, w}, {ones({2}, float64)});
  for (const int i : {0, 1}) CHECK(values(wanted[i]) == values(got[i]));
  CHECK(values(grad({checkpoint([](const In& in) { return in[0]; }, {x})}, {x}, {w.detach()})[0]) ==
        values(w));
  CHECK(values(grad({checkpoint([&](const In&) { return w; }, {x})}, {w}, {x.detach()})[0]) == values(x));
  CHECK(!checkpoint([](const In& in) { return in[0]; }, {x.detach()}).requires_grad());
  const NoGrad guard;
  CHECK(!checkpoint(inner, {x}).requires_grad());
}

TEST_CASE("a checkpoint calls the hooks of leaves once, and takes its graph twice only if it is retained") {
  Tensor w = noise({2}, 2).set_requires_grad();
  register_hook(w, [](const Tensor& g) { return 3 * g; });
  const auto f = [&](const In& in) { return in[0] * w; };
  const Tensor x = noise({2}, 1).set_requires_grad(), y = checkpoint(f, {x});
  y.backward(ones({2}, float64));
  CHECK(values(w.grad()) == values(3 * x.detach()));
  CHECK_THROWS_WITH(y.backward(ones({2}, float64)),
                    ContainsSubstring("saved values of checkpoint were released"));
}

TEST_CASE("a checkpoint draws the same random numbers again, and disturbs no others") {
  const Tensor x = noise({1000}, 1).set_requires_grad();
  const auto drop = [](const In& in) { return dropout(in[0], 0.5, true); };
  manual_seed(1);
  const Tensor plain = drop({x});
  const Tensor wanted = grad({plain}, {x}, {ones({1000}, float64)})[0], next = uniform({3});
  manual_seed(1);
  const Tensor kept = checkpoint(drop, {x});
  CHECK(values(kept) == values(plain));
  CHECK(values(grad({kept}, {x}, {ones({1000}, float64)})[0]) == values(wanted));
  CHECK(uniform({3}).to_vector<float>() == next.to_vector<float>());
  int calls = 0;
  const Tensor changing = checkpoint([&](const In& in) { return ++calls == 1 ? in[0] : sum(in[0]); }, {x});
  CHECK_THROWS_WITH(
      changing.backward(ones({1000}, float64)),
      ContainsSubstring("checkpoint: the function gave a float64 tensor of shape [1000] at first, and a "
                        "float64 one of shape [] when"));
}

TEST_CASE("checkpoints of 24 blocks need a quarter of the memory, and give the same bits") {
  std::vector<std::unique_ptr<nn::Sequential>> blocks;
  manual_seed(3);
  for (int i = 0; i < 24; ++i)
    blocks.push_back(std::make_unique<nn::Sequential>(nn::Linear(64, 256), nn::Tanh(), nn::Linear(256, 256),
                                                      nn::Tanh(), nn::Linear(256, 64)));
  const Tensor x = uniform({512, 64});
  const auto train = [&](bool checkpoints) {
    for (const auto& block : blocks)
      for (Tensor each : block->parameters()) each.set_grad(zeros_like(each.detach()));
    memory::trim();
    const std::uint64_t before = memory::statistics().bytes_reserved;
    Tensor h = x;
    for (const auto& block : blocks) {
      const auto run = [&](const In& in) { return (*block)(in[0]); };
      h = checkpoints ? checkpoint(run, {h}) : run({h});
    }
    mean(square(h)).backward();
    return memory::statistics().bytes_reserved - before;
  };
  const auto gradients = [&] {
    std::vector<std::vector<float>> all;
    for (const auto& block : blocks)
      for (const Tensor& each : block->parameters()) all.push_back(each.grad().to_vector<float>());
    return all;
  };
  const std::uint64_t plain = train(false);
  const auto wanted = gradients();
  const std::uint64_t kept = train(true);
  CHECK(gradients() == wanted);
  INFO(plain << " bytes, with checkpoints " << kept);
  CHECK(4 * kept < plain);
}
