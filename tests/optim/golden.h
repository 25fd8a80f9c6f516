// Runs that the scripts of tests/golden made, and the same runs here.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>
#include <repository.h>

#include <taper/io/safetensors.h>
#include <taper/optim/optim.h>
#include <taper/tensor/create.h>

namespace golden {

using namespace taper;
using nlohmann::json;

// The generator of golden.py.
class Numbers {
 public:
  double operator()() {
    state_ = 1664525 * state_ + 1013904223;
    return (static_cast<double>(state_ >> 8) - 8388608.) / 8388608.;
  }
  double gradient(int step, int i, bool not_finite) {
    const double x = (*this)();
    if (not_finite && step == 3) {
      if (i == 1 || i == 22) return NAN;
      if (i == 7 || i == 20) return i == 7 ? INFINITY : -INFINITY;
    }
    if ((step + i) % 7 == 0) return 0;
    if ((step + i) % 11 == 0) return std::ldexp(x, -27);
    if ((step * 3 + i) % 41 == 0) return std::ldexp(x, 13);
    return x;
  }

 private:
  std::uint32_t state_ = 1;
};

// What was run: "Adam {"beta_1": 0.8}".
struct Case {
  std::string name, optimizer;
  json options;
  Tensor wanted;  // a row for each kept step: all parameters, one after the other
};

template <class T>
struct Runs {
  bool old, pytorch;
  std::vector<Case> cases;
  std::vector<std::string> names;
  std::vector<int> kept;
  std::vector<Tensor> parameters;
  std::vector<std::vector<Tensor>> gradients[2];  // of each step; [1]: some are not finite

  explicit Runs(const std::string& script)
      : old(script == "tf_keras_optimizers"), pytorch(script.starts_with("torch")) {
    const io::SafeTensors file = io::load_safetensors(repository("tests/golden/" + script + "_") +
                                                      std::string(name(dtype_of<T>)) + ".safetensors");
    for (const auto& [name, wanted] : file.tensors)
      cases.push_back(
          {name, name.substr(0, name.find(' ')), json::parse(name.substr(name.find(' '))), wanted});
    kept = json::parse(file.metadata.at("steps")).get<std::vector<int>>();
    const json shapes = json::parse(file.metadata.at("parameters"));
    const auto filled = [](const json& shape, auto&& next) {
      Tensor result = Tensor::empty(Shape(std::vector<std::int64_t>(shape)), dtype_of<T>);
      T* const to = result.mutable_data<T>();
      for (std::int64_t i = 0; i < result.numel(); ++i) to[i] = static_cast<T>(next());
      return result;
    };
    Numbers numbers;
    for (const json& each : shapes) {
      names.push_back(each[0]);
      parameters.push_back(filled(each[1], numbers));
    }
    for (const bool not_finite : {false, true}) {
      Numbers same = numbers;
      for (int step = 1; step <= kept.back(); ++step) {
        std::vector<Tensor>& all = gradients[not_finite].emplace_back();
        int i = 0;
        for (const json& each : shapes)
          all.push_back(filled(each[1], [&] { return same.gradient(step, i++, not_finite); }));
      }
    }
  }

  // The rows of a case, with an optimizer of these options.
  std::vector<std::vector<T>> run(const std::string& optimizer, json options) const {
    const json excluded = options.value("exclude_from_weight_decay", json::array());
    options.erase("exclude_from_weight_decay");
    const bool not_finite = options.erase("not_finite") > 0, missing = options.erase("missing") > 0;
    if (old) options["generation"] = "tf_keras_2_3";
    NamedTensors own;
    for (std::size_t k = 0; k < names.size(); ++k) {
      const Tensor& start = parameters[k];
      own.emplace_back(names[k], from_data(start.to_vector<T>(), start.shape()).set_requires_grad());
    }
    const auto made = optim::get(optimizer, own, options.dump());
    if (!excluded.empty()) made->exclude_from_weight_decay(excluded);
    std::vector<std::vector<T>> rows;
    const auto keep = [&] {
      rows.emplace_back();
      for (const auto& [name, parameter] : own)
        for (const T value : parameter.template to_vector<T>()) rows.back().push_back(value);
    };
    for (int step = 1; step <= kept.back(); ++step) {
      for (std::size_t k = 0; k < own.size(); ++k) {
        const bool none = missing && (names[k] == "tall" || (names[k] == "conv" && step % 3 == 0));
        own[k].second.set_grad(none ? Tensor()
                                    : gradients[not_finite][static_cast<std::size_t>(step - 1)][k]);
      }
      made->step();
      if (std::find(kept.begin(), kept.end(), step) != kept.end()) keep();
    }
    if (json::parse(made->get_config())["use_ema"]) {
      made->assign_averages();
      keep();
    }
    if (auto* const averaging = dynamic_cast<optim::ScheduleFreeAdamW*>(made.get())) {
      averaging->eval();
      keep();
    }
    if (optimizer == "ASGD") {  // a row of its averages
      for (std::size_t k = 0; k < own.size(); ++k)
        if (const Tensor average = made->slot(k, "ax"); average.defined()) overwrite({own[k]}, {average});
      keep();
    }
    return rows;
  }
};

struct Difference {
  double largest;  // relative to the value or, if larger, its first value or 0.1: steps go from 1 to -1, too
  // In float64 1e-12; in float32 1e-6, or half an ulp for each step. PyTorch fuses additions with
  // multiplications: of weights that gradients of up to 8192 have moved to 400 and back, it differs by an ulp
  // of 400.
  bool small;
};

// Of rows; one row more than there are steps is another after the last of them.
template <class T>
Difference difference(const Runs<T>& runs, const std::vector<std::vector<T>>& rows, const Tensor& wanted) {
  const std::vector<T> values = wanted.to_vector<T>();
  if (values.size() != rows.size() * rows.front().size()) return {INFINITY, false};
  std::vector<T> first;
  for (const Tensor& each : runs.parameters)
    for (const T value : each.template to_vector<T>()) first.push_back(value);
  Difference result{0, true};
  auto next = values.begin();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const int step = runs.kept[std::min(i, runs.kept.size() - 1)];
    const double allowed = sizeof(T) == 8 ? 1e-12 : runs.pytorch ? 1e-4 : std::max(1e-6, step * 0x1p-24);
    auto start = first.begin();
    for (const T value : rows[i]) {
      const double want = *next++, scale = std::max({std::abs(want), std::abs(double{*start++}), 0.1});
      const bool same = value == want || (std::isnan(value) && std::isnan(want));
      double error = same ? 0 : std::abs(value - want) / scale;
      if (std::isnan(error)) error = INFINITY;
      result.largest = std::max(result.largest, error);
      if (error > allowed) result.small = false;
    }
  }
  return result;
}

}  // namespace golden
