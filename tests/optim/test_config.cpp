// Options as fields: checks, JSON both ways, schedules as values.
#include <functional>
#include <set>
#include <sstream>

#include <catch.h>
#include <errors.h>
#include <golden_json.h>
#include <nlohmann/json.hpp>

#include <taper/optim/optim.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>

using namespace taper;
using nlohmann::json;
using optim::ExponentialDecay;

namespace {

Tensor weight() { return zeros({2}).set_requires_grad(); }

}  // namespace

TEST_CASE("an optimizer's configuration has Keras's keys, and makes the same optimizer") {
  optim::Adam adam({weight()}, {.learning_rate = 0.5, .beta_1 = 0.8, .amsgrad = true, .clipnorm = 2});
  const json config = json::parse(adam.get_config());
  CHECK(config["name"] == "adam");
  CHECK(config["learning_rate"] == 0.5);
  CHECK(config["clipnorm"] == 2.0);
  CHECK(config["clipvalue"].is_null());
  CHECK(config["weight_decay"].is_null());
  CHECK(config["beta_1"] == 0.8);
  CHECK(config["amsgrad"] == true);
  const std::string text = serialize(adam);
  CHECK(json::parse(text)["module"] == "keras.optimizers");
  CHECK(json::parse(text)["class_name"] == "Adam");
  CHECK(serialize(*optim::from_config(text, {weight()})) == text);
  CHECK(json::parse(optim::RMSprop({weight()}).get_config())["name"] == "rm_sprop");
  CHECK(json::parse(optim::SGD({weight()}, {.name = "mine"}).get_config())["name"] == "mine");
  CHECK(json::parse(optim::AdamW({weight()}, {.weight_decay = 0}).get_config())["weight_decay"] == 0.0);
  CHECK(std::string(optim::get("rmsPROP", {weight()}, R"({"rho": 0.5})")->name()) == "RMSprop");
}

TEST_CASE("what Keras wrote makes an optimizer that writes the same") {
  const json written = golden_json("keras_configs");  // by keras_configs.py beside it
  REQUIRE(written.size() == 29);
  std::set<std::string> classes;
  for (const json& each : written) {
    CHECK(json::parse(serialize(*optim::from_config(each.dump(), {weight()}))) == each);
    if (!classes.insert(each["class_name"]).second) continue;
    // The first of a class is without options: the defaults are the same, but for Keras's float32.
    json defaults = json::parse(serialize(*optim::get(std::string(each["class_name"]), {weight()})));
    json& rate = defaults["config"]["learning_rate"];
    rate = static_cast<double>(static_cast<float>(rate.get<double>()));
    CHECK(defaults == each);
  }
  CHECK(classes.size() == 13);
}

TEST_CASE("configurations that are not understood are refused") {
  const auto from = [](const char* text) { return [=] { optim::from_config(text, {weight()}); }; };
  refused(from("nonsense"), "from_config: expected a JSON object");
  refused(from("[]"), "from_config: expected a JSON object");
  refused(from(R"({"class_name": "Adam"})"), "\"config\"");
  refused(from(R"({"class_name": "Eve", "config": {}})"),
          "from_config: unknown optimizer 'Eve'; expected one of");
  refused(from(R"({"class_name": "Adam", "config": {"beta_3": 0}})"), "Adam: there is no option 'beta_3'");
  refused(from(R"({"class_name": "Adam", "config": {"beta_1": "x"}})"), "Adam: beta_1 must be a number");
  refused(from(R"({"class_name": "Adam", "config": {"beta_1": null}})"),
          "Adam: beta_1 must be a number, got null");
  refused(from(R"({"class_name": "AdamW", "config": {"weight_decay": null}})"),
          "AdamW: weight_decay must be a number, got null");
  refused(from(R"({"class_name": "Adam", "config": {"beta_1": 1.5}})"),
          "Adam: beta_1 must be in [0, 1), got 1.5");
  refused(from(R"({"class_name": "Adam", "config": {"amsgrad": 1}})"), "amsgrad must be true or false");
  refused(from(R"({"class_name": "Adam", "config": {"name": 1}})"), "name must be a string");
  refused(from(R"({"class_name": "Adam", "config": {"learning_rate": []}})"), "a number or a schedule");
  refused(from(R"({"class_name": "Adam", "config": {"generation": "old"}})"),
          "generation must be \"keras_3\", \"tf_keras_2_3\" or \"pytorch\", got \"old\"");
  refused(from(R"({"class_name": "Muon", "config": {"exclude_layers": "a"}})"),
          "Muon: exclude_layers must be a list of strings of at most 1000 characters, got \"a\"");
  refused(from(R"({"class_name": "Muon", "config": {"exclude_layers": [1]}})"),
          "a list of strings of at most 1000 characters, got [1]");
  refused(from(R"({"class_name": "Muon", "config": {"ns_steps": 9223372036854775808}})"),
          "Muon: ns_steps must be an integer, got 9223372036854775808");
  refused(from(R"({"class_name": "Muon", "config": {"ns_steps": 1e300}})"), "must be an integer, got 1e+300");
  refused(from(R"({"class_name": "Muon", "config": {"ns_steps": 1e16}})"), "must be an integer, got 1e+16");
  for (const char* const list : {"3", "[null]"})
    refused(
        [&] {
          optim::schedule_from_config(
              std::string(R"({"class_name": "PiecewiseConstantDecay", "config": {"values": )") + list + "}}");
        },
        "PiecewiseConstantDecay: values must be a list of numbers, got");
  refused([] { optim::get("adam", {weight()}, "7"); }, "Adam: a configuration must be a JSON object");
  refused([] { optim::get("eve", {weight()}); }, "get: unknown optimizer 'eve'");
  refused([] { optim::schedule_from_config(R"({"class_name": "Up", "config": {}})"); },
          "unknown schedule 'Up'");
  refused(
      [] {
        optim::schedule_from_config(R"({"class_name": "ExponentialDecay", "config": {"decay_steps": 1.5}})");
      },
      "ExponentialDecay: decay_steps must be an integer, got 1.5");
  refused([] { optim::SGD({weight()}, {.learning_rate = [](std::int64_t) { return 1; }}).get_config(); },
          "a callable has no configuration");
}

TEST_CASE("a name that is not UTF-8 has no configuration") {
  const auto refused = [](auto&& call) {
    CHECK_THROWS_AS(call(), ValueError);
    CHECK_THROWS_WITH(call(), "get_config: a name or pattern is not valid UTF-8, which JSON requires");
  };
  const optim::SGD sgd({weight()}, {.name = "one\xff"});
  refused([&] { return sgd.get_config(); });
  refused([&] { return serialize(sgd); });
  const ExponentialDecay decay(
      {.initial_learning_rate = 0.1, .decay_steps = 10, .decay_rate = 0.5, .name = "one\xff"});
  refused([&] { return serialize(decay); });
  std::ostringstream text;
  text << decay;
  CHECK_THAT(text.str(), ContainsSubstring("name=\"one\xEF\xBF\xBD\""));
}

TEST_CASE("configurations from files are limited in depth and length") {
  const auto nested = [](int levels) {
    return R"({"class_name": "Adam", "config": )" + std::string(static_cast<std::size_t>(levels), '[') + "1" +
           std::string(static_cast<std::size_t>(levels), ']') + "}";
  };
  refused([&] { optim::from_config(nested(100000), {weight()}); },
          "from_config: expected at most 64 levels of brackets, got more");
  refused([&] { optim::from_config(nested(64), {weight()}); }, "at most 64 levels");
  refused([&] { optim::from_config(nested(63), {weight()}); }, "and a \"config\", got");
  refused([&] { optim::schedule_from_config(nested(100000)); },
          "schedule_from_config: expected at most 64 levels");
  refused([&] { optim::get("Adam", {weight()}, std::string(100000, '[')); },
          "Adam: expected at most 64 levels");
  try {
    optim::from_config(std::string(1000000, 'x'), {weight()});
  } catch (const ValueError& error) {
    CHECK(std::string(error.what()).size() < 400);
  }

  const auto named = [](std::size_t length) { return json{{"name", std::string(length, 'n')}}.dump(); };
  CHECK_NOTHROW(optim::get("Adam", {weight()}, named(1000)));
  refused([&] { optim::get("Adam", {weight()}, named(1001)); },
          "name must be a string of at most 1000 characters");
  refused([] { optim::SGD({{std::string(1001, 'w'), weight()}}); }, "at most 1000 characters, got 1001");
  CHECK_NOTHROW(optim::SGD({{std::string(1000, 'w'), weight()}}));
  refused(
      [] {
        optim::get("Muon", {weight()}, json{{"exclude_layers", {std::string(100000, '(')}}}.dump());
      },
      "Muon: exclude_layers must be a list of strings of at most 1000 characters");
  refused([] { optim::Muon({weight()}, {.exclude_layers = {std::string(100000, '(')}}); },
          "Muon: exclude_layers: expected a pattern of at most 256 characters, got 100000");
}

TEST_CASE("a loss scaler in a loss scaler is refused, from a file, too") {
  const auto scaler = [] {
    return std::make_shared<optim::LossScaleOptimizer>(optim::get("SGD", {weight()}));
  };
  refused([&] { optim::LossScaleOptimizer twice(scaler()); },
          "LossScaleOptimizer: the inner optimizer is a LossScale");
  std::string text = serialize(*scaler());
  for (int level = 0; level < 25; ++level)
    text = json{{"class_name", "LossScaleOptimizer"}, {"config", {{"inner_optimizer", json::parse(text)}}}}
               .dump();
  refused([&] { optim::from_config(text, {weight()}); }, "use only one");
}

TEST_CASE("the classes have names, and each name gets its class") {
  const std::vector<std::string> names = optim::class_names();
  CHECK(names.size() == optim::Optimizers::count);
  for (const std::string& name : names) CHECK(optim::get(name, {weight()})->name() == name);
}

TEST_CASE("a schedule is a value") {
  const ExponentialDecay a({.initial_learning_rate = 0.1, .decay_steps = 10, .decay_rate = 0.5});
  ExponentialDecay b({.initial_learning_rate = 0.1, .decay_steps = 10, .decay_rate = 0.25});
  CHECK(!(a == b));
  b = a;
  CHECK(a == b);
  std::ostringstream text;
  text << a;
  CHECK(text.str() ==
        "ExponentialDecay(initial_learning_rate=0.1, decay_steps=10, decay_rate=0.5, "
        "staircase=false, name=\"ExponentialDecay\")");
  CHECK(json::parse(serialize(a)) ==
        json::parse(R"({"module": "keras.optimizers.schedules", "class_name": "ExponentialDecay", "config": {
          "initial_learning_rate": 0.1, "decay_steps": 10, "decay_rate": 0.5, "staircase": false,
          "name": "ExponentialDecay"}, "registered_name": null})"));
  const optim::LearningRate again = optim::schedule_from_config(serialize(a));
  CHECK(again(5) == a(5));
  CHECK(again.to_json() == serialize(a));
  const auto sgd = optim::from_config(serialize(optim::SGD({weight()}, {.learning_rate = a})), {weight()});
  CHECK(json::parse(sgd->get_config())["learning_rate"] == json::parse(serialize(a)));
}
