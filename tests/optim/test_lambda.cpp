// Optimizers from a function.
#include <catch.h>

#include <taper/taper.h>

using namespace taper;

namespace {

Tensor parameter(std::initializer_list<double> values) {
  return from_data<double>(values, {static_cast<std::int64_t>(values.size())}).set_requires_grad();
}
using V = std::vector<double>;
using optim::Step;

V train(optim::Optimizer& optimizer, Tensor w, int steps = 5) {
  for (int i = 0; i < steps; ++i) {
    w.set_grad(from_data<double>({1. + i, -3.}, {2}));
    optimizer.step();
  }
  return w.to_vector<double>();
}

}  // namespace

TEST_CASE("a lambda is an optimizer with all that the base class does") {
  const auto rule = [](const Tensor& w, const Tensor& g, Step& at) {
    Tensor& momentum = at.slots["momentum"];
    momentum = 0.5 * momentum - at.learning_rate * g;
    return w + momentum;
  };
  const optim::ExponentialDecay decay({.initial_learning_rate = 0.5, .decay_steps = 2, .decay_rate = 0.5});
  Tensor a = parameter({1, 2}), b = parameter({1, 2});
  optim::LambdaOptimizer mine({a}, rule,
                              {.learning_rate = decay,
                               .weight_decay = 0.1,
                               .clipnorm = 2,
                               .use_ema = true,
                               .gradient_accumulation_steps = 2});
  optim::SGD sgd({b}, {.learning_rate = decay,
                       .momentum = 0.5,
                       .weight_decay = 0.1,
                       .clipnorm = 2,
                       .use_ema = true,
                       .gradient_accumulation_steps = 2});
  CHECK(train(mine, a) == train(sgd, b));
  mine.assign_averages();
  sgd.assign_averages();
  CHECK(a.to_vector<double>() == b.to_vector<double>());
  CHECK(mine.slot(0, "momentum").to_vector<double>() == sgd.slot(0, "momentum").to_vector<double>());
}

TEST_CASE("generic lambdas are rules") {
  Tensor w = parameter({1, 2});
  optim::LambdaOptimizer signs({w}, [](auto& w, auto& g, auto&) { return w - sign(g); });
  CHECK(train(signs, w, 2) == V{-1, 4});
  optim::LambdaOptimizer steps({w}, [](auto& w, auto& g, auto& at) { return w - at.learning_rate * g; },
                               {.learning_rate = 0.5});
  CHECK(train(steps, w, 1) == V{-1.5, 5.5});
}

TEST_CASE("a lambda's slots are saved, and groups have their learning rates") {
  const auto rule = [](auto& w, auto& g, auto& at) {
    Tensor& sum = at.slots["sum"];
    sum = sum + g;
    return w - at.learning_rate * sum;
  };
  Tensor a = parameter({1, 2});
  optim::LambdaOptimizer first({a}, rule);
  train(first, a, 3);
  Tensor b = from_data(a.to_vector<double>(), {2}).set_requires_grad();
  optim::LambdaOptimizer second({b}, rule);
  second.load_state_dict(first.state_dict());
  CHECK(train(first, a, 3) == train(second, b, 3));
  Tensor slow = parameter({0}), fast = parameter({0});
  optim::LambdaOptimizer both({{.parameters = {slow}, .learning_rate = 0.5}, {.parameters = {fast}}}, rule,
                              {.learning_rate = 2});
  for (Tensor each : {slow, fast}) each.set_grad(from_data<double>({1}, {1}));
  both.step();
  CHECK(slow.item<double>() == -0.5);
  CHECK(fast.item<double>() == -2);
}

TEST_CASE("slots that are loaded go to the parameter with the longest name that fits") {
  const auto rule = [](auto& w, auto& g, auto& at) { return at.slots["sum"] = at.slots["sum"] + g, w - g; };
  const auto make = [&] {
    return std::make_unique<optim::LambdaOptimizer>(
        NamedTensors{{"a_b", parameter({1})}, {"a", parameter({1})}, {"a_b_c", parameter({1})}}, rule);
  };
  const auto first = make(), second = make();
  double value = 1;
  for (auto [name, each] : first->parameters()) each.set_grad(from_data<double>({value++}, {1}));
  first->step();
  second->load_state_dict(first->state_dict());
  for (const std::size_t i : {0, 1, 2})
    CHECK(second->slot(i, "sum").to_vector<double>() == V{1. + static_cast<double>(i)});
}

TEST_CASE("a lambda's errors") {
  Tensor w = parameter({1, 2});
  CHECK_THROWS_WITH(optim::LambdaOptimizer({w}, optim::LambdaOptimizer::Rule()),
                    ContainsSubstring("LambdaOptimizer: the rule is an empty function"));
  optim::LambdaOptimizer wrong({w}, [](auto& w, auto&, auto&) { return sum(w); });
  CHECK_THROWS_WITH(train(wrong, w), ContainsSubstring("LambdaOptimizer::update: the new value"));
  CHECK_THROWS_WITH(serialize(wrong), ContainsSubstring("unknown optimizer of the library"));
}
