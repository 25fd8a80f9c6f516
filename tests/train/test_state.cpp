// State and History: parts, and all or nothing.
#include <catch.h>

#include "small.h"
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>
#include <taper/train/state.h>
#include <taper/train/weights_hash.h>

using namespace taper;

TEST_CASE("a state has the tensors of its parts") {
  SmallTraining small;
  training::State state;
  Generator generator(12);
  double number = 0.5;
  state.add("model", small.model).add("random", generator).add("number", number).add("loader", small.loader);
  const NamedTensors tensors = state.state_dict();
  CHECK(tensors.front().first == "model.0.weight");
  generator.advance(5);
  number = 1;
  small.loader.set_epoch(3);
  state.load_state_dict(tensors);
  CHECK(generator.position() == 0);
  CHECK(number == 0.5);
  CHECK(small.loader.position().epoch == 0);
  CHECK_THROWS_AS(state.add("model", number), ValueError);
  CHECK_THROWS_AS(state.add("a.b", number), ValueError);
  CHECK_THROWS_AS(state.add("", number), ValueError);
}

TEST_CASE("a state that does not fit changes nothing") {
  SmallTraining small;
  std::int64_t number = 4;
  training::State state;
  state.add("model", small.model)
      .add("optimizer", small.adam)
      .add("loader", small.loader)
      .add("number", number);
  small.loader.set_epoch(2);
  const NamedTensors fitting = state.state_dict();
  small.trainer.fit(small.loader, {.verbose = 0});
  number = 5;
  const std::uint64_t before = training::hash_of(state.state_dict());
  const auto refused = [&](NamedTensors given) {
    CHECK_THROWS_AS(state.load_state_dict(given), Error);
    CHECK(training::hash_of(state.state_dict()) == before);
  };
  for (std::size_t i = 0; i < fitting.size(); ++i) {
    NamedTensors changed = fitting;
    changed[i].second = zeros({3, 7, 2});
    refused(changed);
    changed.erase(changed.begin() + static_cast<std::ptrdiff_t>(i));
    refused(changed);
  }
  NamedTensors more = fitting;
  for (const char* const name : {"model.", "model", "other.x", "", "number.value"}) {
    more.emplace_back(name, zeros({1}));
    refused(more);
    more.pop_back();
  }
  NamedTensors far = fitting;
  for (auto& [name, tensor] : far)
    if (name == "loader.position") tensor = taper::tensor({1, 9, 400});
  refused(far);
  state.load_state_dict(fitting);
  CHECK(number == 4);
}

TEST_CASE("a history is saved") {
  training::History history, other;
  history.append({{"loss", 0.5}, {"accuracy", 0.25}});
  history.append({{"loss", 0.25}, {"accuracy", 0.5}});
  other.load_state_dict(history.state_dict());
  CHECK(other.all() == history.all());
  CHECK(other["accuracy"] == std::vector{0.25, 0.5});
  CHECK_THROWS_AS(other.load_state_dict({{"loss", zeros({2})}}), DTypeError);
  CHECK_THROWS_AS(other.load_state_dict({{"loss", zeros({2, 1}, float64)}}), ShapeError);
  CHECK_THROWS_AS(other.load_state_dict({{"a", zeros({2}, float64)}, {"a", zeros({2}, float64)}}),
                  ValueError);
  CHECK(other.all() == history.all());
}
