// The optimizers against Keras: 100 steps from the files that tests/golden/keras_optimizers.py writes.
#include <algorithm>
#include <cmath>
#include <fstream>
#include <memory>

#include <catch.h>
#include <nlohmann/json.hpp>

#include <taper/optim/optim.h>
#include <taper/tensor/create.h>

using namespace taper;
using nlohmann::json;

namespace {

json read(const std::string& dtype) {
  std::ifstream file(TAPER_SOURCE_DIR "/tests/golden/keras_optimizers_" + dtype + ".json");
  REQUIRE(file);
  return json::parse(file);
}

std::unique_ptr<optim::Optimizer> make(const std::string& name, const std::vector<Tensor>& parameters,
                                       json options) {
  if (options.contains("schedule")) {
    options["learning_rate"] = {{"class_name", "ExponentialDecay"}, {"config", options["schedule"]}};
    options.erase("schedule");
  }
  return optim::get(name, parameters, options.dump());
}

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
std::vector<std::vector<T>> run(const json& document, const std::string& optimizer, const json& options) {
  Numbers numbers;
  std::vector<Tensor> parameters;
  for (const json& shape : document["shapes"])
    parameters.push_back(filled<T>(shape, numbers).set_requires_grad());
  const auto made = make(optimizer, parameters, options);
  std::vector<std::vector<T>> kept;
  const std::vector<int> steps = document["steps"];
  for (int step = 1; step <= steps.back(); ++step) {
    int i = 0;
    for (std::size_t k = 0; k < parameters.size(); ++k)
      parameters[k].set_grad(filled<T>(document["shapes"][k], [&] { return numbers.gradient(step, i++); }));
    made->step();
    if (std::find(steps.begin(), steps.end(), step) == steps.end()) continue;
    kept.emplace_back();
    for (const Tensor& parameter : parameters)
      for (const T value : parameter.to_vector<T>()) kept.back().push_back(value);
  }
  return kept;
}

// The largest difference, relative to the value or, for small values, to 0.1: the numbers start between -1
// and 1.
template <class T>
double difference(const std::vector<std::vector<T>>& a, const std::vector<std::vector<T>>& b) {
  double largest = 0;
  REQUIRE(a.size() == b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    REQUIRE(a[i].size() == b[i].size());
    for (std::size_t j = 0; j < a[i].size(); ++j) {
      const double wanted = b[i][j], error = std::abs(a[i][j] - wanted) / std::max(std::abs(wanted), 0.1);
      if (!(error <= largest)) largest = error;
    }
  }
  return largest;
}

template <class T>
void compare(double tolerance) {
  const json document = read(std::string(name(dtype_of<T>)));
  double worst = 0;
  std::string worst_case;
  for (const json& each : document["cases"]) {
    INFO(each["name"]);
    const auto got = run<T>(document, each["optimizer"], each["options"]);
    const double error = difference(got, each["values"].get<std::vector<std::vector<T>>>());
    CHECK(error <= tolerance);
    if (!(error <= worst)) {
      worst = error;
      worst_case = each["name"];
    }
  }
  UNSCOPED_INFO("worst: " << worst << " in " << worst_case);
  CHECK(worst <= tolerance);
}

}  // namespace

TEST_CASE("optimizers give Keras's values in float64") { compare<double>(1e-12); }
TEST_CASE("optimizers give Keras's values in float32") { compare<float>(1e-6); }

TEST_CASE("each option changes the result") {
  const json document = read("float64");
  for (const json& each : document["cases"]) {
    const auto differs = [&](const json& options) {
      return difference(run<double>(document, each["optimizer"], options),
                        each["values"].get<std::vector<std::vector<double>>>()) > 1e-8;
    };
    for (const auto& [option, value] : each["options"].items()) {
      if (option == "global_clipnorm" && value == 1e6) continue;  // wider than every gradient on purpose
      INFO(each["name"] << " without " << option);
      json fewer = each["options"];
      fewer.erase(option);
      CHECK(differs(fewer));
      if (!value.contains("staircase")) continue;
      fewer[option] = value;
      fewer[option].erase("staircase");
      CHECK(differs(fewer));
    }
  }
}
