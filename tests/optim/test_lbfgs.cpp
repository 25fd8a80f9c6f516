// LBFGS against PyTorch's, its state and errors; and steps with closures.
#include <cmath>
#include <stdexcept>

#include <catch.h>
#include <golden_json.h>
#include <nlohmann/json.hpp>
#include <temporary_directory.h>

#include "golden.h"
#include <taper/taper.h>

using namespace taper;
using nlohmann::json;
using optim::LBFGS;

namespace {

using V = std::vector<double>;

Tensor vector(const V& values) {
  return from_data<double>(values, {static_cast<std::int64_t>(values.size())}).set_requires_grad();
}

// The problems of torch_lbfgs.py.
Tensor loss_of(const std::string& problem, const std::vector<Tensor>& parameters) {
  const Tensor& x = parameters[0];
  if (problem.starts_with("rosenbrock")) {
    const std::int64_t last = x.numel() - 1;
    const Tensor low = slice(x, 0, 0, last), high = slice(x, 0, 1, last + 1);
    return sum(100 * square(high - square(low)) + square(1 - low));
  }
  if (problem == "quadratic")
    return sum(arange(1, x.numel() + 1, 1, float64) * square(x)) / 2 + 0.1 * sum(square(square(x))) - sum(x);
  if (problem == "waves") return sum(sin(3 * x) + 0.1 * square(x));
  golden::Numbers numbers;
  V inputs(60), labels(20);
  for (double& each : inputs) each = numbers();
  for (double& each : labels) each = numbers() > 0;
  const Tensor y = from_data<double>(labels, {20});
  const Tensor logits =
      reshape(matmul(from_data<double>(inputs, {20, 3}), reshape(x, {3, 1})), {20}) + parameters[1];
  return mean(log1p(exp(-abs(logits))) + relu(logits) - y * logits) + 0.01 * sum(square(x));
}

struct Run {
  std::vector<Tensor> parameters;
  std::string problem;
  int calls = 0;

  explicit Run(const json& of) : problem(of["problem"]) {
    for (const json& each : of["start"]) parameters.push_back(vector(each.get<V>()));
  }
  double step(optim::Optimizer& optimizer) {
    return optimizer.minimize([&] { return ++calls, loss_of(problem, parameters); }).item<double>();
  }
  V values() const {
    V all;
    for (const Tensor& each : parameters)
      for (const double value : each.to_vector<double>()) all.push_back(value);
    return all;
  }
};

}  // namespace

TEST_CASE("LBFGS goes PyTorch's way") {
  const json all = golden_json("torch_lbfgs");  // by torch_lbfgs.py beside it
  REQUIRE(all.size() == 22);
  double worst = 0;
  for (const json& each : all) {
    INFO(each["problem"] << each["options"]);
    Run run(each);
    const auto lbfgs = optim::get("LBFGS", run.parameters, each["options"].dump());
    for (const json& row : each["rows"]) {
      CHECK(std::abs(run.step(*lbfgs) - row["loss"].get<double>()) < 1e-10);
      CHECK(run.calls == row["calls"]);
      const V values = run.values();
      REQUIRE(values.size() == row["parameters"].size());
      for (std::size_t i = 0; i < values.size(); ++i)
        worst = std::max(worst, std::abs(values[i] - row["parameters"][i].get<double>()));
      CHECK(worst < 1e-10);
    }
  }
  CAPTURE(worst);
  CHECK(worst < 1e-10);
}

TEST_CASE("LBFGS goes on from its state bit for bit, through a file") {
  const TemporaryDirectory directory;
  for (const json& each : golden_json("torch_lbfgs")) {
    INFO(each["problem"] << each["options"]);
    Run straight(each);
    const auto lbfgs = optim::get("LBFGS", straight.parameters, each["options"].dump());
    const std::size_t steps = each["rows"].size();
    for (std::size_t i = 0; i < steps; ++i) {
      const auto path = directory.path() / "lbfgs.safetensors";
      io::save_safetensors(path, lbfgs->state_dict());
      Run resumed(each);
      for (std::size_t k = 0; k < resumed.parameters.size(); ++k)
        resumed.parameters[k] = (straight.parameters[k].detach() * 1).set_requires_grad();
      const auto again = optim::from_config(serialize(*lbfgs), resumed.parameters);
      again->load_state_dict(io::load_safetensors(path).tensors);
      straight.step(*lbfgs);
      resumed.step(*again);
      CHECK(straight.values() == resumed.values());
      CHECK(again->iterations() == static_cast<std::int64_t>(i) + 1);
      CHECK(dynamic_cast<LBFGS&>(*again).evaluations() == straight.calls);
    }
  }
}

TEST_CASE("LBFGS in float32, of several parameters of both dtypes, and converted on its way") {
  nn::Linear model({.in_features = 3, .out_features = 2});
  Tensor scale = ones({}, float64).set_requires_grad();
  auto parameters = model.named_parameters();
  parameters.emplace_back("scale", scale);
  const Tensor x = reshape(arange(0, 12, 1, float32) / 10, {4, 3}), y = sin(slice(x, 1, 0, 2));
  LBFGS lbfgs(parameters, {.line_search_fn = "strong_wolfe"});
  const auto loss = [&] {
    const DType dtype = model.named_parameters()[0].second.dtype();
    return mean(square(to(to(model(to(x, dtype)), float64) * scale - to(y, float64), float64)));
  };
  const double first = lbfgs.minimize(loss).item<double>();
  for (int i = 0; i < 5; ++i) lbfgs.minimize(loss);
  model.to(float64);
  const double last = lbfgs.minimize(loss).item<double>();
  CHECK(last < first / 100);
  CHECK(lbfgs.state_dict().size() == 9);
}

TEST_CASE("LBFGS takes one iteration with gradients that are there, as PyTorch's with max_iter = 1") {
  Tensor a = vector({3, -2, 1.5, 0.5}), b = vector({3, -2, 1.5, 0.5});
  LBFGS by_hand({a}), by_closure({b}, {.max_iter = 1});
  for (int i = 0; i < 5; ++i) {
    a.set_grad({});
    loss_of("quadratic", {a}).backward();
    by_hand.step();
    by_closure.minimize([&] { return loss_of("quadratic", {b}); });
    CHECK(a.to_vector<double>() == b.to_vector<double>());
  }
  CHECK(by_hand.evaluations() == 0);
  CHECK(by_closure.evaluations() == 5);
}

TEST_CASE("LBFGS leaves frozen parameters alone, and follows a schedule") {
  Tensor a = vector({1, 2}), frozen = vector({3, 4}).set_requires_grad(false);
  LBFGS lbfgs({a, frozen}, {.learning_rate = optim::StepDecay({.initial_learning_rate = 0.5, .step_size = 1}),
                            .max_iter = 2});
  CHECK(lbfgs.learning_rate() == 0.5);
  for (int i = 0; i < 2; ++i) lbfgs.minimize([&] { return sum(square(a) * frozen); });
  CHECK(lbfgs.learning_rate() == Approx(0.005));
  CHECK(frozen.to_vector<double>() == V{3, 4});
  CHECK(a.to_vector<double>() != V{1, 2});
  const auto state = lbfgs.state_dict();
  CHECK(state[1].first == "evaluations");  // no number of a learning rate
}

TEST_CASE("a step of LBFGS that fails has changed nothing") {
  Tensor w = vector({-1.2, 1.0});
  LBFGS lbfgs({w}, {.max_iter = 4, .line_search_fn = "strong_wolfe"});
  const auto loss = [&] { return loss_of("rosenbrock", {w}); };
  lbfgs.minimize(loss);
  const V before = w.to_vector<double>();
  const auto state = lbfgs.state_dict();
  for (int failing = 1; failing <= 4; ++failing) {
    int calls = 0;
    CHECK_THROWS_AS(lbfgs.minimize([&] {
      if (++calls == failing) throw std::runtime_error("the loss fails");
      return loss();
    }),
                    std::runtime_error);
    CHECK(w.to_vector<double>() == before);
    const auto now = lbfgs.state_dict();
    for (std::size_t i = 0; i < state.size(); ++i)
      CHECK(to(now[i].second, float64).to_vector<double>() ==
            to(state[i].second, float64).to_vector<double>());
  }
  CHECK_THROWS_WITH(lbfgs.step([&] { return Tensor(); }), ContainsSubstring("got an undefined tensor"));
  CHECK_THROWS_WITH(lbfgs.step([&] { return ones({2}); }),
                    ContainsSubstring("one element from the closure, got [2]"));
  CHECK(w.to_vector<double>() == before);
}

TEST_CASE("LBFGS's errors") {
  Tensor w = vector({1, 2});
  const auto refused = [&](const optim::LBFGSOptions& options, const char* text) {
    CHECK_THROWS_AS(LBFGS({w}, options), ValueError);
    CHECK_THROWS_WITH(LBFGS({w}, options), ContainsSubstring(text));
  };
  refused({.max_iter = 0}, "LBFGS: max_iter must be at least 1, got 0");
  refused({.max_eval = -1}, "LBFGS: max_eval must be");
  refused({.tolerance_grad = -1}, "LBFGS: tolerance_grad must be");
  refused({.tolerance_change = std::nan("")}, "LBFGS: tolerance_change must be");
  refused({.history_size = 0}, "LBFGS: history_size must be at least 1, got 0");
  refused({.line_search_fn = "wolfe"}, "line_search_fn must be one of \"\", \"strong_wolfe\", got \"wolfe\"");
  const std::vector<optim::ParameterGroup> groups{{.parameters = {w}}};
  CHECK_THROWS_WITH(LBFGS(groups), ContainsSubstring("got groups"));
  LBFGS plain({w}), wolfe({w}, {.line_search_fn = "strong_wolfe"});
  CHECK_THROWS_WITH(plain.step(), ContainsSubstring("no gradients provided"));
  CHECK_THROWS_WITH(wolfe.step(), ContainsSubstring("call step(closure) or minimize()"));
  CHECK_THROWS_WITH(optim::get("LBFGS", {w}, R"({"clipnorm": 1})"),
                    ContainsSubstring("no option 'clipnorm'"));
  CHECK_THROWS_WITH(optim::LossScaleOptimizer(plain),
                    ContainsSubstring("LBFGS, which does not undo a scale"));
  plain.set_learning_rate(0.5);
  CHECK(plain.learning_rate() == 0.5);
  CHECK(json::parse(serialize(plain))["config"]["learning_rate"] == 0.5);
  CHECK(json::parse(serialize(plain))["module"] == "taper.optim");
  const auto bad_state = [&](auto change, const char* text) {
    LBFGS lbfgs({w}, {.history_size = 2});
    Tensor other = vector({3, -2});
    LBFGS trained({other}, {.max_iter = 3, .history_size = 2});
    trained.minimize([&] { return sum(square(square(other))) + sum(other); });
    auto state = trained.state_dict();
    lbfgs.load_state_dict(state);
    for (auto& [name, tensor] : state) change(name, tensor);
    CHECK_THROWS_WITH(lbfgs.load_state_dict(state), ContainsSubstring(text));
    CHECK(lbfgs.evaluations() == trained.evaluations());
  };
  bad_state(
      [](auto& name, Tensor& x) {
        if (name == "old_dirs") x = zeros({3, 2}, float64);
      },
      "has shape [2, 2]");
  bad_state(
      [](auto& name, Tensor& x) {
        if (name == "old_dirs") x = zeros({1, 3}, float64);
      },
      "has shape");
  bad_state(
      [](auto& name, Tensor& x) {
        if (name == "old_dirs") x = -x;
      },
      "must be positive, got");
  bad_state(
      [](auto& name, Tensor& x) {
        if (name == "n_iter") x = full({}, -1, int64);
      },
      "must not be negative");
  bad_state(
      [](auto& name, Tensor& x) {
        if (name == "n_iter") x = full({}, 0, int64);
      },
      "before the first iteration");
  bad_state(
      [](auto& name, Tensor&) {
        if (name == "direction") name = "way";
      },
      "missing: \"direction\"");
}

TEST_CASE("every optimizer takes a step with a closure, which it calls once") {
  for (const std::string& name : optim::class_names()) {
    INFO(name);
    Tensor a = vector({1, 2}), b = vector({1, 2});
    const auto with = optim::get(name, {a}), without = optim::get(name, {b});
    int calls = 0;
    for (int i = 0; i < 3; ++i) {
      const Tensor loss = with->step([&] {
        ++calls;
        with->zero_grad();
        const Tensor value = sum(square(a));
        value.backward();
        return value;
      });
      CHECK(loss.item<double>() == without->minimize([&] { return sum(square(b)); }).item<double>());
    }
    CHECK(calls == 3);
    CHECK(a.to_vector<double>() == b.to_vector<double>());
  }
}
