// Averages of weights: WeightAverage against PyTorch's AveragedModel, and the modes of ScheduleFreeAdamW.
#include <cmath>
#include <stdexcept>

#include <catch.h>
#include <golden_json.h>
#include <nlohmann/json.hpp>

#include "noise.h"
#include <taper/taper.h>

using namespace taper;
using nlohmann::json;
using optim::WeightAverage;

namespace {

using V = std::vector<double>;

void set(Tensor x, const V& values) { overwrite({{"", x}}, {from_data<double>(values, x.shape())}); }

}  // namespace

TEST_CASE("WeightAverage gives the values of PyTorch's AveragedModel") {
  const json written = golden_json("torch_averages");  // by torch_lbfgs.py beside it
  REQUIRE(written["runs"].size() == 16);
  for (const json& each : written["runs"]) {
    INFO(each["options"]);
    Tensor w = zeros({1, 4}, float64).set_requires_grad();
    WeightAverage average({{"w", w}}, {.decay = each["options"]["decay"],
                                       .start = each["options"]["start"],
                                       .interval = each["options"]["interval"]});
    std::int64_t averaged = 0;
    for (std::size_t i = 0; i < written["values"].size(); ++i) {
      set(w, written["values"][i].get<V>());
      average.update();
      const json& row = each["rows"][i];
      if (row.is_null()) {
        CHECK(average.count() == 0);
        continue;
      }
      const V values = average.values()[0].second.to_vector<double>();
      for (std::size_t k = 0; k < 4; ++k) CHECK(std::abs(values[k] - row[k].get<double>()) < 1e-14);
      averaged = average.count();
    }
    CHECK(averaged >= 2);
    CHECK(w.to_vector<double>() == written["values"].back().get<V>());
  }
}

TEST_CASE("averages are applied for a while, or for good") {
  nn::Linear model({.in_features = 2, .out_features = 3});
  optim::SGD sgd(model.named_parameters(), {.learning_rate = 0.1});
  WeightAverage average(model.named_parameters(), {.decay = 0.5});
  const auto values = [&] {
    V all;
    for (const auto& [name, tensor] : model.named_parameters())
      for (const float value : tensor.to_vector<float>()) all.push_back(value);
    return all;
  };
  const auto train = [&] {
    sgd.minimize([&] { return sum(square(model(ones({1, 2})))); });
    average.update();
  };
  CHECK_THROWS_WITH(average.apply(), ContainsSubstring("WeightAverage::apply: there are no averages yet"));
  CHECK_THROWS_WITH(average.assign(), ContainsSubstring("WeightAverage::assign: there are no averages yet"));
  CHECK_THROWS_AS(average.values(), ValueError);
  for (int i = 0; i < 5; ++i) train();
  const V before = values();
  V averaged;
  for (const auto& [name, tensor] : average.values())
    for (const float value : tensor.to_vector<float>()) averaged.push_back(value);
  CHECK(averaged != before);
  {
    const auto applied = average.apply();
    CHECK(values() == averaged);
    CHECK_THROWS_WITH(average.update(), ContainsSubstring("the tensors hold the averages"));
    CHECK_THROWS_WITH(average.apply(), ContainsSubstring("applied already"));
    CHECK_THROWS_AS(average.assign(), ValueError);
  }
  CHECK(values() == before);
  CHECK(model.named_parameters()[0].second.requires_grad());
  try {
    const auto applied = average.apply();
    throw std::runtime_error("evaluation fails");
  } catch (const std::runtime_error&) {
  }
  CHECK(values() == before);
  train();
  average.assign();
  CHECK(values() != before);
  CHECK(average.values()[1].second.to_vector<float>() ==
        model.named_parameters()[1].second.to_vector<float>());
}

TEST_CASE("the state of averages goes on, also in another dtype") {
  Tensor a = noise({3, 4}, 1).set_requires_grad(), b = noise({3, 4}, 1).set_requires_grad();
  for (const double decay : {0., 0.75}) {
    WeightAverage straight({{"w", a}}, {.decay = decay, .start = 1, .interval = 2});
    const auto empty = straight.state_dict();
    CHECK(empty.size() == 3);
    for (int i = 0; i < 4; ++i) straight.update();
    WeightAverage again({{"w", b}}, {.decay = decay, .start = 1, .interval = 2});
    again.load_state_dict(straight.state_dict());
    CHECK(again.count() == 2);
    for (std::uint32_t i = 0; i < 3; ++i) {
      for (Tensor each : {a, b}) overwrite({{"", each}}, {noise({3, 4}, i + 5)});
      straight.update();
      again.update();
    }
    CHECK(straight.values()[0].second.to_vector<float>() == again.values()[0].second.to_vector<float>());
    CHECK(straight.count() == again.count());
    again.load_state_dict(empty);
    CHECK(again.count() == 0);
    auto bad = empty;
    bad[1].second = full({}, 3, int64);
    CHECK_THROWS_WITH(again.load_state_dict(bad), ContainsSubstring("0 <= n_averaged <= calls, got 3 and 0"));
    bad.pop_back();
    CHECK_THROWS_AS(again.load_state_dict(bad), ValueError);
  }
  nn::Linear model({.in_features = 2, .out_features = 2});
  WeightAverage average(model.named_parameters());
  average.update();
  model.to(float64);
  average.update();
  CHECK(average.values()[0].second.dtype() == float64);
  CHECK(average.values()[0].second.to_vector<double>() ==
        model.named_parameters()[0].second.to_vector<double>());
}

TEST_CASE("WeightAverage's errors") {
  const Tensor w = ones({2});
  const auto refused = [](auto&& make, const char* text) {
    CHECK_THROWS_WITH(make(), ContainsSubstring(text));
  };
  refused([&] { WeightAverage({w}, {.decay = 1}); }, "WeightAverage: decay must be in [0, 1), got 1");
  refused([&] { WeightAverage({w}, {.start = -1}); }, "WeightAverage: start must be");
  refused([&] { WeightAverage({w}, {.interval = 0}); }, "WeightAverage: interval must be at least 1, got 0");
  refused([&] { WeightAverage({{"w", w}, {"w", ones({2})}}); }, "two parts of the state are called 'w'");
  refused([&] { WeightAverage({{"calls", w}}); }, "two parts of the state are called 'calls'");
  refused([&] { WeightAverage(std::vector<Tensor>{}); }, "the list of tensors is empty");
  refused([&] { WeightAverage({w, Tensor()}); }, "'1' is an undefined tensor");
  refused([&] { WeightAverage({ones({2}, int64)}); }, "must be float32 or float64, got int64");
}

TEST_CASE("ScheduleFreeAdamW moves its parameters between training and evaluation") {
  Tensor w = noise({50}, 1, float64).set_requires_grad();
  optim::ScheduleFreeAdamW optimizer({{"w", w}}, {.learning_rate = 0.1});
  const auto train = [](optim::Optimizer& with, Tensor x, int steps) {
    for (int i = 0; i < steps; ++i) with.minimize([&] { return sum(square(x - 1)); });
  };
  CHECK(optimizer.is_training());
  const V start = w.to_vector<double>();
  optimizer.eval();  // the three sequences begin at the same place
  CHECK(w.to_vector<double>() == start);
  optimizer.train();
  train(optimizer, w, 10);
  const V y = w.to_vector<double>();
  optimizer.train();
  CHECK(w.to_vector<double>() == y);
  optimizer.eval();
  CHECK(!optimizer.is_training());
  const V x = w.to_vector<double>();
  CHECK(x != y);
  w.set_grad(ones({50}, float64));
  CHECK_THROWS_WITH(optimizer.step(), ContainsSubstring("call train() first"));
  CHECK(w.to_vector<double>() == x);
  optimizer.eval();
  CHECK(w.to_vector<double>() == x);
  // The mode is part of the state.
  Tensor other = (w.detach() * 1).set_requires_grad();
  optim::ScheduleFreeAdamW again({{"w", other}}, {.learning_rate = 0.1});
  again.load_state_dict(optimizer.state_dict());
  CHECK(!again.is_training());
  for (auto* const each : {&optimizer, &again}) each->train();
  for (std::size_t i = 0; i < y.size(); ++i) CHECK(std::abs(w.to_vector<double>()[i] - y[i]) < 1e-14);
  train(optimizer, w, 300);
  train(again, other, 300);
  CHECK(w.to_vector<double>() == other.to_vector<double>());
  optimizer.eval();
  for (const double value : w.to_vector<double>()) CHECK(std::abs(value - 1) < 0.05);
  // Groups have modes of their own beta_1.
  Tensor a = noise({5}, 2, float64).set_requires_grad(), b = (a.detach() * 1).set_requires_grad();
  optim::ScheduleFreeAdamW grouped({{.parameters = {a}, .options = {{"beta_1", 0.5}}}});
  optim::ScheduleFreeAdamW plain({b}, {.beta_1 = 0.5});
  train(grouped, a, 5);
  train(plain, b, 5);
  grouped.eval();
  plain.eval();
  CHECK(a.to_vector<double>() == b.to_vector<double>());
}
