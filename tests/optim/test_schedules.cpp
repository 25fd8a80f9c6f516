// The schedules: against Keras's values at the edges of their pieces, as JSON, as values, and bad ones.
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <limits>
#include <map>
#include <sstream>

#include <catch.h>
#include <errors.h>
#include <golden_json.h>
#include <nlohmann/json.hpp>

#include <taper/optim/optim.h>
#include <taper/tensor/error.h>

using namespace taper;
using nlohmann::json;

namespace {

// What tests/golden/schedules.py wrote.
optim::LearningRate make(const std::string& class_name, const json& config) {
  return optim::schedule_from_config(json{{"class_name", class_name}, {"config", config}}.dump());
}

// The largest difference from the values of a case, relative to the learning rate at first.
double difference(const optim::LearningRate& rate, const json& of, DType dtype) {
  const json& wanted = of.at(std::string(name(dtype)));
  double largest = 0;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const double want = wanted[i], error = std::abs(rate(of["steps"][i], dtype) - want) / std::max(want, 0.1);
    if (!(error <= largest)) largest = error;
  }
  return largest;
}

constexpr double nan_value = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

}  // namespace

TEST_CASE("schedules give Keras's values") {
  const json cases = golden_json("keras_schedules");
  REQUIRE(cases.size() == 25);
  for (const json& each : cases) {
    INFO(each);
    const optim::LearningRate rate = make(each["class_name"], each["given"]);
    CHECK(difference(rate, each, float64) <= 1e-15);
    CHECK(difference(rate, each, float32) <= 1.2e-7);
  }
}

TEST_CASE("schedules give tf.keras 2.3's values in float32") {
  const json cases = golden_json("tf_keras_schedules");
  REQUIRE(cases.size() == 20);
  for (const json& each : cases) {
    INFO(each);
    CHECK(difference(make(each["class_name"], each["given"]), each, float32) <= 1.2e-7);
  }
}

TEST_CASE("schedules are read from Keras's JSON, and written as Keras writes them") {
  for (const json& each : golden_json("keras_schedules")) {
    INFO(each);
    const optim::LearningRate rate = optim::schedule_from_config(each["schedule"].dump());
    CHECK(difference(rate, each, float64) <= 1e-15);
    CHECK(json::parse(rate.to_json()) == each["schedule"]);
    // What Keras leaves to its defaults are the same ones here.
    CHECK(json::parse(make(each["class_name"], each["given"]).to_json()) == each["schedule"]);
  }
}

TEST_CASE("another default of any option of a schedule fails a comparison") {
  const auto other = [](json value) -> json {
    if (value.is_null()) return 0.5;
    if (value.is_boolean()) return !value.get<bool>();
    if (value.is_array()) return value.back() = value.back().get<double>() + 1, value;
    if (value.is_number_integer()) return value.get<int>() + 1;
    return value == 0 ? 0.5 : 1.5 * value.get<double>();
  };
  std::map<std::pair<std::string, std::string>, int> failed;
  for (const json& each : golden_json("keras_schedules")) {
    for (const auto& [option, value] : each["schedule"]["config"].items()) {
      if (option == "name") continue;
      json changed = each["given"];
      changed[option] = other(value);
      failed[{each["class_name"], option}] +=
          difference(make(each["class_name"], changed), each, float64) > 1e-15;
    }
  }
  CHECK(failed.size() == 25);
  for (const auto& [option, count] : failed) {
    INFO(option.first << ": " << option.second);
    CHECK(count > 0);
    if (std::getenv("TAPER_PRINT_GOLDEN"))
      std::cout << "flip\t" << option.first << '\t' << option.second << '\t' << count << '\n';
  }
}

TEST_CASE("the schedules of the course, by epochs of 10 steps") {
  using namespace optim;
  const InverseTimeDecay hyperbola(
      {.initial_learning_rate = 0.2, .decay_steps = 10, .decay_rate = 1, .staircase = true});
  const ExponentialDecay exponential(
      {.initial_learning_rate = 0.2, .decay_steps = 10, .decay_rate = 0.95, .staircase = true});
  const InverseRootDecay root({.initial_learning_rate = 0.2, .decay_steps = 10, .k = 3});
  const PiecewiseConstantDecay stairs({.boundaries = {9, 19}, .values = {0.2, 0.1, 0.05}});
  for (const std::int64_t step : {0, 1, 9, 10, 11, 19, 20, 21, 99, 100}) {
    const double epoch = std::floor(static_cast<double>(step) / 10);  // from 0
    CHECK(hyperbola(step) == Approx(0.2 / (1 + epoch)).epsilon(1e-15));
    CHECK(exponential(step) == Approx(std::pow(0.95, epoch) * 0.2).epsilon(1e-15));
    CHECK(root(step) == Approx(3 / std::sqrt(epoch + 1) * 0.2).epsilon(1e-15));
    CHECK(stairs(step) == (epoch == 0 ? 0.2 : epoch == 1 ? 0.1 : 0.05));
  }
  CHECK(root(0, float32) == static_cast<double>(3 * 0.2f));
  const InverseRootDecay plain({.initial_learning_rate = 0.2, .decay_steps = 1});
  CHECK(plain(3) == 0.1);
  CHECK(schedule_from_config(serialize(root))(25) == root(25));
  CHECK(json::parse(serialize(root))["module"] == "taper.optim");
}

TEST_CASE("a schedule is copied, compared and printed") {
  using optim::CosineDecay;
  const CosineDecay a({.initial_learning_rate = 0.1, .decay_steps = 10});
  CosineDecay b({.initial_learning_rate = 0.1, .decay_steps = 10, .warmup_target = 0.2, .warmup_steps = 3});
  CHECK(!(a == b));
  std::ostringstream text;
  text << b;
  CHECK(text.str() ==
        "CosineDecay(initial_learning_rate=0.1, decay_steps=10, alpha=0.0, name=\"CosineDecay\", "
        "warmup_target=0.2, warmup_steps=3)");
  b = a;
  CHECK(a == b);
  CHECK(b(5) == a(5));
}

TEST_CASE("bad options of schedules are refused") {
  using namespace optim;
  for (const double bad : {-1., nan_value, infinity}) {
    refused([&] { ExponentialDecay({.initial_learning_rate = bad, .decay_steps = 1, .decay_rate = 1}); },
            "ExponentialDecay: initial_learning_rate must be finite and not negative");
    refused([&] { ExponentialDecay({.initial_learning_rate = 1, .decay_steps = 1, .decay_rate = bad}); },
            "ExponentialDecay: decay_rate must be finite and not negative");
    refused([&] { InverseTimeDecay({.initial_learning_rate = bad, .decay_steps = 1, .decay_rate = 1}); },
            "InverseTimeDecay: initial_learning_rate");
    refused([&] { InverseTimeDecay({.initial_learning_rate = 1, .decay_steps = 1, .decay_rate = bad}); },
            "InverseTimeDecay: decay_rate");
    refused([&] { InverseRootDecay({.initial_learning_rate = bad, .decay_steps = 1}); },
            "InverseRootDecay: initial_learning_rate");
    refused([&] { InverseRootDecay({.initial_learning_rate = 1, .decay_steps = 1, .k = bad}); },
            "InverseRootDecay: k must be finite and not negative");
    refused([&] { PolynomialDecay({.initial_learning_rate = bad, .decay_steps = 1}); },
            "PolynomialDecay: initial_learning_rate");
    refused(
        [&] { PolynomialDecay({.initial_learning_rate = 1, .decay_steps = 1, .end_learning_rate = bad}); },
        "PolynomialDecay: end_learning_rate");
    refused([&] { PolynomialDecay({.initial_learning_rate = 1, .decay_steps = 1, .power = bad}); },
            "PolynomialDecay: power");
    refused([&] { CosineDecay({.initial_learning_rate = bad, .decay_steps = 1}); },
            "CosineDecay: initial_learning_rate");
    refused([&] { CosineDecay({.initial_learning_rate = 1, .decay_steps = 1, .alpha = bad}); },
            "CosineDecay: alpha must be in [0, 1]");
    refused([&] { CosineDecay({.initial_learning_rate = 1, .decay_steps = 1, .warmup_target = bad}); },
            "CosineDecay: warmup_target");
    refused([&] { CosineDecayRestarts({.initial_learning_rate = bad, .first_decay_steps = 1}); },
            "CosineDecayRestarts: initial_learning_rate");
    refused([&] { CosineDecayRestarts({.initial_learning_rate = 1, .first_decay_steps = 1, .t_mul = bad}); },
            "CosineDecayRestarts: t_mul must be finite and at least 1");
    refused([&] { CosineDecayRestarts({.initial_learning_rate = 1, .first_decay_steps = 1, .m_mul = bad}); },
            "CosineDecayRestarts: m_mul");
    refused([&] { CosineDecayRestarts({.initial_learning_rate = 1, .first_decay_steps = 1, .alpha = bad}); },
            "CosineDecayRestarts: alpha must be in [0, 1]");
    refused(
        [&] {
          PiecewiseConstantDecay({.boundaries = {1}, .values = {1, bad}});
        },
        "PiecewiseConstantDecay: values");
    refused(
        [&] {
          PiecewiseConstantDecay({.boundaries = {bad}, .values = {1, 1}});
        },
        "PiecewiseConstantDecay: boundaries must be whole numbers, not negative");
  }
  for (const std::int64_t bad : {0, -1}) {
    refused([&] { ExponentialDecay({.initial_learning_rate = 1, .decay_steps = bad, .decay_rate = 1}); },
            "ExponentialDecay: decay_steps must be > 0");
    refused([&] { InverseTimeDecay({.initial_learning_rate = 1, .decay_steps = bad, .decay_rate = 1}); },
            "InverseTimeDecay: decay_steps must be > 0");
    refused([&] { InverseRootDecay({.initial_learning_rate = 1, .decay_steps = bad}); },
            "InverseRootDecay: decay_steps must be > 0");
    refused([&] { PolynomialDecay({.initial_learning_rate = 1, .decay_steps = bad}); },
            "PolynomialDecay: decay_steps must be > 0");
    refused([&] { CosineDecay({.initial_learning_rate = 1, .decay_steps = bad}); },
            "CosineDecay: decay_steps must be > 0");
    refused([&] { CosineDecayRestarts({.initial_learning_rate = 1, .first_decay_steps = bad}); },
            "CosineDecayRestarts: first_decay_steps must be > 0");
  }
  for (const char* const name : {"ExponentialDecay", "PolynomialDecay", "InverseTimeDecay",
                                 "InverseRootDecay", "CosineDecay", "CosineDecayRestarts"}) {
    refused([&] { make(name, json::object()); },
            std::string(name) + ": initial_learning_rate must be finite and not negative, got nan");
  }
  refused(
      [] {
        make("ExponentialDecay", {{"initial_learning_rate", 0.5}, {"decay_steps", 5}});
      },
      "ExponentialDecay: decay_rate must be finite and not negative, got nan");
  refused(
      [] {
        make("InverseTimeDecay", {{"initial_learning_rate", 0.5}, {"decay_steps", 5}});
      },
      "InverseTimeDecay: decay_rate");
  refused(
      [] {
        make("PolynomialDecay", {{"initial_learning_rate", 0.5}});
      },
      "PolynomialDecay: decay_steps must be > 0 and finite, got 0");
  refused([] { CosineDecay({.initial_learning_rate = 1, .decay_steps = 1, .warmup_steps = -1}); },
          "CosineDecay: warmup_steps must be finite and not negative");
  refused(
      [] {
        PiecewiseConstantDecay({.boundaries = {1, 2}, .values = {1, 1}});
      },
      "expected one more value than boundaries, got 2 values and 2 boundaries");
  refused([] { PiecewiseConstantDecay({.boundaries = {}, .values = {}}); }, "got 0 values and 0 boundaries");
  refused(
      [] {
        PiecewiseConstantDecay({.boundaries = {2, 1}, .values = {1, 1, 1}});
      },
      "boundaries must be ascending, got 1 after 2");
  refused(
      [] {
        PiecewiseConstantDecay({.boundaries = {1.5}, .values = {1, 1}});
      },
      "whole numbers, not negative, got 1.5");
}
