// The engine: accumulation, graphs of all forms, grad(), what it refuses.
#include <limits>
#include <memory>

#include <catch.h>

#include "leaf.h"
#include <taper/autograd/autograd.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>
#include <taper/tensor/memory.h>

using namespace taper;

TEST_CASE("backward adds to the gradients of leaves") {
  Tensor x = leaf({1, 2}), y = leaf({3, 4}), constant = ones({2});
  CHECK(!x.grad().defined());
  sum(x * y * constant).backward();
  CHECK(gradient_of(x) == Values{3, 4});
  CHECK(gradient_of(y) == Values{1, 2});
  CHECK(!constant.grad().defined());
  sum(x * 10).backward();
  CHECK(gradient_of(x) == Values{13, 14});
  x.set_grad({});
  CHECK(!x.grad().defined());
  (x * x).backward(from_data({1.f, -1.f}, {2}));
  CHECK(gradient_of(x) == Values{2, -4});
}

TEST_CASE("what a gradient is added to belongs to the leaf alone") {
  // sum's gradient is one number seen through stride 0; x has two of them to add up.
  Tensor x = leaf({1, 2, 3});
  (sum(x) + sum(x) + sum(x * 2)).backward();
  CHECK(gradient_of(x) == Values{4, 4, 4});
  sum(x).backward();
  CHECK(gradient_of(x) == Values{5, 5, 5});
  const Tensor seen = x.grad();
  sum(x).backward();
  CHECK(seen.to_vector<float>() == Values{5, 5, 5});
  CHECK(gradient_of(x) == Values{6, 6, 6});

  // A gradient given from outside, with stride 0, is not written to.
  Tensor y = leaf({1, 2, 3});
  y.set_grad(expand(ones({1}), {3}));
  (y * y).backward(ones({3}));
  CHECK(gradient_of(y) == Values{3, 5, 7});
  const Tensor cotangent = ones({3});
  Tensor z = leaf({1, 2, 3}), w = z + 0;
  w.backward(cotangent, {.retain_graph = true});
  w.backward(cotangent);
  CHECK(gradient_of(z) == Values{2, 2, 2});
  CHECK(cotangent.to_vector<float>() == Values{1, 1, 1});

  // Two leaves that get the same gradient share no memory, with one another or with where it came from.
  const Tensor p = leaf({1, 2, 3}), q = leaf({4, 5, 6});
  (p + q).backward(cotangent);
  CHECK(p.grad().raw() != q.grad().raw());
  CHECK(p.grad().raw() != cotangent.raw());
  CHECK(q.grad().raw() != cotangent.raw());
  // What a leaf keeps lies in order, whatever arrives.
  const Tensor m = reshape(arange(6.), {2, 3}).set_requires_grad(), s = leaf({1, 2});
  transpose(m).backward(ones({3, 2}));
  sum(record("repeated", s.detach() * 1, {s}, [](const Tensor&) {
    return expand(full({1}, 2), {2});
  })).backward();
  CHECK(m.grad().is_contiguous());
  CHECK(s.grad().is_contiguous());

  // An interior node that gets two gradients, both views.
  Tensor v = leaf({1, 2, 3}), h = v * 1;
  (sum(h) + sum(h)).backward();
  CHECK(gradient_of(v) == Values{2, 2, 2});
}

TEST_CASE("a tensor may be used many times, and graphs may meet again") {
  Tensor x = leaf({2});
  Tensor total = x;
  for (int i = 0; i < 99; ++i) total = total + x;
  sum(total).backward();
  CHECK(gradient_of(x) == Values{100});

  Tensor d = leaf({3});
  const Tensor left = d * 2, right = d * d, joined = left * right + left;  // 2d^3 + 2d
  joined.backward();
  CHECK(gradient_of(d) == Values{6 * 9 + 2});

  Tensor p = leaf({1.5});
  Tensor power = p;
  for (int i = 0; i < 5; ++i) power = power * power;  // p^32: 2^5 ways, visited once each
  power.backward();
  CHECK(gradient_of(p)[0] == Approx(32 * std::pow(1.5, 31)));
}

TEST_CASE("many gradients may wait at the same time") {
  // Each branch waits until the gradients of both its uses have arrived, the last of them at the very end.
  const Tensor x = ones({}).set_requires_grad();
  std::vector<Tensor> branches;
  for (int i = 1; i <= 50; ++i) branches.push_back(x * i);
  Tensor total = zeros({});
  for (const Tensor& branch : branches) total = total + branch;
  for (auto branch = branches.rbegin(); branch != branches.rend(); ++branch)
    total = total + *branch * *branch;
  total.backward();
  double expected = 0;
  for (int i = 1; i <= 50; ++i) expected += i + 2 * i * i;
  CHECK(x.grad().item<double>() == expected);
}

TEST_CASE("a graph runs backward once, unless it is retained") {
  Tensor x = leaf({3});
  const Tensor y = x * x;
  y.backward({}, {.retain_graph = true});
  y.backward();
  CHECK(gradient_of(x) == Values{12});
  CHECK_THROWS_WITH(y.backward(), ContainsSubstring("backward: the saved values of multiply were released") &&
                                      ContainsSubstring("retain_graph"));
  CHECK_THROWS_AS(grad({y}, {x}), ValueError);
  CHECK(gradient_of(x) == Values{12});
  // Gradients that are recorded need the graph that they came from.
  const Tensor z = x * x;
  const Tensor slope = grad({z}, {x}, {}, {.create_graph = true})[0];
  CHECK(grad({z}, {x}, {}, {.retain_graph = true})[0].item<float>() == 6);
  z.backward();
  CHECK_THROWS_AS(z.backward(), ValueError);
  CHECK_THROWS_AS(grad({x * z}, {x}), ValueError);
  // Part of a graph that was released.
  const Tensor h = exp(x), a = h * 2, b = h * 3;
  a.backward();
  CHECK_THROWS_WITH(b.backward(), ContainsSubstring("saved values of exp"));
}

TEST_CASE("create_graph gives third derivatives") {
  Tensor x = from_data({2.0}, {}).set_requires_grad();
  const Tensor y = pow(x, 5);
  const Tensor first = grad({y}, {x}, {}, {.create_graph = true})[0];
  const Tensor second = grad({first}, {x}, {}, {.create_graph = true})[0];
  const Tensor third = grad({second}, {x})[0];
  CHECK(first.item<double>() == Approx(5 * 16));
  CHECK(second.item<double>() == Approx(20 * 8));
  CHECK(third.item<double>() == Approx(60 * 4));
  CHECK(!third.requires_grad());
}

TEST_CASE("second-order work with grad() leaves nothing behind") {
  // A penalty on the gradient, as in training: the graph of the gradient is part of what is run backward.
  const auto alive = std::make_shared<int>();
  Tensor weight = full({32, 64}, 0.1).set_requires_grad();
  const auto step = [&] {
    const Tensor watched = record("watched", weight.alias(weight.layout()), {weight},
                                  [alive](const Tensor& g) { return g * (1 + 0 * *alive); });
    const Tensor loss = mean(square(sin(watched)));
    const Tensor slope = grad({loss}, {weight}, {}, {.create_graph = true})[0];
    (loss + sum(square(slope))).backward();
    weight.set_grad({});
  };
  for (int i = 0; i < 10; ++i) step();
  const std::uint64_t reserved = memory::statistics().bytes_reserved;
  for (int i = 0; i < 3000; ++i) step();
  CHECK(memory::statistics().bytes_reserved == reserved);
  CHECK(alive.use_count() == 1);
}

TEST_CASE("what backward accumulates has no history") {
  const Tensor x = leaf({2, 3}), factor = leaf({5, 7});
  Tensor h = x * 1;
  h.retain_grad();
  register_hook(h, [&](const Tensor& g) {
    const EnableGrad guard;
    return g * factor;
  });
  h.backward(factor);
  for (const Tensor& each : {x, h}) {
    CHECK(gradient_of(each) == Values{25, 49});
    CHECK(!each.grad().requires_grad());
  }
  const Tensor z = leaf({1, 1});
  register_hook(z, [&](const Tensor& g) {
    const EnableGrad guard;
    return g * factor;  // nobody else holds it
  });
  sum(z).backward();
  CHECK(!z.grad().requires_grad());
  CHECK(gradient_of(z) == Values{5, 7});
  x.backward(factor);  // added to what is there
  CHECK(!x.grad().requires_grad());
  const Tensor y = leaf({1, 1});
  y.backward(factor);  // the first to arrive
  CHECK(!y.grad().requires_grad());
  CHECK(gradient_of(y) == Values{5, 7});
}

TEST_CASE("NoGrad and EnableGrad") {
  const Tensor x = leaf({1});
  {
    const NoGrad guard;
    CHECK(!grad_enabled());
    CHECK(!(x * 2).requires_grad());
    {
      const EnableGrad inner;
      CHECK((x * 2).requires_grad());
    }
    CHECK(!(x * 2).requires_grad());
  }
  CHECK(grad_enabled());
  CHECK((x * 2).requires_grad());
  CHECK(!(ones({1}) * 2).requires_grad());
}

TEST_CASE("leaves, detach and retain_grad") {
  Tensor x = leaf({1, 2});
  Tensor y = x * 3;
  CHECK(x.is_leaf());
  CHECK(!y.is_leaf());
  CHECK(std::string(y.operation()) == "multiply");
  CHECK(std::string(x.operation()).empty());
  const Tensor constant = y.detach();
  CHECK(!constant.requires_grad());
  CHECK(constant.is_leaf());
  CHECK(constant.raw() == y.raw());
  y.retain_grad();
  sum(y * y + constant * y).backward();
  CHECK(gradient_of(y) == Values{9, 18});
  CHECK(gradient_of(x) == Values{27, 54});
  Tensor z = x * 3;
  sum(z).backward();
  CHECK(!z.grad().defined());
  CHECK_THROWS_WITH(z.set_requires_grad(), ContainsSubstring("result of multiply"));
  CHECK_THROWS_AS(z.set_requires_grad(false), ValueError);
  CHECK_THROWS_AS(ones({2}, int64).set_requires_grad(), DTypeError);
  CHECK_THROWS_AS(ones({2}).retain_grad(), ValueError);
  // Only backward() keeps gradients, and asking again for what is there changes nothing.
  const Tensor w = leaf({1}), kept = w * 2;
  Tensor(kept).retain_grad();
  CHECK(grad({kept * 3}, {w})[0].item<float>() == 6);
  CHECK(!kept.grad().defined());
  CHECK(!w.grad().defined());
  x.set_requires_grad();
  CHECK(gradient_of(x) == Values{30, 57});
  x.set_requires_grad(false);
  CHECK(!x.grad().defined());
  CHECK(!x.requires_grad());
  CHECK(!(x * 2).requires_grad());
}

TEST_CASE("set_grad refuses what does not fit") {
  Tensor x = leaf({1, 2});
  CHECK_THROWS_AS(x.set_grad(ones({3})), ShapeError);
  CHECK_THROWS_AS(x.set_grad(ones({2, 1})), ShapeError);
  CHECK_THROWS_AS(x.set_grad(ones({2}, float64)), DTypeError);
  CHECK_THROWS_AS(ones({2}).set_grad(ones({2})), ValueError);
  const Tensor slope = grad({sum(x * x)}, {x}, {}, {.create_graph = true})[0];
  CHECK_THROWS_WITH(x.set_grad(slope),
                    "set_grad: expected a gradient that does not require a gradient itself; use detach()");
  CHECK_THROWS_AS(x.set_grad(slope), ValueError);
  CHECK_THROWS_AS(x.set_grad(x), ValueError);
  CHECK(!x.grad().defined());
  x.set_grad(slope.detach());
  CHECK(gradient_of(x) == Values{2, 4});
  x.set_grad(ones({2}));
  CHECK(gradient_of(x) == Values{1, 1});
}

TEST_CASE("backward refuses a start that makes no sense") {
  const Tensor x = leaf({1, 2});
  CHECK_THROWS_WITH((x * 2).backward(), ContainsSubstring("shape [2]") && ContainsSubstring("sum or mean"));
  CHECK_THROWS_AS((x * 2).backward(ones({3})), ShapeError);
  CHECK_THROWS_AS((x * 2).backward(ones({1, 2})), ShapeError);
  CHECK_THROWS_AS((x * 2).backward(ones({2}, float64)), DTypeError);
  CHECK_THROWS_AS(ones({1}).backward(), ValueError);
  CHECK_THROWS_AS(Tensor().backward(), ValueError);
  CHECK(!x.grad().defined());
  reshape(sum(x), {1, 1}).backward();
  CHECK(gradient_of(x) == Values{1, 1});
}

TEST_CASE("grad gives gradients and leaves the leaves alone") {
  Tensor x = leaf({1, 2}), y = leaf({3, 4}), other = leaf({5});
  const Tensor h = x * y, out = sum(h * h);
  const std::vector<Tensor> all = grad({out}, {x, h, y, other, out}, {}, {.retain_graph = true});
  CHECK(all[0].to_vector<float>() == Values{18, 64});
  CHECK(all[1].to_vector<float>() == Values{6, 16});
  CHECK(all[2].to_vector<float>() == Values{6, 32});
  CHECK(!all[3].defined());
  CHECK(all[4].item<float>() == 1);
  for (const Tensor& t : {x, y, other}) CHECK(!t.grad().defined());
  // Several outputs, with cotangents; one input twice.
  const std::vector<Tensor> two =
      grad({h, x * 10}, {x, x}, {from_data({1.f, 0.f}, {2}), from_data({0.f, 1.f}, {2})});
  CHECK(two[0].to_vector<float>() == Values{3, 10});
  CHECK(two[1].to_vector<float>() == Values{3, 10});

  CHECK_THROWS_AS(grad({out}, {ones({2})}), ValueError);
  CHECK_THROWS_AS(grad({ones({1})}, {x}), ValueError);
  CHECK_THROWS_AS(grad({x * 2}, {x}), ShapeError);
  CHECK_THROWS_AS(grad({x * 2}, {x}, {ones({2}), ones({2})}), ValueError);
  CHECK(grad({}, {x}).size() == 1);
  CHECK(!grad({}, {x})[0].defined());
}

TEST_CASE("grad computes only what is asked for") {
  int calls = 0;
  const auto count = [&](const Tensor& x) {
    return record("count", x.detach() * 1, {x}, [&calls](const Tensor& g) {
      ++calls;
      return g;
    });
  };
  const Tensor x = leaf({1}), y = leaf({2});
  const Tensor z = count(x) * count(y);
  grad({z}, {y}, {}, {.retain_graph = true});
  CHECK(calls == 1);
  grad({z}, {x, y});
  CHECK(calls == 3);
  // It stops at what is asked for: what lies behind is not called, and can still run.
  const Tensor h = count(x);
  grad({h * 2}, {h});
  CHECK(calls == 3);
  h.backward();
  CHECK(calls == 4);
  // Gradients that a function gives without being asked go nowhere.
  int seen = 0;
  register_hook(y, [&seen](const Tensor&) {
    ++seen;
    return Tensor();
  });
  grad({x + y}, {x});
  CHECK(seen == 0);
  grad({x + y}, {x, y});
  CHECK(seen == 1);
}

TEST_CASE("values that no gradient needs are freed at once") {
  // Observed from outside: the pool hands the freed block out again.
  const Tensor x = ones({100'000}).set_requires_grad();
  const auto address_after = [](auto make) {
    Tensor value = make();
    const void* const address = value.raw();
    Tensor next = sum(value);
    value = Tensor();
    return std::pair(address, Tensor::empty({100'000}).raw());
  };
  const auto [freed, reused] = address_after([&] { return x + 1; });  // sum saves nothing
  CHECK(freed == reused);
  Tensor kept = x + 1;
  const void* const address = kept.raw();
  const Tensor squared = square(kept);  // square saves its operand
  kept = Tensor();
  CHECK(Tensor::empty({100'000}).raw() != address);
}

TEST_CASE("a saved result holds no cycle") {
  const auto alive = std::make_shared<int>();
  const Tensor x = leaf({1});
  {
    const Tensor y = record("watched", save(x.detach() * 1), {x},
                            [alive](const Backward& at, const Tensor& g) { return g * at.output(); });
    const Tensor slope = grad({y * y}, {x}, {}, {.create_graph = true})[0];
    CHECK(alive.use_count() > 1);
  }
  CHECK(alive.use_count() == 1);
}

TEST_CASE("a function is dropped with what it holds once its graph has run") {
  const auto alive = std::make_shared<int>();
  const Tensor x = leaf({1});
  const Tensor y = record("watched", x.detach() * 1, {x}, [alive](const Tensor& g) { return g; });
  y.backward({}, {.retain_graph = true});
  CHECK(alive.use_count() == 2);
  y.backward();
  CHECK(alive.use_count() == 1);
}

TEST_CASE("backward frees what the graph saved") {
  const Tensor x = ones({100'000}).set_requires_grad();
  Tensor h = x * 2;
  const void* const address = h.raw();
  const Tensor out = sum(square(h));
  h = Tensor();
  out.backward();
  bool reused = x.grad().raw() == address;
  std::vector<Tensor> others;
  for (int i = 0; i < 8; ++i) {
    others.push_back(Tensor::empty({100'000}));
    reused = reused || others.back().raw() == address;
  }
  CHECK(reused);
  // Results that were saved as well.
  const Tensor y = exp(x);
  CHECK(!y.is_sole_owner());
  sum(y).backward();
  CHECK(y.is_sole_owner());
}

TEST_CASE("a million operations in a chain run backward and die") {
  constexpr int length = 1'000'000;
  {
    Tensor x = leaf({1});
    Tensor y = x;
    for (int i = 0; i < length; ++i) y = y + x;
    y.backward();
    CHECK(gradient_of(x) == Values{length + 1});
  }
  Tensor x = leaf({1});
  {
    Tensor y = x;
    for (int i = 0; i < length / 4; ++i) y = sin(y);
  }  // dies without backward, with saved values on the way
  CHECK(!x.grad().defined());
}

TEST_CASE("10,000 steps of training need no more memory than 100") {
  Tensor weight = full({16, 1}, 0.1).set_requires_grad();
  const Tensor input = ones({8, 16});
  const auto step = [&] {
    const Tensor loss = mean(square(sum(input * reshape(weight, {1, 16}), {1}) - 3));
    loss.backward();
    const NoGrad guard;
    float* const w = weight.mutable_data<float>();
    const Tensor gradient = weight.grad();
    for (int i = 0; i < 16; ++i) w[i] -= 0.001f * gradient.data<float>()[i];
    weight.set_grad({});
    return loss.item<float>();
  };
  const float before = step();
  for (int i = 0; i < 100; ++i) step();
  const std::uint64_t reserved = memory::statistics().bytes_reserved;
  for (int i = 0; i < 10'000; ++i) step();
  CHECK(memory::statistics().bytes_reserved == reserved);
  CHECK(step() < 1e-3f * before);
}

TEST_CASE("gradients that arrive late wait with those that came early") {
  // 40 nodes wait at once, more than lie in an array, and each gets three gradients at different times.
  const Tensor x = from_data({1.0}, {}).set_requires_grad();
  std::vector<Tensor> nodes;
  for (int i = 0; i < 40; ++i) nodes.push_back(sin(x * (i + 1)));
  Tensor total = zeros({}, float64);
  for (const int stride : {1, 7, 13})
    for (int i = 0; i < 40; ++i)
      total = total + (stride + i) * nodes[static_cast<std::size_t>(i * stride % 40)];
  double expected = 0;
  for (const int stride : {1, 7, 13})
    for (int i = 0; i < 40; ++i) {
      const int k = i * stride % 40 + 1;
      expected += (stride + i) * k * std::cos(k);
    }
  total.backward({}, {.retain_graph = true});
  CHECK(x.grad().item<double>() == Approx(expected).epsilon(1e-12));
  CHECK(grad({total}, {x})[0].item<double>() == Approx(expected).epsilon(1e-12));
}

TEST_CASE("gradients of several outputs and orders meet in one node") {
  // The sum of two gradients of h must keep the history of both, whichever comes first.
  for (const bool swapped : {false, true}) {
    const Tensor x = from_data({3.0}, {}).set_requires_grad();
    const Tensor h = x * 1, linear = h * 5, cubic = h * h * h;
    const Tensor out = swapped ? cubic + linear : linear + cubic;
    const Tensor first = grad({out}, {x}, {}, {.create_graph = true})[0];
    CHECK(first.item<double>() == 5 + 27);
    CHECK(grad({first}, {x})[0].item<double>() == 18);
  }
}

TEST_CASE("the picture of a graph, letter by letter") {
  const Tensor x = leaf({1, 2}), y = zeros({3, 1}).set_requires_grad();
  const std::string dot = to_dot(exp(x) * y);
  std::vector<std::string> numbers;  // of the nodes, in order of creation
  for (std::size_t at = 0; (at = dot.find("  n", at)) != std::string::npos; ++at)
    if (dot.find(" [", at) < dot.find('\n', at))
      numbers.push_back(dot.substr(at + 2, dot.find(' ', at + 2) - at - 2));
  REQUIRE(numbers.size() == 4);
  const std::string &a = numbers[0], &b = numbers[1], &e = numbers[2], &m = numbers[3];
  CHECK(dot == "digraph {\n  rankdir=BT;\n  " + a + " [shape=ellipse, label=\"[2]\"];\n  " + b +
                   " [shape=ellipse, label=\"[3, 1]\"];\n  " + e + " [shape=box, label=\"exp\\n[2]\"];\n  " +
                   a + " -> " + e + ";\n  " + m + " [shape=box, label=\"multiply\\n[3, 2]\"];\n  " + e +
                   " -> " + m + ";\n  " + b + " -> " + m + ";\n}\n");
}

TEST_CASE("the graph as a picture") {
  const Tensor x = leaf({1, 2});
  const std::string dot = to_dot(sum(exp(x) * x));
  for (const char* const part : {"digraph {", "sum", "multiply", "exp", "ellipse", "[2]", " -> "})
    CHECK_THAT(dot, ContainsSubstring(part));
  std::size_t arrows = 0, at = 0;
  while ((at = dot.find("->", at)) != std::string::npos) ++arrows, ++at;
  CHECK(arrows == 4);
  CHECK_THAT(to_dot(ones({3})), ContainsSubstring("digraph"));
}
