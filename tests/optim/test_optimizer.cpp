// The base class: steps, slots, schedules, clipping, decay, checks, memory, threads.
#include <cmath>
#include <cstdlib>
#include <functional>
#include <limits>
#include <new>

#include <catch.h>

#include "noise.h"
#include <taper/taper.h>

using namespace taper;
using optim::ExponentialDecay;

namespace {
std::atomic<long> news{0};
}

// Counts what the program allocates, to see that a step does not.
[[gnu::noinline]] void* operator new(std::size_t bytes) {
  ++news;
  if (void* const block = std::malloc(bytes)) return block;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* block) noexcept { std::free(block); }
[[gnu::noinline]] void operator delete(void* block, std::size_t) noexcept { std::free(block); }

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
const double nan_value = std::nan("");

Tensor parameter(std::initializer_list<double> values) {
  return from_data<double>(values, {static_cast<std::int64_t>(values.size())}).set_requires_grad();
}
Tensor gradient(std::initializer_list<double> values) {
  return from_data<double>(values, {static_cast<std::int64_t>(values.size())});
}
std::vector<double> values(const Tensor& x) { return x.to_vector<double>(); }

// Plain descent, written with tensor operations.
class Descent : public optim::Optimizer {
 public:
  using Optimizer::Optimizer;

 private:
  Tensor update(const Tensor& w, const Tensor& g, optim::Step& at) override {
    return w - at.learning_rate * g;
  }
};

// A rule made of any function.
class Custom : public optim::Optimizer {
 public:
  using Rule = std::function<Tensor(const Tensor&, const Tensor&, optim::Step&)>;
  Custom(const optim::Parameters& parameters, Rule rule, const optim::OptimizerOptions& options = {})
      : Optimizer(parameters, options, "Custom"), rule_(std::move(rule)) {}

 private:
  Tensor update(const Tensor& w, const Tensor& g, optim::Step& at) override { return rule_(w, g, at); }
  Rule rule_;
};

}  // namespace

TEST_CASE("a step uses the gradients, counts, and skips parameters without one") {
  Tensor a = parameter({1, 2}), b = parameter({3});
  optim::SGD sgd({a, b}, {.learning_rate = 0.5});
  CHECK(sgd.iterations() == 0);
  a.set_grad(gradient({2, 4}));
  sgd.step();
  CHECK(values(a) == std::vector<double>{0, 0});
  CHECK(values(b) == std::vector<double>{3});
  CHECK(sgd.iterations() == 1);
  sgd.zero_grad();
  CHECK(!a.grad().defined());
  CHECK_THROWS_WITH(sgd.step(), ContainsSubstring("no gradients provided for any variable"));
  CHECK_THROWS_AS(sgd.step(), ValueError);
  CHECK(sgd.iterations() == 1);
}

TEST_CASE("parameters come as tensors or with names") {
  Tensor a = parameter({1}), b = parameter({2});
  const std::vector<Tensor> list{a, b};
  const std::vector<std::pair<std::string, Tensor>> named{{"weight", a}, {"bias", b}};
  CHECK(optim::SGD(list).parameters()[1].first == "1");
  CHECK(optim::SGD({a}).parameters().size() == 1);
  CHECK(optim::SGD(named).parameters()[1].first == "bias");
  CHECK(optim::SGD({{"weight", a}, {"bias", b}}, {.learning_rate = 1}).parameters()[0].first == "weight");
}

TEST_CASE("a schedule is asked for the step before it is counted") {
  Tensor w = parameter({0});
  std::vector<std::int64_t> asked;
  Descent descent({w}, {.learning_rate = [&](std::int64_t step) {
                    asked.push_back(step);
                    return step == 0 ? 1. : 10.;
                  }});
  for (int i = 0; i < 2; ++i) {
    w.set_grad(gradient({1}));
    descent.step();
  }
  CHECK(asked == std::vector<std::int64_t>{0, 1});  // once a step
  CHECK(values(w) == std::vector<double>{-11});
  CHECK(descent.learning_rate() == 10);
  CHECK_THROWS_WITH(descent.set_learning_rate(0.1), ContainsSubstring("follows a schedule"));
  descent.set_learning_rate([](std::int64_t) { return 3; });
  CHECK(descent.learning_rate() == 3);
}

TEST_CASE("the learning rate can be set when it is a number") {
  Tensor w = parameter({0});
  optim::SGD sgd({w}, {.learning_rate = 1});
  sgd.set_learning_rate(0.25);
  CHECK(sgd.learning_rate() == 0.25);
  w.set_grad(gradient({1}));
  sgd.step();
  CHECK(values(w) == std::vector<double>{-0.25});
  sgd.set_learning_rate(ExponentialDecay({.initial_learning_rate = 4, .decay_steps = 1, .decay_rate = 0.5}));
  CHECK(sgd.learning_rate() == 2);
}

TEST_CASE("exponential decay") {
  const ExponentialDecay smooth({.initial_learning_rate = 0.1, .decay_steps = 3, .decay_rate = 0.96});
  CHECK(smooth(0) == 0.1);
  CHECK(smooth(3) == Approx(0.096).epsilon(1e-15));
  CHECK(smooth(1) == Approx(0.1 * std::pow(0.96, 1 / 3.)).epsilon(1e-15));
  const ExponentialDecay stairs(
      {.initial_learning_rate = 0.1, .decay_steps = 3, .decay_rate = 0.96, .staircase = true});
  // Keras's float32 values.
  for (const std::int64_t step : {0, 1, 2}) CHECK(stairs(step, float32) == 0.10000000149011612);
  for (const std::int64_t step : {3, 4, 5}) CHECK(stairs(step, float32) == 0.09600000083446503);
  for (const std::int64_t step : {6, 7, 8}) CHECK(stairs(step, float32) == 0.09216000139713287);
  CHECK(stairs.options().staircase);
  for (const std::int64_t steps : {0, -1})
    CHECK_THROWS_WITH(
        ExponentialDecay({.initial_learning_rate = 0.1, .decay_steps = steps, .decay_rate = 0.9}),
        ContainsSubstring("decay_steps must be > 0"));
  CHECK_THROWS_AS(ExponentialDecay({.initial_learning_rate = -1, .decay_steps = 1, .decay_rate = 0.9}),
                  ValueError);
  CHECK_THROWS_AS(ExponentialDecay({.initial_learning_rate = 1, .decay_steps = 1, .decay_rate = nan_value}),
                  ValueError);
}

TEST_CASE("bad learning rates are refused") {
  for (const double bad : {-0.1, nan_value, infinity}) {
    CHECK_THROWS_WITH(optim::LearningRate(bad), ContainsSubstring("learning_rate"));
    Tensor w = parameter({1});
    optim::SGD sgd({w}, {.learning_rate = [=](std::int64_t) { return bad; }});
    w.set_grad(gradient({1}));
    CHECK_THROWS_WITH(sgd.step(), ContainsSubstring("for step 0"));
    CHECK(values(w) == std::vector<double>{1});
  }
  CHECK_THROWS_WITH(optim::LearningRate(std::function<double(std::int64_t)>()),
                    ContainsSubstring("empty function"));
  double (*const none)(std::int64_t) = nullptr;
  CHECK_THROWS_AS(optim::LearningRate(none), ValueError);
}

TEST_CASE("bad parameters are refused") {
  Tensor w = parameter({1, 2, 3, 4});
  const auto refused = [](const std::vector<Tensor>& list, const char* text) {
    CHECK_THROWS_AS(optim::SGD(list), ValueError);
    CHECK_THROWS_WITH(optim::SGD(list), ContainsSubstring(text));
  };
  refused({}, "empty");
  refused({w, Tensor()}, "parameter '1' is an undefined tensor");
  refused({zeros({2})}, "no parameter requires a gradient");
  refused({w * 2}, "parameter '0' is not a leaf, but the result of mul");
  refused({w, w}, "share memory");
  refused({w, slice(w.detach(), 0, 1, 3).set_requires_grad()}, "share memory");
  refused({expand(zeros({1}), {3}).set_requires_grad()}, "share memory");
  const Tensor six = zeros({6});
  const Tensor backwards = six.alias(Layout({3}, {-1}, 2)).set_requires_grad();
  refused({backwards, slice(six, 0, 0, 1).set_requires_grad()}, "share memory");
  CHECK_NOTHROW(optim::SGD({backwards, slice(six, 0, 3, 6).set_requires_grad()}));
  // Parts of one block are fine.
  const Tensor block = zeros({6}, float64);
  Tensor a = slice(block, 0, 0, 2).set_requires_grad(), b = slice(block, 0, 2, 6).set_requires_grad();
  optim::SGD sgd({b, a}, {.learning_rate = 1});
  a.set_grad(ones({2}, float64));
  b.set_grad(full({4}, 2, float64));
  sgd.step();
  CHECK(values(block) == std::vector<double>{-1, -1, -2, -2, -2, -2});
}

TEST_CASE("clipping follows Keras's formulas") {
  const auto step = [](const optim::SGDOptions& options, std::initializer_list<double> first,
                       std::initializer_list<double> second) {
    Tensor a = parameter({0, 0}), b = parameter({0});
    optim::SGD sgd({a, b}, options);
    a.set_grad(gradient(first));
    b.set_grad(gradient(second));
    const Tensor before = a.grad();
    sgd.step();
    CHECK(
        (values(before) == std::vector<double>(first) || first.begin()[0] != first.begin()[0]));  // unchanged
    return std::vector<double>{-values(a)[0], -values(a)[1], -values(b)[0]};
  };
  CHECK(step({.learning_rate = 1, .clipnorm = 1}, {3, 4}, {0.5}) == std::vector<double>{0.6, 0.8, 0.5});
  CHECK(step({.learning_rate = 1, .clipnorm = 1}, {0, 0}, {-2}) == std::vector<double>{0, 0, -1});
  CHECK(step({.learning_rate = 1, .clipvalue = 2}, {3, -4}, {0.5}) == std::vector<double>{2, -2, 0.5});
  const auto global = step({.learning_rate = 1, .global_clipnorm = 6.5}, {3, 4}, {12});
  CHECK(global[0] == Approx(1.5).epsilon(1e-14));
  CHECK(global[2] == Approx(6).epsilon(1e-14));
  CHECK(step({.learning_rate = 1, .global_clipnorm = 4}, {0, 0}, {0}) == std::vector<double>{0, 0, 0});
  CHECK(step({.learning_rate = 1, .global_clipnorm = 128}, {3, 4}, {12}) == std::vector<double>{3, 4, 12});
  // A norm that is not finite spoils all gradients under global_clipnorm, its own under clipnorm.
  const auto spoiled = step({.learning_rate = 1, .global_clipnorm = 1}, {infinity, 0}, {1});
  CHECK(std::isnan(spoiled[1]));
  CHECK(std::isnan(spoiled[2]));
  const auto own = step({.learning_rate = 1, .clipnorm = 1}, {infinity, 1}, {1});
  CHECK(std::isnan(own[0]));
  CHECK(own[1] == 0);
  CHECK(own[2] == 1);
  CHECK(std::isnan(step({.learning_rate = 1, .clipvalue = 1}, {nan_value, 1}, {1})[0]));
}

TEST_CASE("empty parameters have no part in norms") {
  Tensor none = zeros({0, 3}, float64).set_requires_grad(), w = parameter({0, 0});
  optim::SGD sgd({none, w, zeros({0}, float64).set_requires_grad()}, {.learning_rate = 1, .clipnorm = 1});
  none.set_grad(zeros({0, 3}, float64));
  w.set_grad(gradient({3, 4}));
  sgd.step();
  CHECK(values(w) == std::vector<double>{-0.6, -0.8});
}

TEST_CASE("gradients can be clipped in place, as in PyTorch") {
  Tensor a = parameter({0, 0}), b = parameter({0}), without = parameter({0});
  const auto set = [&] {
    a.set_grad(gradient({3, 4}));
    b.set_grad(gradient({-12}));
  };
  set();
  CHECK(optim::clip_grad_norm({a, b, without}, 13) == 13);
  CHECK(values(a.grad())[0] == Approx(3 * 13 / (13 + 1e-6)).epsilon(1e-14));
  CHECK(optim::clip_grad_norm({a, b}, 6.5) == Approx(13).epsilon(1e-6));
  CHECK(values(b.grad())[0] == Approx(-6).epsilon(1e-6));
  const Tensor before = b.grad();
  CHECK(optim::clip_grad_norm({a, b}, 7) == Approx(6.5).epsilon(1e-6));
  CHECK(values(b.grad()) == values(before));
  set();
  optim::clip_grad_value({a, b, without}, 3.5);
  CHECK(values(a.grad()) == std::vector<double>{3, 3.5});
  CHECK(values(b.grad()) == std::vector<double>{-3.5});
  CHECK(!without.grad().defined());
  a.set_grad(gradient({nan_value, 1}));
  CHECK(std::isnan(optim::clip_grad_norm({a, b}, 1)));
  for (const double bad : {-1., nan_value, infinity}) {
    CHECK_THROWS_WITH(optim::clip_grad_norm({a}, bad), ContainsSubstring("clip_grad_norm: max_norm"));
    CHECK_THROWS_WITH(optim::clip_grad_value({a}, bad), ContainsSubstring("clip_grad_value: clip_value"));
  }
  CHECK_THROWS_AS(optim::clip_grad_norm({a}, -1), ValueError);
}

TEST_CASE("weights decay by the scheduled rate, before the rule") {
  Tensor w = parameter({8}), untouched = parameter({8});
  optim::SGD sgd({w, untouched}, {.learning_rate = [](std::int64_t step) { return step == 0 ? 0.5 : 0.25; },
                                  .weight_decay = 0.5});
  w.set_grad(gradient({2}));
  sgd.step();
  CHECK(values(w) == std::vector<double>{8 - 2 - 1});
  sgd.step();
  CHECK(values(w) == std::vector<double>{5 - 0.625 - 0.5});
  CHECK(values(untouched) == std::vector<double>{8});
}

TEST_CASE("a rule of one's own gets clipping, decay and schedules, and equals the kernel") {
  const ExponentialDecay decay({.initial_learning_rate = 0.1, .decay_steps = 2, .decay_rate = 0.5});
  for (const DType dtype : {float32, float64})
    for (const int variant : {0, 1, 2, 3, 4, 5, 6, 7}) {
      const int clip = variant % 4;
      const double rate_of_decay = variant < 4 ? 0.1 : 0;
      const double norm = clip == 1 ? 0.5 : 0, value = clip == 2 ? 0.3 : 0, global = clip == 3 ? 0.5 : 0;
      Tensor a = noise({40, 500}, 1, dtype).set_requires_grad(), b = noise({7}, 2, dtype).set_requires_grad();
      Tensor c = to(a.detach() * 1, dtype).set_requires_grad(), d = (b.detach() * 1).set_requires_grad();
      optim::Momentum fused({a, b}, {.learning_rate = decay,
                                     .weight_decay = rate_of_decay,
                                     .clipnorm = norm,
                                     .clipvalue = value,
                                     .global_clipnorm = global});
      Custom own({c, d},
                 [&](const Tensor& w, const Tensor& g, optim::Step& at) {
                   Tensor& v = at.slots["velocity"];
                   v = v * 0.9 + g;
                   return w - v * at.learning_rate;
                 },
                 {.learning_rate = decay,
                  .weight_decay = rate_of_decay,
                  .clipnorm = norm,
                  .clipvalue = value,
                  .global_clipnorm = global});
      for (std::uint32_t step = 0; step < 3; ++step) {
        a.set_grad(noise({40, 500}, step + 3, dtype));
        b.set_grad(noise({7}, step + 9, dtype));
        c.set_grad(a.grad());
        d.set_grad(b.grad());
        fused.step();
        own.step();
      }
      CHECK(to(a, float64).to_vector<double>() == to(c, float64).to_vector<double>());
      CHECK(to(b, float64).to_vector<double>() == to(d, float64).to_vector<double>());
    }
}

TEST_CASE("Ftrl keeps its digits where an accumulator hardly grows") {
  const double n = 10000, rate = 1e-3, value = 1000;
  for (const double power : {0.5, 0.25, 1., 2.}) {
    INFO(power);
    Tensor w = full({19}, value).set_requires_grad();
    optim::Ftrl ftrl({w},
                     {.learning_rate = rate, .learning_rate_power = -power, .initial_accumulator_value = n});
    w.set_grad(ones({19}));
    ftrl.step();
    const double growth = std::pow(n, power) * std::expm1(power * std::log1p(1 / n));
    for (const float linear : ftrl.slot(0, "linear").to_vector<float>())
      CHECK(linear == Approx(1 - growth / rate * value).epsilon(1e-6));
  }
  // From nothing, where the quotients are none.
  for (const double power : {0., 0.5, 0.25}) {
    Tensor w = from_data<float>({1, 2}, {2}).set_requires_grad();
    optim::Ftrl ftrl({w},
                     {.learning_rate = 0.5, .learning_rate_power = -power, .initial_accumulator_value = 0});
    w.set_grad(from_data<float>({0, 16}, {2}));
    ftrl.step();
    const std::vector<float> linear = ftrl.slot(0, "linear").to_vector<float>();
    CHECK(linear[0] == 0);
    CHECK(linear[1] == Approx(16 - (power == 0 ? 0 : std::pow(256, power)) / 0.5 * 2));
  }
}

TEST_CASE("slots are made on first use and keep their values") {
  Tensor w = parameter({1, 1});
  Custom custom({w}, [](const Tensor& w, const Tensor& g, optim::Step& at) {
    Tensor& sum = at.slots["sum"];
    Tensor& ten = at.slots.get("ten", 10);  // does not move the first
    sum = sum + g;
    ten = ten + 1;
    at.slots["previous"] = w;
    return w - sum;
  });
  CHECK(!custom.slot(0, "sum").defined());
  for (int i = 0; i < 2; ++i) {
    w.set_grad(gradient({1, 2}));
    custom.step();
  }
  CHECK(values(custom.slot(0, "sum")) == std::vector<double>{2, 4});
  CHECK(values(custom.slot(0, "ten")) == std::vector<double>{12, 12});
  CHECK(values(w) == std::vector<double>{-2, -5});
  CHECK(values(custom.slot(0, "previous")) == std::vector<double>{0, -1});  // not changed with the parameter
  CHECK_THROWS_AS(custom.slot(1, "sum"), IndexError);

  optim::Adam adam({w}, {.amsgrad = true});
  adam.step();
  for (const char* const name : {"momentum", "velocity", "velocity_hat"}) CHECK(adam.slot(0, name).defined());
  CHECK(!optim::SGD({w}).slot(0, "momentum").defined());
}

TEST_CASE("what a rule returns is checked, and may be a view of the parameter") {
  Tensor w = from_data({1., 2., 3., 4.}, {2, 2}).set_requires_grad();
  w.set_grad(ones({2, 2}, float64));
  using S = optim::Step;
  Custom wrong_shape({w}, [](const Tensor&, const Tensor&, S&) { return zeros({2}, float64); });
  CHECK_THROWS_WITH(wrong_shape.step(), ContainsSubstring("shape [2, 2]"));
  CHECK(wrong_shape.iterations() == 0);
  Custom wrong_dtype({w}, [](const Tensor&, const Tensor&, S&) { return zeros({2, 2}); });
  CHECK_THROWS_WITH(wrong_dtype.step(), ContainsSubstring("float64, got [2, 2] and float32"));
  Custom nothing({w}, [](const Tensor&, const Tensor&, S&) { return Tensor(); });
  CHECK_THROWS_WITH(nothing.step(), ContainsSubstring("undefined"));
  optim::Optimizer no_rule({w});
  CHECK_THROWS_WITH(no_rule.step(), ContainsSubstring("override update()"));
  Custom turn({w}, [](const Tensor& x, const Tensor&, S&) { return transpose(x); });
  turn.step();
  CHECK(values(w) == std::vector<double>{1, 3, 2, 4});
  Custom keep({w}, [](const Tensor& x, const Tensor&, S&) { return x; });
  keep.step();
  CHECK(values(w) == std::vector<double>{1, 3, 2, 4});
  CHECK(w.is_leaf());
}

TEST_CASE("strided parameters and gradients, and gradients that are parameters") {
  const Tensor block = from_data({1., 2., 3., 4., 5., 6.}, {2, 3});
  Tensor w = transpose(block).set_requires_grad();  // [3, 2]
  w.set_grad(transpose(from_data({1., 1., 1., 2., 2., 2.}, {2, 3})));
  optim::SGD sgd({w}, {.learning_rate = 1, .momentum = 0.5});
  sgd.step();
  CHECK(values(block) == std::vector<double>{0, 1, 2, 2, 3, 4});
  Tensor a = parameter({1, 2}), b = parameter({10, 20});
  a.set_grad(b.detach());
  b.set_grad(a.detach());
  optim::SGD both({a, b}, {.learning_rate = 1});
  both.step();
  CHECK(values(a) == std::vector<double>{-9, -18});
  CHECK(values(b) == std::vector<double>{9, 18});
}

TEST_CASE("a step is a change in place") {
  Tensor w = parameter({1});
  const Tensor loss = square(w);
  optim::SGD sgd({w});
  w.set_grad(gradient({1}));
  sgd.step();
  CHECK_THROWS_AS(loss.backward(), ValueError);
}

TEST_CASE("minimize finds the least of a function, whatever the optimizer") {
  Tensor w = parameter({5, -3});
  const auto loss = [&] { return sum(square(w - 1)); };
  optim::Adam adam({w}, {.learning_rate = 0.1});
  CHECK(adam.minimize(loss).item<double>() == 32);
  for (int i = 0; i < 500; ++i) adam.minimize(loss);
  CHECK(adam.minimize(loss).item<double>() < 1e-6);
  CHECK(adam.iterations() == 502);
}

TEST_CASE("empty parameters and both dtypes at once") {
  Tensor none = zeros({0, 3}).set_requires_grad(), one = ones({1}).set_requires_grad(), two = parameter({1});
  none.set_grad(zeros({0, 3}));
  optim::Adam adam({none, one, two}, {.learning_rate = 0.5, .global_clipnorm = 1});
  adam.step();
  one.set_grad(full({1}, 3));
  two.set_grad(gradient({-3}));
  adam.step();
  CHECK(one.item<double>() ==
        Approx(1 - 0.5 * std::sqrt(1 - 0.999 * 0.999) / 0.19 * 0.1 / std::sqrt(0.001)).epsilon(1e-4));
  CHECK(one.item<double>() - 1 == Approx(1 - two.item<double>()).epsilon(1e-4));
}

TEST_CASE("bits do not depend on the number of threads") {
  const int before = num_threads();
  std::vector<std::vector<float>> results;
  for (const int threads : {1, 2, 3}) {
    set_num_threads(threads);
    std::vector<Tensor> list;
    for (const std::int64_t count : {3, 100000, 1, 40000, 17}) {
      list.push_back(noise({count}, 5).set_requires_grad());
      list.back().set_grad(noise({count}, 6));
    }
    optim::Adam adam(list, {.weight_decay = 0.01,
                            .global_clipnorm = 0.5,
                            .use_ema = true,
                            .ema_overwrite_frequency = 1,
                            .gradient_accumulation_steps = 2});
    for (int i = 0; i < 3; ++i) adam.step();
    std::vector<float> all;
    for (const Tensor& each : list)
      for (const float value : each.to_vector<float>()) all.push_back(value);
    results.push_back(all);
  }
  set_num_threads(before);
  CHECK(results[0] == results[1]);
  CHECK(results[0] == results[2]);
}

TEST_CASE("a step allocates nothing once it has run") {
  std::vector<Tensor> list;
  for (const std::int64_t count : {3, 70000, 1}) {
    list.push_back(noise({count}, 5).set_requires_grad());
    list.back().set_grad(noise({count}, 6));
  }
  optim::Adam adam(
      list,
      {.learning_rate = ExponentialDecay({.initial_learning_rate = 0.1, .decay_steps = 5, .decay_rate = 0.9}),
       .weight_decay = 0.01,
       .clipnorm = 0.5,
       .use_ema = true,
       .gradient_accumulation_steps = 2});
  Descent own(list, {.clipnorm = 1});
  for (int i = 0; i < 3; ++i) {
    adam.step();
    own.step();
  }
  const long allocations = news;
  const auto blocks = memory::statistics().system_allocations;
  adam.step();
  own.step();
  CHECK(news == allocations);
  CHECK(memory::statistics().system_allocations == blocks);
}

TEST_CASE("slots do not decay to denormal numbers, which are slow; the arithmetic of others keeps those") {
  for (const DType dtype : {float32, float64}) {
    Tensor w = ones({19}, dtype).set_requires_grad();
    optim::Adam adam({w}, {.learning_rate = 1e-3});
    w.set_grad(ones({19}, dtype));
    adam.step();
    w.set_grad(zeros({19}, dtype));
    for (int step = 0; step < 8000; ++step) adam.step();  // 0.9^7000 is below the numbers of float64
    const Tensor slot = adam.slot(0, "momentum");
    const double smallest = dtype == float32 ? 0x1p-126 : 0x1p-1022;
    CHECK(sum((slot != 0) & (slot < smallest)).item<std::int64_t>() == 0);
    CHECK(sum(slot < 20 * smallest).item<std::int64_t>() == 19);
  }
  const Tensor denormal = full({19}, 1e-40);
  CHECK(sum(denormal * 0.5 > 0).item<std::int64_t>() == 19);
}
