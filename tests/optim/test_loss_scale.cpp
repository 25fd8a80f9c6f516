// LossScaleOptimizer against Keras, its state, its errors.
#include <cmath>
#include <limits>

#include <catch.h>
#include <golden_json.h>
#include <nlohmann/json.hpp>

#include <taper/taper.h>

using namespace taper;
using nlohmann::json;
using optim::LossScaleOptimizer;

namespace {

Tensor parameter() { return from_data<float>({1, -2, 0.5}, {3}).set_requires_grad(); }

// The gradients of keras_loss_scale.py.
void take_step(optim::Optimizer& optimizer, Tensor w, int step) {
  const float s = static_cast<float>(step);
  Tensor gradient = optimizer.scale_loss(from_data<float>({s / 8, 1, -s / 4}, {3}));
  float& last = gradient.mutable_data<float>()[2];
  if (step == 4) last = std::nanf("");
  if (step == 5) last = INFINITY;
  if (step == 11) last = -INFINITY;
  w.set_grad(gradient);
  optimizer.step();
}

NamedTensors without(NamedTensors state, const std::string& name) {
  std::erase_if(state, [&](const NamedTensor& each) { return each.first == name; });
  return state;
}
NamedTensors with(NamedTensors state, const std::string& name, const Tensor& value) {
  state = without(std::move(state), name);
  state.emplace_back(name, value);
  return state;
}

}  // namespace

TEST_CASE("LossScaleOptimizer does what Keras's does") {
  const json written = golden_json("keras_loss_scale");  // by keras_loss_scale.py
  REQUIRE(written.size() == 5);
  for (const json& each : written) {
    INFO(each["config"]);
    Tensor w = parameter();
    const auto made = optim::from_config(each["config"].dump(), {{"w", w}});
    auto& optimizer = dynamic_cast<LossScaleOptimizer&>(*made);
    CHECK(json::parse(serialize(optimizer)) == each["config"]);

    const auto state = optimizer.state_dict();  // Keras's but for the first iteration and learning rate
    REQUIRE(state.size() == each["state"].size() - 2);
    for (std::size_t i = 0; i < state.size(); ++i) {
      CHECK(state[i].first == each["state"][i + 2][0]);
      if (i < 2) CHECK(std::string(name(state[i].second.dtype())) == each["state"][i + 2][1]);
    }

    const json& rows = each["rows"];
    for (std::size_t step = 1; step <= rows.size(); ++step) {
      INFO("step " << step);
      take_step(optimizer, w, static_cast<int>(step));
      const json& row = rows[step - 1];
      CHECK(optimizer.dynamic_scale() == row[0]);
      CHECK(optimizer.step_counter() == row[1]);
      CHECK(optimizer.iterations() == row[2]);
      for (std::size_t k = 0; k < 3; ++k)
        CHECK(w.to_vector<float>()[k] == Approx(row[3 + k].get<double>()).epsilon(1e-6));
    }
  }
}

TEST_CASE("a scaled loss gives the same steps, also where gradients would vanish") {
  Tensor a = parameter(), b = parameter(), tiny = zeros({}).set_requires_grad();
  optim::SGD plain({a}, {.learning_rate = 0.125}), inner({b}, {.learning_rate = 0.125});
  LossScaleOptimizer scaled(inner);
  CHECK(&scaled.inner_optimizer() == &inner);
  CHECK(scaled.dynamic_scale() == 32768);
  for (int i = 0; i < 3; ++i) {
    const Tensor loss = plain.minimize([&] { return sum(square(a)); });
    CHECK(scaled.minimize([&] { return sum(square(b)); }).item<float>() == loss.item<float>());
  }
  CHECK(a.to_vector<float>() == b.to_vector<float>());
  CHECK(inner.iterations() == 3);
  // Without the scale, 1e-25 * 1e-25 is 0 on the way back.
  const auto loss = [&] { return tiny * 1e30 * 1e-25 * 1e-25; };
  optim::SGD alone({tiny}, {.learning_rate = 1e20});
  alone.minimize(loss);
  CHECK(tiny.item<float>() == 0);
  LossScaleOptimizer with_scale(alone, {.initial_scale = 0x1p100});
  with_scale.minimize(loss);
  CHECK(tiny.item<float>() == Approx(-1));
}

TEST_CASE("the inner optimizer's own scale is switched off; all else reaches it") {
  Tensor w = parameter();
  optim::SGD inner({{"w", w}},
                   {.learning_rate = 0.5, .momentum = 0.5, .use_ema = true, .loss_scale_factor = 8});
  LossScaleOptimizer optimizer(inner, {.initial_scale = 4});
  CHECK(json::parse(inner.get_config())["loss_scale_factor"].is_null());
  optimizer.set_learning_rate(0.25);
  CHECK(inner.learning_rate() == 0.25);
  CHECK(optimizer.learning_rate() == 0.25);
  CHECK(!optimizer.follows_schedule());
  CHECK_THROWS_AS(optimizer.set_learning_rate(1, 0), IndexError);
  optimizer.exclude_from_weight_decay({"w"});
  CHECK_THROWS_AS(optimizer.exclude_from_weight_decay({"b"}), ValueError);
  w.set_grad(full({3}, 4));
  optimizer.step();
  CHECK(w.to_vector<float>()[0] == 0.75);
  CHECK(optimizer.slot(0, "momentum").to_vector<float>()[0] == -0.25);
  CHECK(json::parse(inner.get_config())["loss_scale_factor"].is_null());  // again
  w.set_grad(full({3}, 4));
  optimizer.step();
  optimizer.assign_averages();
  CHECK(w.to_vector<float>()[0] == Approx(0.99 * 0.75 + 0.01 * 0.375));
  optimizer.zero_grad();
  CHECK(!w.grad().defined());
  CHECK_THROWS_WITH(optimizer.step(), ContainsSubstring("SGD::step: no gradients"));
  CHECK(optimizer.step_counter() == 2);
}

TEST_CASE("LossScaleOptimizer goes on from its state") {
  Tensor a = parameter();
  const auto make = [](const Tensor& w) {
    return LossScaleOptimizer(
        std::make_unique<optim::Adam>(optim::Parameters{{"w", w}}, optim::AdamOptions{}),
        {.dynamic_growth_steps = 3});
  };
  auto first = make(a);
  for (int step = 1; step < 8; ++step) take_step(first, a, step);
  Tensor b = from_data(a.to_vector<float>(), {3}).set_requires_grad();
  auto second = make(b);
  const auto state = first.state_dict();
  second.load_state_dict(state);
  CHECK(second.dynamic_scale() == first.dynamic_scale());
  CHECK(second.step_counter() == 2);
  for (int step = 8; step < 16; ++step) {
    take_step(first, a, step);
    take_step(second, b, step);
  }
  CHECK(second.dynamic_scale() == first.dynamic_scale());
  CHECK(a.to_vector<float>() == b.to_vector<float>());

  // What does not fit changes nothing.
  const auto refused = [&](const NamedTensors& bad, const char* text) {
    CHECK_THROWS_WITH(second.load_state_dict(bad), ContainsSubstring(text));
    CHECK(second.dynamic_scale() == first.dynamic_scale());
    CHECK(second.step_counter() == first.step_counter());
  };
  refused(without(state, "dynamic_scale"), "LossScaleOptimizer::load_state_dict: missing: \"dynamic_scale\"");
  refused(without(state, "step_counter"), "missing: \"step_counter\"");
  refused(without(state, "w_momentum"), "Adam::load_state_dict: missing: \"w_momentum\"");
  refused(with(state, "dynamic_scale", zeros({})), "dynamic_scale must be between 2^-126 and 2^127, got 0");
  refused(with(state, "dynamic_scale", ones({1})), "\"dynamic_scale\" has shape [], got [1]");
  refused(with(state, "dynamic_scale", ones({}, float64)), "has dtype float32, got float64");
  refused(with(state, "step_counter", full({}, 3, int64)), "less than dynamic_growth_steps=3, got 3");
  refused(with(state, "step_counter", full({}, -1, int64)), "got -1");
  refused(with(state, "step_counter", Tensor()), "undefined: \"step_counter\"");
  auto twice = state;
  twice.push_back(state[0]);
  refused(twice, "given twice: \"step_counter\"");
  CHECK_THROWS_AS(second.load_state_dict(with(state, "dynamic_scale", ones({1}))), ShapeError);
  CHECK_THROWS_AS(second.load_state_dict(with(state, "dynamic_scale", ones({}, float64))), DTypeError);
}

TEST_CASE("LossScaleOptimizer: limits of the scale, and errors") {
  Tensor w = parameter();
  optim::SGD sgd({w});
  LossScaleOptimizer small(sgd, {.initial_scale = 0x1p-125}),
      large(sgd, {.initial_scale = 0x1p126, .dynamic_growth_steps = 1});
  for (int i = 0; i < 3; ++i) {
    w.set_grad(full({3}, std::nan("")));
    small.step();
    w.set_grad(ones({3}));
    large.step();
  }
  CHECK(small.dynamic_scale() == 0x1p-126);
  CHECK(large.dynamic_scale() == 0x1p127);
  for (const double scale : {0., -1., double{INFINITY}, std::nan("")})
    CHECK_THROWS_WITH(LossScaleOptimizer(sgd, {.initial_scale = scale}),
                      ContainsSubstring("LossScaleOptimizer: initial_scale must be between"));
  CHECK_THROWS_WITH(LossScaleOptimizer(sgd, {.dynamic_growth_steps = 0}),
                    ContainsSubstring("dynamic_growth_steps must be at least 1, got 0"));
  CHECK_THROWS_WITH(LossScaleOptimizer(std::unique_ptr<optim::Optimizer>()),
                    ContainsSubstring("the inner optimizer is null"));
  CHECK_THROWS_WITH(optim::get("LossScaleOptimizer", {w}), ContainsSubstring("\"inner_optimizer\""));
  CHECK_THROWS_WITH(optim::get("LossScaleOptimizer", {w},
                               R"({"inner_optimizer": {"class_name": "SGD", "config": {}}, "clipnorm": 1})"),
                    ContainsSubstring("LossScaleOptimizer: there is no option 'clipnorm'"));
}
