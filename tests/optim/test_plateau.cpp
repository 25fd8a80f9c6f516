// ReduceLROnPlateau against Keras's callback.
#include <cmath>
#include <sstream>

#include <catch.h>
#include <golden_json.h>
#include <nlohmann/json.hpp>

#include <taper/taper.h>

using namespace taper;
using nlohmann::json;
using optim::ReduceLROnPlateau;

namespace {

struct Fixture {
  Tensor w = zeros({}).set_requires_grad();
  optim::SGD sgd{{w}, {.learning_rate = 1}};
};

}  // namespace

TEST_CASE("ReduceLROnPlateau sets the learning rates of Keras's callback") {
  const json written = golden_json("keras_plateau");  // by keras_plateau.py beside it
  REQUIRE(written["runs"].size() == 11);
  for (const json& each : written["runs"]) {
    INFO(each["options"]);
    optim::ReduceLROnPlateauOptions options;
    optim::from_json("test", each["options"].dump(), fields(options));
    ReduceLROnPlateau plateau(options);
    Fixture with;
    with.sgd.set_learning_rate(0.1);
    int reductions = 0;
    for (std::size_t epoch = 0; epoch < written["metrics"].size(); ++epoch) {
      INFO("epoch " << epoch);
      const double before = with.sgd.learning_rate();
      const bool reduced = plateau.update(written["metrics"][epoch], with.sgd);
      const json& row = each["rows"][epoch];
      CHECK(with.sgd.learning_rate() == Approx(row[0].get<double>()).epsilon(1e-6));
      CHECK(reduced == (with.sgd.learning_rate() < before));
      CHECK(plateau.wait() == row[1]);
      CHECK(plateau.cooldown_counter() == row[2]);
      reductions += reduced;
    }
    CHECK(reductions >= 1);
  }
}

TEST_CASE("ReduceLROnPlateau is a plain value") {
  Fixture with;
  ReduceLROnPlateau plateau({.factor = 0.5, .patience = 2});
  CHECK(!plateau.best());
  for (const double metric : {3., 2., 2.}) CHECK(!plateau.update(metric, with.sgd));
  CHECK(plateau.best() == 2);
  ReduceLROnPlateau copy = plateau;
  CHECK(plateau.update(2, with.sgd));
  CHECK(copy.wait() == 1);
  CHECK(copy.update(2, with.sgd));
  CHECK(with.sgd.learning_rate() == 0.25);
  std::ostringstream text;
  text << plateau;
  CHECK(text.str() ==
        "ReduceLROnPlateau(factor=0.5, patience=2, mode=\"min\", min_delta=0.0001, cooldown=0, min_lr=0.0)");
  CHECK(json::parse(serialize(plateau))["config"]["patience"] == 2);
}

TEST_CASE("a metric that is NaN is no improvement") {
  Fixture with;
  ReduceLROnPlateau plateau({.patience = 2});
  CHECK(!plateau.update(std::nan(""), with.sgd));
  CHECK(plateau.wait() == 1);
  CHECK(!plateau.update(5, with.sgd));
  CHECK(plateau.best() == 5);
  CHECK(!plateau.update(std::nan(""), with.sgd));
  CHECK(plateau.update(std::nan(""), with.sgd));
}

TEST_CASE("ReduceLROnPlateau's errors") {
  using Options = optim::ReduceLROnPlateauOptions;
  const auto refused = [](const Options& options, const char* text) {
    CHECK_THROWS_AS(ReduceLROnPlateau(options), ValueError);
    CHECK_THROWS_WITH(ReduceLROnPlateau(options), ContainsSubstring(text));
  };
  refused({.factor = 1}, "ReduceLROnPlateau: factor must be in [0, 1), got 1");
  refused({.factor = -0.5}, "got -0.5");
  refused({.patience = -1}, "patience must be");
  refused({.mode = "auto"}, "mode must be \"min\" or \"max\", got \"auto\"");
  refused({.min_delta = -1}, "min_delta must be");
  refused({.cooldown = -1}, "cooldown must be");
  refused({.min_lr = INFINITY}, "min_lr must be");
  Fixture with;
  with.sgd.set_learning_rate([](std::int64_t) { return 0.1; });
  ReduceLROnPlateau plateau;
  CHECK_THROWS_WITH(
      plateau.update(1, with.sgd),
      ContainsSubstring("ReduceLROnPlateau::update: the learning rate of SGD follows a schedule"));
  CHECK(!plateau.best());
}
