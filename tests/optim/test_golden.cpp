// The optimizers against Keras: 200 steps from the files that the scripts of tests/golden write.
#include <cstdlib>
#include <iostream>
#include <map>

#include <catch.h>

#include "golden.h"
#include <taper/tensor/error.h>

using golden::json;
using golden::Runs;

namespace {

// With TAPER_PRINT_GOLDEN set, the tests print their figures: tests/optim/figures makes the tables from them.
bool printing() { return std::getenv("TAPER_PRINT_GOLDEN") != nullptr; }

template <class T>
void compare(const std::string& script) {
  const Runs<T> runs(script);
  REQUIRE(runs.cases.size() >= 40);
  for (const auto& [name, optimizer, options, wanted] : runs.cases) {
    INFO(name);
    const auto [largest, small] = difference(runs, runs.run(optimizer, options), wanted);
    CAPTURE(largest);
    CHECK(small);
    if (printing()) std::cout << script << '\t' << sizeof(T) * 8 << '\t' << largest << '\t' << name << '\n';
  }
}

}  // namespace

TEST_CASE("optimizers give Keras's values in float64") { compare<double>("keras_optimizers"); }
TEST_CASE("optimizers give Keras's values in float32") { compare<float>("keras_optimizers"); }
TEST_CASE("optimizers that Keras lacks give PyTorch's values in float64") {
  compare<double>("torch_optimizers_more");
}
TEST_CASE("optimizers that Keras lacks give PyTorch's values in float32") {
  compare<float>("torch_optimizers_more");
}
TEST_CASE("the old generation gives tf.keras's values in float64") { compare<double>("tf_keras_optimizers"); }
TEST_CASE("the old generation gives tf.keras's values in float32") { compare<float>("tf_keras_optimizers"); }

namespace {

Runs<double> all_runs() {
  Runs<double> runs("keras_optimizers");
  for (golden::Case& each : Runs<double>("torch_optimizers_more").cases)
    runs.cases.push_back(std::move(each));
  return runs;
}

}  // namespace

TEST_CASE("each option changes the result") {
  const Runs<double> runs = all_runs();
  for (const auto& [name, optimizer, options, wanted] : runs.cases) {
    for (const auto& [option, value] : options.items()) {
      if (option == "global_clipnorm" && value == 1e6) continue;  // wider than every gradient on purpose
      if (option == "relative_step") continue;                    // without effect in Keras, too
      INFO(name << " without " << option);
      json fewer = options;
      fewer.erase(option);
      CHECK(difference(runs, runs.run(optimizer, fewer), wanted).largest > 1e-8);
    }
  }
}

namespace {

// Another value than the default, which is nowhere near it.
json flipped(const std::string& option, const json& value) {
  static const std::map<std::string, json> others = {
      {"weight_decay", 0.1},
      {"clipnorm", 0.01},
      {"clipvalue", 0.01},
      {"global_clipnorm", 0.01},
      {"ema_overwrite_frequency", 2},
      {"loss_scale_factor", 2},
      {"gradient_accumulation_steps", 2},
      {"exclude_layers", json{"."}},
  };
  if (value.is_null() || value.is_array()) return others.at(option);
  if (value.is_boolean()) return !value.get<bool>();
  if (value.is_number_integer()) return value.get<int>() - 1;
  const double number = value;
  if (number == 0) return 0.5;
  return std::abs(number) < 1e-3 ? 1e-3 : 0.9 * number;
}

// Without a name of its own an option has no effect on values.
bool has_effect(const std::string& optimizer, const std::string& option) {
  if (option == "name") return false;
  if (option == "relative_step") return false;  // as in Keras
  if (option == "t0") return false;             // later than the last step
  if (optimizer == "Rprop" && (option == "clipvalue" || option == "loss_scale_factor"))
    return false;  // signs
  for (const char* const without_averages : {"Momentum", "RAdam", "Rprop", "ASGD", "ScheduleFreeAdamW"})
    if (optimizer == without_averages && option.find("ema_") == 0) return false;
  return true;
}

}  // namespace

TEST_CASE("another default of any option fails a comparison") {
  const Runs<double> runs = all_runs();
  std::map<std::string, std::vector<const golden::Case*>> cases;
  for (const auto& each : runs.cases) cases[each.optimizer].push_back(&each);
  for (const std::string& name : taper::optim::class_names()) REQUIRE(cases.count(name) == 1);
  for (const auto& [optimizer, own] : cases) {
    json defaults =
        json::parse(taper::optim::get(optimizer, {taper::zeros({}).set_requires_grad()})->get_config());
    const std::string& wanted = optimizer;  // C++20's lambdas may capture it, but clang 14's may not
    for_each(taper::optim::Optimizers{}, [&]<class T>() {
      if constexpr (requires(typename T::Options options) { options.generation; })
        if (wanted == T::Options::class_name) defaults["generation"] = "keras_3";
    });
    for (const auto& [option, value] : defaults.items()) {
      if (!has_effect(optimizer, option)) continue;
      const json other = option == "generation" ? json("tf_keras_2_3") : flipped(option, value);
      int failed = 0;
      for (const golden::Case* const each : own) {
        json options = each->options;
        if (options.contains(option)) continue;  // does not take the default
        options[option] = other;
        try {
          failed += !difference(runs, runs.run(optimizer, options), each->wanted).small;
        } catch (const taper::ValueError&) {
          ++failed;  // one of two that exclude each other
        }
        if (failed > 0 && !printing()) break;
      }
      INFO(optimizer << ": " << option << " = " << other << " in place of " << value);
      CHECK(failed > 0);
      if (printing())
        std::cout << "flip\t" << optimizer << '\t' << option << '\t' << value << '\t' << other << '\t'
                  << failed << '\t' << own.size() << '\n';
    }
  }
}
