// The optimizers against Keras: 200 steps from the files that the scripts of tests/golden write.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <memory>

#include <catch.h>
#include <nlohmann/json.hpp>

#include <taper/io/safetensors.h>
#include <taper/optim/optim.h>
#include <taper/tensor/create.h>

using namespace taper;
using nlohmann::json;

namespace {

struct Golden {
  io::SafeTensors file;
  json parameters, steps;
  bool old;
};

Golden read(const std::string& script, DType dtype) {
  io::SafeTensors file = io::load_safetensors(TAPER_SOURCE_DIR "/tests/golden/" + script + "_" +
                                              std::string(name(dtype)) + ".safetensors");
  const json parameters = json::parse(file.metadata.at("parameters")),
             steps = json::parse(file.metadata.at("steps"));
  return {std::move(file), parameters, steps, script == "tf_keras_optimizers"};
}

// What was run: "Adam {"beta_1": 0.8}".
struct Case {
  std::string optimizer;
  json options;
  explicit Case(const std::string& name)
      : optimizer(name.substr(0, name.find(' '))), options(json::parse(name.substr(name.find(' ')))) {}
};

// The generator of the Python script.
class Numbers {
 public:
  double operator()() {
    state_ = 1664525 * state_ + 1013904223;
    return (static_cast<double>(state_ >> 8) - 8388608.) / 8388608.;
  }
  double gradient(int step, int i) {
    const double x = (*this)();
    if ((step + i) % 7 == 0) return 0;
    if ((step + i) % 11 == 0) return std::ldexp(x, -27);
    if ((step * 3 + i) % 41 == 0) return std::ldexp(x, 13);
    return x;
  }

 private:
  std::uint32_t state_ = 1;
};

template <class T, class Next>
Tensor filled(const json& shape, Next&& next) {
  Tensor result = Tensor::empty(Shape(std::vector<std::int64_t>(shape)), dtype_of<T>);
  T* const to = result.mutable_data<T>();
  for (std::int64_t i = 0; i < result.numel(); ++i) to[i] = static_cast<T>(next());
  return result;
}

// All parameters, one after the other, after each of the kept steps.
template <class T>
std::vector<std::vector<T>> run(const Golden& golden, const std::string& optimizer, json options) {
  if (golden.old) options["generation"] = "tf_keras_2_3";
  Numbers numbers;
  std::vector<optim::NamedTensor> parameters;
  for (const json& each : golden.parameters)
    parameters.emplace_back(each[0], filled<T>(each[1], numbers).set_requires_grad());
  const auto made = optim::get(optimizer, parameters, options.dump());
  std::vector<std::vector<T>> kept;
  const std::vector<int> steps = golden.steps;
  for (int step = 1; step <= steps.back(); ++step) {
    int i = 0;
    for (std::size_t k = 0; k < parameters.size(); ++k)
      parameters[k].second.set_grad(
          filled<T>(golden.parameters[k][1], [&] { return numbers.gradient(step, i++); }));
    made->step();
    if (std::find(steps.begin(), steps.end(), step) == steps.end()) continue;
    kept.emplace_back();
    for (const auto& [name, parameter] : parameters)
      for (const T value : parameter.template to_vector<T>()) kept.back().push_back(value);
  }
  return kept;
}

// The largest difference, relative to the value or, for small values, to 0.1: the numbers start between -1
// and 1.
template <class T>
double difference(const std::vector<std::vector<T>>& a, const Tensor& wanted_values) {
  const std::vector<T> b = wanted_values.to_vector<T>();
  double largest = 0;
  std::size_t at = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    for (std::size_t j = 0; j < a[i].size(); ++j) {
      const double wanted = b.at(at++), error = std::abs(a[i][j] - wanted) / std::max(std::abs(wanted), 0.1);
      if (!(error <= largest)) largest = error;
    }
  }
  REQUIRE(at == b.size());
  return largest;
}

// float32 may differ by half an ulp a step: 200 steps.
// With TAPER_PRINT_GOLDEN set, prints the worst figure of each case: the table of docs/optimizers.
template <class T>
void compare(const std::string& script, double tolerance) {
  const Golden golden = read(script, dtype_of<T>);
  for (const auto& [name, wanted] : golden.file.tensors) {
    INFO(name);
    const Case each(name);
    const double error = difference(run<T>(golden, each.optimizer, each.options), wanted);
    CHECK(error <= tolerance);
    if (std::getenv("TAPER_PRINT_GOLDEN"))
      std::cout << script << '\t' << taper::name(dtype_of<T>) << '\t' << error << '\t' << name << '\n';
  }
}

}  // namespace

TEST_CASE("optimizers give Keras's values in float64") { compare<double>("keras_optimizers", 1e-12); }
TEST_CASE("optimizers give Keras's values in float32") { compare<float>("keras_optimizers", 1e-5); }
TEST_CASE("the old generation gives tf.keras's values in float64") {
  compare<double>("tf_keras_optimizers", 1e-12);
}
TEST_CASE("the old generation gives tf.keras's values in float32") {
  compare<float>("tf_keras_optimizers", 1e-5);
}

TEST_CASE("each option changes the result") {
  const Golden golden = read("keras_optimizers", float64);
  for (const auto& [name, wanted] : golden.file.tensors) {
    const Case each(name);
    for (const auto& [option, value] : each.options.items()) {
      if (option == "global_clipnorm" && value == 1e6) continue;  // wider than every gradient on purpose
      if (option == "relative_step") continue;                    // without effect in Keras, too
      INFO(name << " without " << option);
      json fewer = each.options;
      fewer.erase(option);
      CHECK(difference(run<double>(golden, each.optimizer, fewer), wanted) > 1e-8);
    }
  }
}
