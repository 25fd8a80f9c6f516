// The options that all optimizers share: groups, averages, accumulation, loss scale, exclusions, state.
#include <catch.h>
#include <temporary_directory.h>

#include <taper/taper.h>

using namespace taper;

namespace {

Tensor parameter(std::initializer_list<double> values) {
  return from_data<double>(values, {static_cast<std::int64_t>(values.size())}).set_requires_grad();
}
Tensor gradient(std::initializer_list<double> values) { return parameter(values).detach(); }
std::vector<double> values(const Tensor& x) { return x.to_vector<double>(); }
using V = std::vector<double>;

void step(optim::Optimizer& optimizer, Tensor w, double g) {
  w.set_grad(gradient({g}));
  optimizer.step();
}

/// SGD as a rule of tensor operations.
class Descent : public optim::Optimizer {
 public:
  using Optimizer::Optimizer;

 private:
  Tensor update(const Tensor& w, const Tensor& g, optim::Step& at) override {
    Tensor& sum = at.slots["sum"];
    sum = sum + g;
    return w - at.learning_rate * g;
  }
};

template <class Check>
void both(const optim::OptimizerOptions& options, Check&& check) {
  Tensor a = parameter({8}), b = parameter({8});
  optim::SGDOptions sgd_options;
  sgd_options.learning_rate = options.learning_rate;
  sgd_options.weight_decay = options.weight_decay;
  sgd_options.clipnorm = options.clipnorm;
  sgd_options.use_ema = options.use_ema;
  sgd_options.ema_momentum = options.ema_momentum;
  sgd_options.ema_overwrite_frequency = options.ema_overwrite_frequency;
  sgd_options.loss_scale_factor = options.loss_scale_factor;
  sgd_options.gradient_accumulation_steps = options.gradient_accumulation_steps;
  optim::SGD sgd({a}, sgd_options);
  Descent descent({b}, options);
  check(sgd, a);
  check(descent, b);
}

}  // namespace

TEST_CASE("accumulation: every n-th step updates by the mean, the schedule sees all steps") {
  both({.learning_rate = [](std::int64_t step) { return step == 1   ? 1.
                                                        : step == 3 ? 0.5
                                                                    : 100.; },
        .gradient_accumulation_steps = 2},
       [](optim::Optimizer& optimizer, Tensor w) {
         step(optimizer, w, 2);
         CHECK(values(w) == V{8});
         CHECK(optimizer.iterations() == 0);
         step(optimizer, w, 4);
         CHECK(values(w) == V{5});
         CHECK(optimizer.iterations() == 1);
         step(optimizer, w, 2);
         CHECK(values(w) == V{5});
         step(optimizer, w, 2);  // the sum began at 0 again
         CHECK(values(w) == V{4});
       });
  both({.learning_rate = 1, .clipnorm = 2, .gradient_accumulation_steps = 2},
       [](optim::Optimizer& optimizer, Tensor w) {
         step(optimizer, w, 10);
         step(optimizer, w, -4);  // the mean, 3, is clipped
         CHECK(values(w) == V{6});
       });
}

TEST_CASE("averages of the parameters") {
  both({.learning_rate = 1, .use_ema = true, .ema_momentum = 0.75},
       [](optim::Optimizer& optimizer, Tensor w) {
         step(optimizer, w, 4);
         step(optimizer, w, 4);  // 4, then 0: average 4, then 3
         CHECK(values(w) == V{0});
         optimizer.assign_averages();
         CHECK(values(w) == V{3});
       });
  both({.learning_rate = 1, .use_ema = true, .ema_momentum = 0.5, .ema_overwrite_frequency = 2},
       [](optim::Optimizer& optimizer, Tensor w) {
         step(optimizer, w, 4);
         CHECK(values(w) == V{4});
         step(optimizer, w, 4);
         CHECK(values(w) == V{2});
       });
  Tensor w = parameter({1});
  optim::SGD none({w});
  CHECK_THROWS_WITH(none.assign_averages(), ContainsSubstring("SGD::assign_averages"));
  CHECK_THROWS_AS(none.assign_averages(), ValueError);
  const Tensor fresh = ones({2}).set_requires_grad();
  optim::SGD early({fresh}, {.use_ema = true});
  CHECK_THROWS_WITH(early.assign_averages(), ContainsSubstring("before the first step"));
  early.state_dict();
  CHECK_THROWS_AS(early.assign_averages(), ValueError);
  CHECK(fresh.to_vector<float>() == std::vector<float>{1, 1});
}

TEST_CASE("a scaled loss") {
  Tensor w = parameter({3});
  optim::SGD sgd({w}, {.learning_rate = 1, .loss_scale_factor = 1024});
  CHECK(sgd.minimize([&] { return sum(2 * w); }).item<double>() == 6);
  CHECK(values(w) == V{1});
  CHECK(values(w.grad()) == V{2048});
  both({.learning_rate = 1, .loss_scale_factor = 4}, [](optim::Optimizer& optimizer, Tensor x) {
    step(optimizer, x, 8);
    CHECK(values(x) == V{6});
  });
}

TEST_CASE("groups have their own learning rate and decay") {
  Tensor a = parameter({1}), b = parameter({1}), c = parameter({1});
  optim::SGD sgd({{.parameters = {a}, .learning_rate = 0.25},
                  {.parameters = {{"bias", b}}, .weight_decay = 0.},
                  {.parameters = {c}, .learning_rate = [](std::int64_t) { return 2; }}},
                 {.learning_rate = 0.5, .weight_decay = 1});
  CHECK(sgd.parameters()[0].first == "0");
  CHECK(sgd.parameters()[1].first == "bias");
  CHECK(sgd.parameters()[2].first == "2");
  for (Tensor w : {a, b, c}) w.set_grad(gradient({1}));
  sgd.step();
  CHECK(values(a) == V{1 - 0.25 - 0.25});
  CHECK(values(b) == V{0.5});
  CHECK(values(c) == V{1 - 2 - 2});
  sgd.set_learning_rate(0.125, 0);
  sgd.set_learning_rate(1, 1);
  sgd.step();
  CHECK(values(a) == V{0.5 - 0.0625 - 0.125});
  CHECK(values(b) == V{-0.5});
  CHECK_THROWS_WITH(sgd.set_learning_rate(1, 2), ContainsSubstring("follows a schedule"));
  CHECK_THROWS_AS(sgd.set_learning_rate(1, 3), IndexError);
  using Groups = std::vector<optim::ParameterGroup>;
  const Groups negative{{.parameters = {a}, .weight_decay = -1.}};
  CHECK_THROWS_WITH(optim::SGD(negative), ContainsSubstring("weight_decay"));
  const Groups inner{{.parameters = {a}}}, outer{{.parameters = inner}};
  CHECK_THROWS_AS(optim::SGD(outer), ValueError);
}

TEST_CASE("parameters can be excluded from decay by name") {
  Tensor a = parameter({4}), b = parameter({4});
  optim::SGD sgd({{"layer.weight", a}, {"layer.bias", b}}, {.learning_rate = 1, .weight_decay = 0.5});
  sgd.exclude_from_weight_decay({"bias$"});
  for (Tensor w : {a, b}) w.set_grad(gradient({0}));
  sgd.step();
  CHECK(values(a) == V{2});
  CHECK(values(b) == V{4});
  CHECK_THROWS_WITH(sgd.exclude_from_weight_decay({"gamma"}), ContainsSubstring("no parameter's name"));
  CHECK_THROWS_WITH(sgd.exclude_from_weight_decay({"("}),
                    ContainsSubstring("not a supported regular expression"));
  CHECK_THROWS_AS(sgd.exclude_from_weight_decay({"("}), ValueError);
}

TEST_CASE("the state goes through a file, and the run goes on bit for bit") {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "state.safetensors";
  const optim::AdamOptions options{.amsgrad = true, .use_ema = true, .gradient_accumulation_steps = 2};
  Tensor a = parameter({1, 2}), b = parameter({3});
  optim::Adam adam({{"a", a}, {"b", b}}, options);
  adam.set_learning_rate(0.03);
  const auto go_on = [](optim::Optimizer& optimizer, Tensor x, Tensor y, double g) {
    x.set_grad(gradient({g, -2 * g}));
    y.set_grad(gradient({g * g}));
    optimizer.step();
  };
  for (int i = 0; i < 3; ++i) go_on(adam, a, b, 0.1 * i + 0.3);
  std::vector<std::string> names;
  for (const auto& [name, tensor] : adam.state_dict()) names.push_back(name);
  CHECK(names == std::vector<std::string>{"iteration", "learning_rate", "a_average", "b_average",
                                          "a_gradient_accumulator", "b_gradient_accumulator", "a_momentum",
                                          "a_velocity", "b_momentum", "b_velocity", "a_velocity_hat",
                                          "b_velocity_hat"});
  io::save_safetensors(path, adam.state_dict());
  Tensor c = a.detach() * 1, d = b.detach() * 1;
  optim::Adam again({{"a", c.set_requires_grad()}, {"b", d.set_requires_grad()}}, options);
  again.load_state_dict(io::load_safetensors(path).tensors);
  CHECK(again.learning_rate() == 0.03);
  for (int i = 0; i < 4; ++i) {
    go_on(adam, a, b, 0.2);
    go_on(again, c, d, 0.2);
  }
  CHECK(values(a) == values(c));
  CHECK(values(b) == values(d));
  adam.assign_averages();
  again.assign_averages();
  CHECK(values(a) == values(c));
}

TEST_CASE("groups with equal names can be saved, and loaded") {
  const auto model = [](double value) {
    return NamedTensors{{"weight", parameter({value})}, {"bias", parameter({value})}};
  };
  const auto backbone = model(1), head = model(2);
  const auto make = [&] {
    return optim::SGD({{.parameters = backbone, .learning_rate = 0.5},
                       {.parameters = head},
                       {.parameters = {parameter({3})}}},
                      {.momentum = 0.5, .weight_decay = 0.25});
  };
  auto sgd = make();
  std::vector<std::string> names;
  for (const auto& [name, tensor] : sgd.parameters()) names.push_back(name);
  CHECK(names == std::vector<std::string>{"0.weight", "0.bias", "1.weight", "1.bias", "2.4"});
  for (auto [name, tensor] : sgd.parameters()) tensor.set_grad(tensor.detach());
  sgd.step();
  auto again = make();
  again.load_state_dict(sgd.state_dict());
  for (const std::size_t i : {0, 1, 2, 3, 4})
    CHECK(values(again.slot(i, "momentum")) == values(sgd.slot(i, "momentum")));
  CHECK(values(again.slot(0, "momentum")) != values(again.slot(2, "momentum")));
  CHECK_THROWS_AS(sgd.exclude_from_weight_decay({"^weight"}), ValueError);
  CHECK_NOTHROW(sgd.exclude_from_weight_decay({"weight$"}));
  // Names that differ stay as they are.
  CHECK(optim::SGD({{.parameters = {{"a", parameter({1})}}}, {.parameters = {{"b", parameter({1})}}}})
            .parameters()[1]
            .first == "b");
}

TEST_CASE("a state that does not fit is refused and changes nothing") {
  Tensor w = parameter({1, 2});
  optim::Adam adam({{"w", w}});
  const auto state = adam.state_dict();
  const auto refused = [&](auto change, const char* text) {
    auto bad = state;
    bad[0].second = full({}, 7, int64);
    change(bad);
    CHECK_THROWS_WITH(adam.load_state_dict(bad), ContainsSubstring(text));
    CHECK(adam.iterations() == 0);
  };
  using State = NamedTensors;
  refused([](State& s) { s.pop_back(); }, "missing: \"w_velocity\"");
  refused([](State& s) { s.push_back(s.back()); }, "given twice: \"w_velocity\"");
  refused([](State& s) { s.emplace_back("x_momentum", zeros({2})); }, "unexpected: \"x_momentum\"");
  refused([](State& s) { s.emplace_back("w_other", zeros({2})); }, "unexpected: \"w_other\"");
  refused([](State& s) { s.back().second = zeros({3}, float64); }, "has shape [2], got [3]");
  refused([](State& s) { s.back().second = zeros({2}); }, "has dtype float64, got float32");
  refused([](State& s) { s.back().second = Tensor(); }, "undefined: \"w_velocity\"");
  refused(
      [](State& s) {
        s.pop_back();
        s.back().second = zeros({3}, float64);
        s[1].second = full({}, 1);
      },
      "Adam::load_state_dict: missing: \"w_velocity\"; \"w_momentum\" has shape [2], got [3]; "
      "\"learning_rate\" has "
      "dtype float64, got float32");
  refused([](State& s) { s[0].second = full({}, -1, int64); }, "iteration must not be negative");
  refused([](State& s) { s[1].second = full({}, -1, float64); }, "learning_rate must be finite");
  Tensor a = parameter({1}), b = parameter({1});
  optim::SGD twice({{"w", a}, {"w", b}}, {.momentum = 0.5});
  CHECK_THROWS_WITH(twice.state_dict(), ContainsSubstring("different names"));
}

TEST_CASE("the slots of a rule written with tensor operations are found by the parameters' names") {
  Tensor w = parameter({1}), long_name = parameter({1});
  Descent descent({{"w", w}, {"w_2", long_name}});
  for (Tensor x : {w, long_name}) x.set_grad(gradient({3}));
  descent.step();
  Descent again({{"w", w}, {"w_2", long_name}});
  again.load_state_dict(descent.state_dict());
  CHECK(values(again.slot(0, "sum")) == V{3});
  CHECK(values(again.slot(1, "sum")) == V{3});
  CHECK(again.iterations() == 1);
}

namespace {

/// Uses all that a rule may ask for: a number of its own, a slot of another shape, the parameter's name.
class Counting : public optim::Optimizer {
 public:
  explicit Counting(const optim::Parameters& parameters) : Optimizer(parameters, {.learning_rate = 1}) {
    scalar("doubled", 1);
  }

 private:
  void prepare(DType) override { scalar("doubled") *= 2; }
  Tensor update(const Tensor& w, const Tensor&, optim::Step& at) override {
    Tensor& row = at.slots.get("row", {3}, 10);
    row = row + 1;
    return at.name == "counted" ? w + scalar("doubled") : w + sum(row);
  }
};

}  // namespace

TEST_CASE("a rule may have numbers and slots of its own, which belong to the state") {
  Tensor counted = parameter({0}), summed = parameter({0, 0});
  const auto set = [&] {
    counted.set_grad(gradient({1}));
    summed.set_grad(gradient({1, 1}));
  };
  Counting rule({{"counted", counted}, {"summed", summed}});
  set();
  rule.step();
  rule.step();  // prepare() runs once a step: 2, then 4
  CHECK(values(counted) == V{6});
  CHECK(values(summed) == V{33 + 36, 33 + 36});
  CHECK(rule.slot(1, "row").shape() == Shape{3});

  Counting again({{"counted", counted}, {"summed", summed}});
  again.load_state_dict(rule.state_dict());
  again.step();
  CHECK(values(counted) == V{6 + 8});
  CHECK(values(summed) == V{69 + 39, 69 + 39});
}

TEST_CASE("functions of undefined parameters name themselves") {
  const std::vector<Tensor> parameters{zeros({2}).set_requires_grad(), Tensor()};
  CHECK_THROWS_WITH(optim::clip_grad_norm(parameters, 1),
                    ContainsSubstring("clip_grad_norm: a parameter is undefined"));
  CHECK_THROWS_WITH(optim::clip_grad_value(parameters, 1),
                    ContainsSubstring("clip_grad_value: a parameter is undefined"));
  CHECK_THROWS_AS(optim::SGD(parameters), ValueError);
}
