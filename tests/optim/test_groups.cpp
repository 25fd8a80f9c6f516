// Groups of parameters with options of their own.
#include <cmath>

#include <catch.h>
#include <errors.h>

#include "golden.h"
#include "noise.h"
#include <taper/taper.h>

using namespace taper;
using golden::json;

namespace {

using V = std::vector<double>;

Tensor like(const Tensor& x) { return (x.detach() * 1).set_requires_grad(); }

// Options of each class that a group may have, which all have an effect.
std::vector<std::pair<std::string, double>> some_options(const std::string& name) {
  if (name == "SGD" || name == "Momentum") return {{"momentum", 0.5}, {"nesterov", true}};
  if (name == "RMSprop") return {{"rho", 0.8}, {"momentum", 0.5}, {"epsilon", 1e-3}, {"centered", true}};
  if (name == "Adagrad") return {{"initial_accumulator_value", 0.5}, {"epsilon", 0.1}};
  if (name == "Adadelta") return {{"rho", 0.5}, {"epsilon", 1e-3}};
  if (name == "Ftrl") return {{"beta", 0.5}, {"l2_regularization_strength", 0.5}};
  if (name == "Lion") return {{"beta_1", 1}, {"beta_2", 0.75}};
  if (name == "Adafactor") return {{"beta_2_decay", -0.5}, {"clip_threshold", 0.5}};
  if (name == "Muon")
    return {{"momentum", 0.5}, {"ns_steps", 3}, {"adam_beta_1", 0.5}, {"adam_weight_decay", 0.5}};
  if (name == "Rprop") return {{"eta_plus", 1.5}, {"step_size_max", 0.02}};
  if (name == "ASGD") return {{"lambd", 0.5}, {"alpha", 0.5}};
  return {{"beta_1", 0.5}, {"beta_2", 0.9}, {"epsilon", 1e-3}};
}

}  // namespace

TEST_CASE("each group of any optimizer goes the way of an optimizer with its options") {
  for (const std::string& name : optim::class_names()) {
    INFO(name);
    const Tensor first = noise({4, 30}, 1), second = noise({7}, 2), third = noise({3, 5}, 3);
    Tensor a = like(first), b = like(second), c = like(third), d = like(second);
    const auto options = some_options(name);
    json as_json = json::object();
    for (const auto& [option, value] : options) {
      as_json[option] = value;
      if (option == "nesterov" || option == "centered") as_json[option] = value != 0;
    }
    const auto grouped = optim::get(name, {{.parameters = {{"a", a}}},
                                           {.parameters = {{"b", b}, {"c", c}}, .options = options},
                                           {.parameters = {{"d", d}}}});
    Tensor a2 = like(first), b2 = like(second), c2 = like(third), d2 = like(second);
    const auto plain = optim::get(name, {{"a", a2}, {"d", d2}});
    const auto own = optim::get(name, {{"b", b2}, {"c", c2}}, as_json.dump());
    const auto step = [&](std::uint32_t i) {
      for (auto& [x, y] : {std::pair{a, a2}, {b, b2}, {c, c2}, {d, d2}}) {
        Tensor(x).set_grad(noise(x.shape(), i * 10 + static_cast<std::uint32_t>(x.numel())));
        Tensor(y).set_grad(x.grad());
      }
      for (optim::Optimizer* const each : {grouped.get(), plain.get(), own.get()}) each->step();
    };
    const auto same = [](const Tensor& x, const Tensor& y) {
      return x.to_vector<float>() == y.to_vector<float>();
    };
    for (std::uint32_t i = 0; i < 10; ++i) step(i);
    for (const auto& [x, y] : {std::pair{a, a2}, {b, b2}, {c, c2}, {d, d2}}) CHECK(same(x, y));
    CHECK(!same(b, d));
    // Its configuration is that of the others, and its state goes on.
    CHECK(grouped->get_config() == plain->get_config());
    const auto again = optim::get(name, {{.parameters = {{"a", like(a)}}},
                                         {.parameters = {{"b", like(b)}, {"c", like(c)}}, .options = options},
                                         {.parameters = {{"d", like(d)}}}});
    again->load_state_dict(grouped->state_dict());
    const NamedTensors others = again->parameters();
    for (std::uint32_t i = 10; i < 15; ++i) {
      step(i);
      const Tensor gradients[] = {a.grad(), b.grad(), c.grad(), d.grad()};
      for (std::size_t k = 0; k < 4; ++k) Tensor(others[k].second).set_grad(gradients[k]);
      again->step();
    }
    CHECK(same(others[0].second, a));
    CHECK(same(others[1].second, b));
    CHECK(same(others[2].second, c));
    for (const auto& [x, y] : {std::pair{a, a2}, {b, b2}, {c, c2}, {d, d2}}) CHECK(same(x, y));
  }
}

TEST_CASE("groups with options give the values of Keras's and PyTorch's runs with these options") {
  struct Pair {
    const char *script, *optimizer, *first, *second;
  };
  for (const auto& [script, optimizer, first, second] :
       {Pair{"keras_optimizers", "Adam", R"({"beta_1": 0.8})", R"({"beta_2": 0.95})"},
        Pair{"keras_optimizers", "Adam", R"({"epsilon": 0.01})", R"({"beta_1": 0.0})"},
        Pair{"keras_optimizers", "Nadam", R"({"beta_1": 0.8})", R"({"epsilon": 0.01})"},
        Pair{"keras_optimizers", "Adamax", R"({"beta_2": 0.9})", R"({})"},
        Pair{"keras_optimizers", "SGD", R"({"momentum": 0.9})", R"({"momentum": 0.9, "nesterov": true})"},
        Pair{"keras_optimizers", "RMSprop", R"({"rho": 0.99})", R"({"momentum": 0.9})"},
        Pair{"keras_optimizers", "Lamb", R"({"beta_2": 0.9})", R"({"beta_1": 0.8})"},
        Pair{"torch_optimizers_more", "RAdam", R"({"beta_1": 0.8})", R"({"beta_2": 0.95})"},
        Pair{"torch_optimizers_more", "Rprop", R"({"eta_minus": 0.7})", R"({"eta_plus": 1.5})"}}) {
    INFO(optimizer << first << second);
    const golden::Runs<double> runs(script);
    const json options[] = {json::parse(first), json::parse(second)};
    std::vector<V> wanted;
    std::vector<optim::ParameterGroup> groups(2);
    for (std::size_t i = 0; i < 2; ++i) {
      for (const golden::Case& each : runs.cases)
        if (each.optimizer == optimizer && each.options == options[i])
          wanted.push_back(each.wanted.to_vector<double>());
      for (const auto& [name, value] : options[i].items())
        groups[i].options.emplace_back(
            name, value.is_boolean() ? value.get<bool>() ? 1. : 0. : value.get<double>());
    }
    REQUIRE(wanted.size() == 2);
    NamedTensors own;
    for (std::size_t k = 0; k < runs.names.size(); ++k)
      own.emplace_back(runs.names[k], like(runs.parameters[k]));
    groups[0].parameters = NamedTensors(own.begin(), own.begin() + 3);
    groups[1].parameters = NamedTensors(own.begin() + 3, own.end());
    const auto made = optim::get(optimizer, groups);
    std::size_t place = 0;
    for (int step = 1; step <= runs.kept.back(); ++step) {
      for (std::size_t k = 0; k < own.size(); ++k)
        own[k].second.set_grad(runs.gradients[0][static_cast<std::size_t>(step - 1)][k]);
      made->step();
      if (std::find(runs.kept.begin(), runs.kept.end(), step) == runs.kept.end()) continue;
      for (std::size_t k = 0; k < own.size(); ++k)
        for (const double value : own[k].second.to_vector<double>()) {
          const double want = wanted[k < 3 ? 0 : 1][place++];
          CHECK(std::abs(value - want) <= 1e-11 * std::max(std::abs(want), 1.));
        }
    }
  }
}

TEST_CASE("groups with options in the generation pytorch, and parameters that have no gradient at first") {
  for (const char* const name : {"Nadam", "Adam", "SGD", "RAdam"}) {
    INFO(name);
    const json shared = std::string(name) == "RAdam" ? json{{"weight_decay", 0.1}}
                                                     : json{{"generation", "pytorch"}, {"weight_decay", 0.1}};
    std::vector<std::pair<std::string, double>> options = {{"beta_1", 0.5}, {"decoupled_weight_decay", 1}};
    if (std::string(name) == "SGD") options = {{"momentum", 0.5}, {"dampening", 0.25}};
    json own = shared;
    for (const auto& [option, value] : options)
      own[option] = option == "decoupled_weight_decay" ? json(true) : json(value);
    const Tensor first = noise({40}, 1, float64), second = noise({5}, 2, float64);
    Tensor a = like(first), b = like(second), c = like(first), d = like(second);
    const auto grouped = optim::get(
        name, {{.parameters = {{"a", a}}}, {.parameters = {{"b", b}}, .options = options}}, shared.dump());
    const auto plain = optim::get(name, {{"c", c}}, shared.dump()),
               other = optim::get(name, {{"d", d}}, own.dump());
    for (std::uint32_t i = 0; i < 10; ++i) {
      a.set_grad(noise({40}, i + 10, float64));
      c.set_grad(a.grad());
      if (i > 2) b.set_grad(noise({5}, i + 50, float64));
      d.set_grad(b.grad());
      grouped->step();
      plain->step();
      if (i > 2) other->step();
    }
    CHECK(a.to_vector<double>() == c.to_vector<double>());
    CHECK(b.to_vector<double>() == d.to_vector<double>());
  }
}

TEST_CASE("what a group's options cannot be") {
  const auto make = [](const char* optimizer, const std::vector<std::pair<std::string, double>>& options) {
    return [=] {
      optim::get(optimizer, {{.parameters = {ones({2}).set_requires_grad()}},
                             {.parameters = {ones({2}).set_requires_grad()}, .options = options}});
    };
  };
  CHECK_NOTHROW(make("Adam", {{"beta_1", 0.5}, {"amsgrad", 1}})());
  refused(make("SGD", {{"beta_1", 0.5}}),
          "SGD: group 1: there is no option 'beta_1' for groups; there are momentum, nesterov");
  refused(make("Adam", {{"beta_1", 1.5}}), "Adam: group 1: beta_1 must be in [0, 1), got 1.5");
  refused(make("Adam", {{"amsgrad", 0.5}}), "Adam: group 1: amsgrad must be 0 or 1, got 0.5");
  refused(make("Muon", {{"ns_steps", 2.5}}), "Muon: group 1: ns_steps must be a whole number, got 2.5");
  refused(make("Muon", {{"exclude_layers", 1}}), "no option 'exclude_layers'");
  refused(make("Adam", {{"decoupled_weight_decay", 1}}),
          "no option 'decoupled_weight_decay'");  // only PyTorch's
  refused(make("Adam", {{"generation", 1}}), "no option 'generation'");
  for (const char* const shared : {"learning_rate", "weight_decay", "clipnorm"})
    refused(make("AdamW", {{shared, 0.5}}), "AdamW: group 1: there is no option '" + std::string(shared));
  // One of one's own has none unless it says so, which is seen by its first step.
  Tensor w = ones({2}).set_requires_grad();
  optim::LambdaOptimizer own({{.parameters = {w}, .options = {{"momentum", 0.5}}}},
                             [](auto& x, auto& g, auto&) { return x - g; });
  w.set_grad(ones({2}));
  CHECK_THROWS_WITH(own.step(),
                    ContainsSubstring("there is no option 'momentum' for groups; there are none"));
  CHECK(w.to_vector<float>() == std::vector<float>{1, 1});
}

TEST_CASE("a step that fails leaves the options as they were") {
  Tensor a = ones({2}, float64).set_requires_grad(), b = ones({2}, float64).set_requires_grad();
  bool fails = true;
  optim::SGD sgd(
      {{.parameters = {a}, .options = {{"momentum", 0.5}}},
       {.parameters = {b},
        .learning_rate = [&](std::int64_t) { return fails ? throw std::runtime_error("fails") : 1.; }}},
      {.learning_rate = 1, .momentum = 0.25});
  const std::string before = sgd.get_config();
  for (Tensor each : {a, b}) each.set_grad(ones({2}, float64));
  CHECK_THROWS_AS(sgd.step(), std::runtime_error);
  CHECK(sgd.get_config() == before);
  fails = false;
  for (int i = 0; i < 2; ++i) sgd.step();
  CHECK(a.to_vector<double>() == V{-1.5, -1.5});
  CHECK(b.to_vector<double>() == V{-1.25, -1.25});
}
