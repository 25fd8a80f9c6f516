// What holds for every optimizer of the library: its state, strided and empty parameters, threads.
#include <cstdint>
#include <functional>
#include <map>

#include <catch.h>
#include <golden_json.h>
#include <nlohmann/json.hpp>

#include "noise.h"
#include <taper/io/safetensors.h>
#include <taper/taper.h>

using namespace taper;
using nlohmann::json;

namespace {

const std::vector<std::string> classes = optim::class_names();

// Options with which a class has all of its slots.
json all_slots(const std::string& name) {
  if (name == "RMSprop") return {{"momentum", 0.5}, {"centered", true}};
  if (name == "SGD") return {{"momentum", 0.5}};
  if (name == "Adam" || name == "AdamW") return {{"amsgrad", true}};
  return json::object();
}

NamedTensors copies(const NamedTensors& parameters) {
  NamedTensors result;
  for (const auto& [name, tensor] : parameters)
    result.emplace_back(name, (tensor.detach() * 1).set_requires_grad());
  return result;
}

void steps(optim::Optimizer& optimizer, int first, int last) {
  for (int step = first; step < last; ++step) {
    std::uint32_t seed = static_cast<std::uint32_t>(step) * 100;
    for (auto [name, parameter] : optimizer.parameters())
      parameter.set_grad(noise(parameter.shape(), ++seed, parameter.dtype()));
    optimizer.step();
  }
}

bool same(const NamedTensors& a, const NamedTensors& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i].first != b[i].first || a[i].second.shape() != b[i].second.shape()) return false;
    if (to(a[i].second, float64).to_vector<double>() != to(b[i].second, float64).to_vector<double>())
      return false;
  }
  return true;
}

NamedTensors some_parameters() {
  return {{"vector", noise({5}, 1).set_requires_grad()},
          {"matrix", noise({3, 4}, 2, float64).set_requires_grad()},
          {"conv", noise({2, 3, 2, 2}, 3).set_requires_grad()},
          {"scalar", noise({}, 4).set_requires_grad()}};
}

}  // namespace

TEST_CASE("the state has Keras's names, shapes and order") {
  const json written = golden_json("keras_states");  // by keras_states.py beside it
  REQUIRE(written.size() == 24);
  const std::map<std::string, Shape> shapes = {{"vector", {5}}, {"matrix", {3, 4}}, {"conv", {2, 3, 2, 2}},
                                               {"scalar", {}},  {"tall", {5, 3}},   {"embedding", {3, 2}}};
  for (const json& each : written) {
    INFO(each);
    NamedTensors parameters;
    for (const char* const name : {"vector", "matrix", "conv", "scalar", "tall", "embedding"})
      parameters.emplace_back(name, zeros(shapes.at(name)).set_requires_grad());
    const auto optimizer =
        optim::get(std::string(each["class_name"]), parameters, json(each["options"]).dump());
    for (const bool stepped : {false, true}) {
      if (stepped) steps(*optimizer, 0, 1);
      const auto state = optimizer->state_dict();
      REQUIRE(state.size() == each["state"].size());
      for (std::size_t i = 0; i < state.size(); ++i) {
        std::string name = each["state"][i][0];
        // What Keras gives no names.
        if (name.starts_with("variable")) name = "u_product";
        if (shapes.count(name)) name += state[i - 1].first == name + "_r" ? "_c" : "_r";
        CHECK(state[i].first == name);
        CHECK(state[i].second.shape() == Shape(each["state"][i][1].get<std::vector<std::int64_t>>()));
      }
    }
  }
}

TEST_CASE("every optimizer goes on from its state bit for bit") {
  for (const std::string& name : classes) {
    for (const bool shared : {false, true}) {
      INFO(name << shared);
      json options = all_slots(name);
      if (shared) options.update({{"use_ema", true}, {"gradient_accumulation_steps", 2}, {"clipnorm", 0.5}});
      const auto straight = optim::get(name, some_parameters(), options.dump());
      steps(*straight, 0, 5);
      const auto resumed = optim::get(name, copies(straight->parameters()), options.dump());
      resumed->load_state_dict(straight->state_dict());
      CHECK(same(resumed->state_dict(), straight->state_dict()));
      steps(*straight, 5, 10);
      steps(*resumed, 5, 10);
      CHECK(same(resumed->parameters(), straight->parameters()));
      CHECK(same(resumed->state_dict(), straight->state_dict()));
      // Without the state it goes elsewhere.
      const auto forgetful = optim::get(name, copies(straight->parameters()), options.dump());
      steps(*straight, 10, 20);
      steps(*forgetful, 10, 20);
      CHECK(!same(forgetful->parameters(), straight->parameters()));
    }
  }
}

TEST_CASE("every optimizer refuses the state of another, before its first step") {
  for (const std::string& name : classes) {
    INFO(name);
    const auto optimizer = optim::get(name, some_parameters(), all_slots(name).dump());
    const auto state = optimizer->state_dict();
    const auto refused = [&](const std::function<void(NamedTensors&)>& change, const char* text) {
      auto bad = state;
      change(bad);
      CHECK_THROWS_WITH(optimizer->load_state_dict(bad), ContainsSubstring(text));
      CHECK(same(optimizer->state_dict(), state));
    };
    refused([](auto& bad) { bad.pop_back(); }, "missing: ");
    refused(
        [](auto& bad) {
          bad.emplace_back("matrix_other", zeros({3, 4}, float64));
        },
        "unexpected: \"matrix_other\"");
    refused([](auto& bad) { bad.back().second = zeros({7}, bad.back().second.dtype()); }, "has shape");
    refused([](auto& bad) { bad.back().second = zeros(bad.back().second.shape(), uint8); }, "has dtype");
  }
}

TEST_CASE("the bits of no optimizer depend on the number of threads") {
  const int before = num_threads();
  for (const std::string& name : classes) {
    INFO(name);
    std::vector<NamedTensors> results;
    for (const int threads : {1, 2, 3}) {
      set_num_threads(threads);
      const NamedTensors parameters = {{"a", noise({40000}, 1).set_requires_grad()},
                                       {"b", noise({120, 80}, 2).set_requires_grad()},
                                       {"c", noise({3}, 3).set_requires_grad()}};
      steps(*optim::get(name, parameters, all_slots(name).dump()), 0, 3);
      results.push_back(parameters);
    }
    CHECK(same(results[0], results[1]));
    CHECK(same(results[0], results[2]));
  }
  set_num_threads(before);
}

TEST_CASE("every optimizer takes strided and empty parameters") {
  for (const std::string& name : classes) {
    INFO(name);
    const Tensor block = noise({4, 3}, 1), gradient = noise({4, 3}, 2);
    Tensor dense = (block * 1).set_requires_grad();
    Tensor strided = transpose(transpose(block * 1) * 1).set_requires_grad();
    REQUIRE(!strided.is_contiguous());
    Tensor empty = zeros({0, 3}).set_requires_grad();
    const auto a = optim::get(name, {dense}), b = optim::get(name, {strided, empty});
    for (int i = 0; i < 3; ++i) {
      dense.set_grad(gradient);
      strided.set_grad(gradient);
      empty.set_grad(zeros({0, 3}));
      a->step();
      b->step();
    }
    CHECK(dense.to_vector<float>() == strided.to_vector<float>());
  }
}
