// record: operations of one's own, hooks, anomaly detection, and what goes wrong with them.
#include <array>
#include <stdexcept>
#include <string>

#include <catch.h>

#include "leaf.h"
#include <taper/autograd/autograd.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>
#include <taper/tensor/random.h>

using namespace taper;

namespace {

// An operation of one input whose gradient is what `gradient` gives.
template <class Gradient>
Tensor custom(const Tensor& x, Gradient gradient) {
  return record("custom", compute::unary("custom", compute::Unary::negate, x), {x}, gradient);
}

}  // namespace

TEST_CASE("an operation of one's own") {
  const Tensor x = leaf({1, 2}), y = leaf({5});
  const auto scaled = [](const Tensor& a, const Tensor& b) {
    return record("scaled", compute::binary("scaled", compute::Binary::multiply, a, b), {save(a), save(b)},
                  [](const Backward& at, const Tensor& g) {
                    CHECK(at.needs(0));
                    CHECK(at.shape(0) == Shape{2});
                    return std::vector<Tensor>{g * at.input(1), g * at.input(0)};
                  });
  };
  const Tensor z = scaled(x, y);
  CHECK(std::string(z.operation()) == "scaled");
  sum(z).backward();
  CHECK(gradient_of(x) == Values{5, 5});
  CHECK(gradient_of(y) == Values{3});  // summed over what was broadcast
}

TEST_CASE("wrong gradients are refused with the name of the operation") {
  const Tensor x = leaf({1, 2});
  const auto run = [&](auto gradient) { sum(custom(x, gradient)).backward(); };
  CHECK_THROWS_WITH(run([](const Tensor& g) {
                      return std::array{g, g};
                    }),
                    ContainsSubstring("custom: ") && ContainsSubstring("2 gradients for 1 inputs"));
  CHECK_THROWS_AS(run([](const Tensor& g) { return std::array{g, g}; }), ValueError);
  CHECK_THROWS_AS(run([](const Tensor&) { return std::vector<Tensor>{}; }), ValueError);
  CHECK_THROWS_WITH(run([](const Tensor&) { return ones({3}); }),
                    "custom: expected its gradient for input 0 to have shape [2], got [3]");
  CHECK_THROWS_AS(run([](const Tensor&) { return ones({3}); }), ShapeError);
  CHECK_THROWS_AS(run([](const Tensor&) { return ones({}); }), ShapeError);
  CHECK_THROWS_WITH(run([](const Tensor&) { return ones({2}, float64); }),
                    "custom: expected its gradient for input 0 to have dtype float32, got float64");
  CHECK_THROWS_AS(run([](const Tensor&) { return ones({2}, float64); }), DTypeError);
  CHECK(!x.grad().defined());
  run([](const Tensor&) { return Tensor(); });  // no gradient is a gradient of 0
  CHECK(!x.grad().defined());
  run([](const Tensor&) { return ones({4, 2}); });  // summed, as after broadcasting
  CHECK(gradient_of(x) == Values{4, 4});
}

TEST_CASE("a gradient can ask only for what was saved") {
  const Tensor x = leaf({1, 2});
  CHECK_THROWS_WITH(
      sum(custom(x, [](const Backward& at, const Tensor&) { return at.input(0); })).backward(),
      ContainsSubstring("custom: its gradient function reads input 0") && ContainsSubstring("save"));
  CHECK_THROWS_WITH(sum(custom(x, [](const Backward& at, const Tensor&) { return at.output(); })).backward(),
                    ContainsSubstring("custom: its gradient function reads the result"));
  CHECK_THROWS_WITH(sum(custom(x, [](const Backward& at, const Tensor&) { return at.input(1); })).backward(),
                    "custom: its gradient function reads input 1, but the number of inputs is 1");
  CHECK_THROWS_WITH(sum(custom(x, [](const Backward& at, const Tensor&) { return at.input(-1); })).backward(),
                    "custom: its gradient function reads input -1, but the number of inputs is 1");
}

TEST_CASE("record refuses a result that cannot have a gradient") {
  const auto rounded = [](const Tensor& x) {
    return record("rounded", compute::cast(x, int64), {x}, [](const Tensor& g) { return g; });
  };
  const Tensor x = leaf({1, 2});
  CHECK_THROWS_WITH(rounded(x),
                    "rounded: expected a float32 or float64 result, because an input requires a gradient, "
                    "got int64; detach() the inputs");
  CHECK_THROWS_AS(rounded(x), DTypeError);
  CHECK(rounded(x.detach()).dtype() == int64);
  const NoGrad guard;
  CHECK(!rounded(x).requires_grad());
}

TEST_CASE("a number among the inputs is known to the gradient, saved or not") {
  const Tensor x = leaf({1, 2});
  const Tensor y = record("numbers", x.detach() * 1, {x, Operand(3.0), save(Operand(4.0))},
                          [](const Backward& at, const Tensor& g) {
                            CHECK(!at.needs(1));
                            return std::array{g * at.input(1) + at.input(2), Tensor(), Tensor()};
                          });
  sum(y).backward();
  CHECK(gradient_of(x) == Values{7, 7});
}

TEST_CASE("a gradient can ask only for shapes that are known") {
  const Tensor x = leaf({1, 2}), saved = zeros({3, 1}), unsaved = zeros({1, 1, 1});
  const auto shape_of = [&](int i) {
    Shape shape;
    const Tensor y =
        record("custom", compute::unary("custom", compute::Unary::negate, x),
               {x, save(saved), unsaved, Operand(2.0)}, [&](const Backward& at, const Tensor& g) {
                 shape = at.shape(i);
                 return std::array{g, Tensor(), Tensor(), Tensor()};
               });
    sum(y).backward();
    return shape;
  };
  CHECK(shape_of(0) == Shape{2});
  CHECK(shape_of(1) == Shape{3, 1});
  for (const int i : {2, 3})
    CHECK_THROWS_WITH(shape_of(i),
                      ContainsSubstring("custom: its gradient function reads the shape of input") &&
                          ContainsSubstring("does not require a gradient and was not marked with save()"));
  for (const int i : {-1, 4})
    CHECK_THROWS_WITH(shape_of(i),
                      ContainsSubstring("input " + std::to_string(i) + ", but the number of inputs is 4"));
  const auto too_many = [](const Backward& at, const Tensor& g) {
    return at.each([&] { return g; }, [&] { return g; });
  };
  CHECK_THROWS_WITH(sum(custom(x, too_many)).backward(),
                    "custom: its gradient function reads input 1, but the number of inputs is 1");
}

TEST_CASE("record refuses a result that is in the graph already") {
  const Tensor x = leaf({1, 2}), y = exp(x);
  CHECK_THROWS_WITH(record("again", y, {x}, [](const Tensor& g) { return g; }), ContainsSubstring("again"));
  CHECK_THROWS_AS(record("again", x, {x}, [](const Tensor& g) { return g; }), ValueError);
}

TEST_CASE("a saved value that was changed in place is refused") {
  Tensor x = leaf({1, 2});
  const Tensor y = square(x);
  x.mutable_data<float>()[0] = 7;
  CHECK_THROWS_WITH(
      sum(y).backward(),
      ContainsSubstring("square: its gradient needs input 0 of shape [2], which was changed in place"));
  CHECK_THROWS_AS(sum(square(x) + y).backward(), ValueError);

  Tensor z = leaf({1, 2});
  Tensor e = exp(z);
  e.mutable_data<float>()[0] = 7;
  CHECK_THROWS_WITH(sum(e).backward(),
                    ContainsSubstring("exp: its gradient needs its result, which was changed in place"));
  // Through a view.
  Tensor w = leaf({1, 2, 3});
  const Tensor s = square(w);
  Tensor part = slice(w.detach(), 0, 1);
  part.mutable_data<float>()[0] = 7;
  CHECK_THROWS_AS(sum(s).backward(), ValueError);
  // What no gradient needs may change.
  Tensor v = leaf({1, 2});
  const Tensor sum_of_v = sum(v + 1);
  v.mutable_data<float>()[0] = 7;
  sum_of_v.backward();
  CHECK(gradient_of(v) == Values{1, 1});
}

TEST_CASE("hooks see and replace gradients") {
  const Tensor x = leaf({1, 2});
  const Tensor h = x * 3;
  std::vector<Values> seen;
  const int first = register_hook(h, [&](const Tensor& g) {
    seen.push_back(g.to_vector<float>());
    return g * 2;
  });
  register_hook(h, [&](const Tensor& g) {
    seen.push_back(g.to_vector<float>());
    return Tensor();
  });
  const int on_leaf = register_hook(x, [](const Tensor& g) { return g + 100; });
  const Tensor y = sum(h + h);
  y.backward({}, {.retain_graph = true});
  CHECK(seen == std::vector<Values>{{2, 2}, {4, 4}});  // once, with the whole gradient, in order
  CHECK(gradient_of(x) == Values{112, 112});
  CHECK(grad({y}, {x}, {}, {.retain_graph = true})[0].to_vector<float>() == Values{112, 112});

  remove_hook(h, first);
  remove_hook(x, on_leaf);
  remove_hook(x, 12345);
  Tensor(x).set_grad({});
  y.backward();
  CHECK(gradient_of(x) == Values{6, 6});
}

TEST_CASE("each hook has a number of its own, for ever") {
  const Tensor x = leaf({1});
  std::string order;
  const auto hook = [&](char letter) {
    return [&order, letter](const Tensor&) {
      order += letter;
      return Tensor();
    };
  };
  const int a = register_hook(x, hook('a')), b = register_hook(x, hook('b'));
  const auto run = [&] {
    order.clear();
    (x * 1).backward();
    return order;
  };
  CHECK(run() == "ab");
  remove_hook(x, b);
  CHECK(run() == "a");
  const int c = register_hook(x, hook('c'));
  remove_hook(x, b);  // gone already: takes no other with it
  CHECK(run() == "ac");
  remove_hook(x, a);
  CHECK(run() == "c");
  remove_hook(x, c);
  CHECK(run().empty());
  // A hook that registers another: it runs as well, this time already.
  register_hook(x, [&](const Tensor&) {
    order += 'd';
    if (order.size() < 3) register_hook(x, hook('e'));
    return Tensor();
  });
  CHECK(run() == "de");
}

TEST_CASE("what throws on the way back leaves everything usable") {
  const Tensor x = leaf({1, 2}), y = leaf({3, 4});
  bool fail = true;
  const auto fragile = [&](const Tensor& in) {
    return record("fragile", in.detach() * 1, {in}, [&fail](const Tensor& g) -> Tensor {
      if (fail) throw std::domain_error("gradient");
      return g;
    });
  };
  const Tensor z = sum(fragile(x) * y);
  CHECK_THROWS_AS(z.backward({}, {.retain_graph = true}), std::domain_error);
  CHECK(grad_enabled());
  CHECK(!x.grad().defined());
  CHECK(gradient_of(y) == Values{1, 2});  // arrived before
  Tensor(y).set_grad({});
  fail = false;
  z.backward({}, {.retain_graph = true});
  CHECK(gradient_of(x) == Values{3, 4});
  CHECK(gradient_of(y) == Values{1, 2});
  // A hook; and without retain_graph, what was visited is used up and says so.
  const Tensor w = sum(square(x * 2));
  const int number = register_hook(x, [](const Tensor&) -> Tensor { throw std::domain_error("hook"); });
  CHECK_THROWS_AS(w.backward(), std::domain_error);
  CHECK_THROWS_AS(grad({z}, {x}), std::domain_error);
  CHECK(grad_enabled());
  remove_hook(x, number);
  CHECK_THROWS_WITH(w.backward(), ContainsSubstring("saved values of sum were released"));
  sum(square(x)).backward();
  CHECK(gradient_of(x) == Values{3 + 2, 4 + 4});
}

TEST_CASE("hooks must return what fits, and want a gradient to watch") {
  const Tensor x = leaf({1, 2});
  const int number = register_hook(x, [](const Tensor&) { return ones({3}); });
  CHECK_THROWS_WITH(sum(x * 1).backward(),
                    ContainsSubstring("hook") && ContainsSubstring("[2]") && ContainsSubstring("[3]"));
  CHECK_THROWS_AS(sum(x * 1).backward(), ShapeError);
  remove_hook(x, number);
  register_hook(x, [](const Tensor&) { return ones({2}, float64); });
  CHECK_THROWS_AS(sum(x * 1).backward(), DTypeError);
  CHECK_THROWS_AS(register_hook(ones({2}), [](const Tensor&) { return Tensor(); }), ValueError);
  CHECK_THROWS_AS(remove_hook(ones({2}), 1), ValueError);
  CHECK_THROWS_AS(register_hook(x, {}), ValueError);
}

TEST_CASE("a hook's gradient that can be differentiated") {
  const Tensor x = leaf({2});
  const Tensor h = x * x;
  register_hook(h, [&](const Tensor& g) { return g * h; });  // dz/dx = 2x * x^2
  const Tensor first = grad({h * 1}, {x}, {}, {.create_graph = true})[0];
  CHECK(first.item<float>() == 16);
  CHECK(grad({first}, {x}, {ones({1})})[0].item<float>() > 0);
}

TEST_CASE("anomaly detection names the operation that computed the first NaN") {
  const Tensor x = leaf({-1, 1});
  const auto forward = [&] { return sum(log(x) * 2); };
  CHECK_NOTHROW(forward());
  {
    const DetectAnomaly guard;
    CHECK_THROWS_WITH(forward(), "DetectAnomaly: log computed the first NaN, in its result of shape [2]");
    CHECK_NOTHROW(leaf({NAN}) * 2);  // came in from outside
    CHECK_NOTHROW(leaf({1}) * NAN);
    CHECK_NOTHROW(2 * leaf({NAN}));
    const Tensor some = from_data({true, false}, {2});
    CHECK_NOTHROW(where(some, x, 0));  // bool holds no NaN
    CHECK_THROWS_WITH(where(some, x, 0) / 0, ContainsSubstring("divide computed the first NaN"));
    CHECK_THROWS_WITH(record("noisy", full({2}, NAN), {x, some}, [](const Tensor& g) { return g; }),
                      ContainsSubstring("noisy computed the first NaN"));
    // Only what a view shows is searched.
    const Tensor both = from_data({1.f, NAN, 2.f, NAN}, {4});
    const Tensor seen = slice(both, 0, 0, 4, 2), hidden = slice(both, 0, 1, 4, 2);
    const Tensor one = leaf({1, -1});
    CHECK_NOTHROW(one * hidden);
    CHECK_THROWS_WITH(log(one * seen), ContainsSubstring("log computed the first NaN"));
  }
  // sqrt is fine at 0, and so is 0 * inf forward; its gradient is not.
  const Tensor zero = leaf({0});
  const Tensor y = sum(sqrt(zero) * 0);
  CHECK_NOTHROW(y.backward({}, {.retain_graph = true}));
  const DetectAnomaly guard;
  CHECK_THROWS_WITH(
      y.backward(),
      "DetectAnomaly: the gradient of sqrt computed the first NaN, for its input 0 of shape [1]");
}

TEST_CASE("a part is added in place to a sum that there is, and that nobody else holds") {
  int whole = 0, added = 0;
  const auto first = [&](const Tensor& x) {  // x[0]
    return record(
        "first", x.alias(x.layout().select("first", 0, 0)), {x},
        [&](const Backward& at, const Tensor& g) {
          ++whole;
          return index_put(zeros(at.shape(0)), {0}, g);
        },
        [&](const Backward&, const Tensor& g, Tensor& total) {
          ++added;
          assign(total, {0}, total[0] + g);
        });
  };
  Tensor x = leaf({1, 2});
  (first(x) + first(x) + first(x)).backward();
  CHECK(gradient_of(x) == Values{3, 0});
  CHECK(whole == 1);
  CHECK(added == 2);
  const Tensor y = x * 1;
  (first(y) + first(y) + first(y)).backward();
  CHECK(gradient_of(x) == Values{6, 0});
  CHECK(whole == 2);
  CHECK(added == 4);
  const Tensor held = x.grad();  // so it must not change
  first(x).backward();
  CHECK(held.to_vector<float>() == Values{6, 0});
  CHECK(gradient_of(x) == Values{7, 0});
  CHECK(whole == 3);
  const Tensor z = first(x) + first(x);
  CHECK(grad({z}, {x}, {}, {.create_graph = true})[0].to_vector<float>() == Values{2, 0});  // recorded
  CHECK(whole == 5);
  CHECK(added == 4);
}

TEST_CASE("an operation of several results") {
  // Mean and variance, in float64.
  const auto moments = [](const Tensor& x) {
    const std::vector<Tensor> values = [&] {
      const NoGrad guard;
      return std::vector{mean(x), mean(square(x - mean(x))), x - mean(x)};
    }();
    return record("moments", values, {save(x)},
                  [](const Backward& at, const std::vector<Tensor>& results, const std::vector<Tensor>& g) {
                    const Tensor x = at.input(0);
                    const double n = static_cast<double>(x.numel());
                    CHECK(results.size() == 3);
                    CHECK(results[2].shape() == x.shape());
                    const Tensor centred = x - mean(x);
                    return g[0] / n + 2 * g[1] * centred / n + g[2] - mean(g[2]);
                  });
  };
  const Tensor x = uniform({2, 3}, -1, 1, float64).set_requires_grad();
  for (int i = 0; i < 3; ++i) {
    const auto one = [&](const std::vector<Tensor>& in) {
      return moments(in[0])[static_cast<std::size_t>(i)];
    };
    CHECK_NOTHROW(gradcheck(one, {x}));
    CHECK_NOTHROW(gradgradcheck([&](const auto& in) { return square(one(in)); }, {x}));
  }
  const auto all = [&](const std::vector<Tensor>& in) {
    const std::vector<Tensor> each = moments(in[0]);
    return each[0] * each[1] * each[2];
  };
  CHECK_NOTHROW(gradcheck(all, {x}));
  CHECK_NOTHROW(gradgradcheck(all, {x}));
  CHECK(std::string(moments(x)[0].operation()) == "part");
  const NoGrad guard;
  CHECK(moments(x)[1].is_leaf());
}

TEST_CASE("several results must be of one dtype") {
  const Tensor x = leaf({1, 2});
  const auto mixed = [](const Tensor& x) {
    return record("mixed", std::vector{x.detach(), zeros({2}, float64)}, {x},
                  [](const Backward&, const auto&, const auto& g) { return g[0]; });
  };
  CHECK_THROWS_WITH(mixed(x), "mixed: expected results of one dtype, got float32 and float64");
}
