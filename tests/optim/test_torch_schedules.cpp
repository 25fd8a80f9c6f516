// The schedules that Keras lacks: against PyTorch's schedulers, as JSON, what they do to the momentum, bad
// ones.
#include <cmath>

#include <catch.h>
#include <errors.h>
#include <golden_json.h>
#include <nlohmann/json.hpp>

#include <taper/optim/optim.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>

using namespace taper;
using namespace taper::optim;
using nlohmann::json;

namespace {

constexpr double nan_value = std::numeric_limits<double>::quiet_NaN();

double beta_1_of(const Optimizer& optimizer) {
  return json::parse(optimizer.get_config()).at("beta_1").get<double>();
}

}  // namespace

TEST_CASE("schedules give the rates and momenta of PyTorch's schedulers") {
  const json cases = golden_json("torch_schedules");  // by torch_schedules.py beside it
  REQUIRE(cases.size() == 38);
  for (const json& each : cases) {
    INFO(each["schedule"]);
    const LearningRate rate = schedule_from_config(each["schedule"].dump());
    for (std::size_t i = 0; i < each["rates"].size(); ++i) {
      INFO(i);
      const std::int64_t step = static_cast<std::int64_t>(i);
      const double wanted = each["rates"][i];
      CHECK(std::abs(rate(step) - wanted) <= 1e-12 * std::max(wanted, 1e-3));
      const auto momentum = rate.momentum(step);
      CHECK(momentum.has_value() == !each["momenta"][i].is_null());
      if (momentum) CHECK(std::abs(*momentum - each["momenta"][i].get<double>()) <= 1e-12);
    }
    // They are saved, and loaded again.
    const LearningRate again = schedule_from_config(rate.to_json());
    CHECK(again.to_json() == rate.to_json());
    CHECK(json::parse(rate.to_json())["class_name"] == each["schedule"]["class_name"]);
    CHECK(again(3) == rate(3));
  }
}

TEST_CASE("OneCycle keeps its last value, and may begin with its largest one") {
  const OneCycle cycle({.max_learning_rate = 1, .total_steps = 10});
  CHECK(cycle(9) == Approx(1. / 25 / 1e4).epsilon(1e-14));
  CHECK(cycle(1000) == cycle(9));
  CHECK(cycle.momentum(1000) == Approx(0.95));
  const OneCycle at_once({.max_learning_rate = 1, .total_steps = 10, .pct_start = 0.1});
  CHECK(at_once(0) == 1);
  CHECK(!OneCycle({.max_learning_rate = 1, .total_steps = 10, .cycle_momentum = false}).momentum(0));
}

TEST_CASE("schedules contain schedules, of this library or of one's own") {
  const LearningRate mine = [](std::int64_t step) { return 1. + static_cast<double>(step); };
  const SequentialSchedule sequence(
      {.schedules = {0.5, mine, InverseRootDecay({.initial_learning_rate = 0.2, .decay_steps = 1})},
       .milestones = {2, 4}});
  const std::vector<double> wanted{0.5, 0.5, 1, 2, 0.2, 0.2 / std::sqrt(2.)};
  for (std::size_t i = 0; i < wanted.size(); ++i) CHECK(sequence(static_cast<std::int64_t>(i)) == wanted[i]);
  const LearningRate as_rate = sequence;
  CHECK(as_rate(3) == 2);
  refused([&] { return as_rate.to_json(); }, "a callable has no configuration");
  const Warmup warm({.learning_rate = mine, .warmup_steps = 4, .start_factor = 0.5});
  CHECK(warm(0) == 0.5);
  CHECK(warm(2) == 0.75);
  CHECK(warm(4) == 1);
  CHECK(warm(6) == 3);
  CHECK(ChainedSchedule({.schedules = {mine, mine, 2.}})(2) == 18);
  // What drives the momentum does so inside of another.
  const OneCycle cycle({.max_learning_rate = 1, .total_steps = 10});
  const LearningRate later = Warmup({.learning_rate = cycle, .warmup_steps = 5});
  CHECK(later.momentum(2) == cycle.momentum(0));
  CHECK(later.momentum(8) == cycle.momentum(3));
  const SequentialSchedule then({.schedules = {0.1, cycle}, .milestones = {3}});
  CHECK(!then.momentum(2));
  CHECK(then.momentum(5) == cycle.momentum(2));
  CHECK(ChainedSchedule({.schedules = {2., cycle}}).momentum(4) == cycle.momentum(4));
  // In the dtype of the parameters, as far as the parts are.
  const CosineDecay wave({.initial_learning_rate = 0.1, .decay_steps = 7});
  CHECK(SequentialSchedule({.schedules = {wave}, .milestones = {}})(3, float32) == wave(3, float32));
  CHECK(wave(3, float32) != wave(3));
  // Deep inside of each other: what is inside is shared, not copied.
  LearningRate deep = cycle;
  for (int i = 0; i < 25; ++i) deep = Warmup({.learning_rate = deep, .warmup_steps = 1, .start_factor = 1});
  const LearningRate copy = deep;
  CHECK(copy(25) == cycle(0));
  CHECK(copy.momentum(30) == cycle.momentum(5));
  CHECK(schedule_from_config(copy.to_json())(28) == cycle(3));
}

TEST_CASE("a schedule that drives the momentum sets it in each step, and only there") {
  struct Both {
    double operator()(std::int64_t) const { return 0.5; }
    std::optional<double> momentum(std::int64_t step) const {
      if (step == 2) return {};
      return step == 0 ? 0.5 : 0.25;
    }
  };
  Tensor w = from_data<double>({0}, {1}).set_requires_grad();
  SGD sgd({w}, {.learning_rate = Both{}, .momentum = 0.75});
  std::vector<double> way;
  for (int i = 0; i < 4; ++i) {
    w.set_grad(ones({1}, float64));
    sgd.step();
    way.push_back(w.item<double>());
    CHECK(json::parse(SGD({w}, {.momentum = 0.75}).get_config())["momentum"] == 0.75);
  }
  double velocity = 0, at = 0;
  const double momenta[] = {0.5, 0.25, 0.75, 0.25};
  for (std::size_t i = 0; i < 4; ++i) {
    velocity = momenta[i] * velocity - 0.5;
    CHECK(way[i] == (at += velocity));
  }
  const Adam adam({w},
                  {.learning_rate = OneCycle({.max_learning_rate = 1, .total_steps = 10}), .beta_1 = 0.7});
  CHECK(beta_1_of(adam) == 0.7);
  // One group follows it, the other does not.
  Tensor a = from_data<double>({0}, {1}).set_requires_grad(),
         b = from_data<double>({0}, {1}).set_requires_grad(),
         c = from_data<double>({0}, {1}).set_requires_grad();
  SGD groups({{.parameters = {a}, .learning_rate = Both{}}, {.parameters = {b}}},
             {.learning_rate = 0.5, .momentum = 0.75});
  SGD plain({c}, {.learning_rate = 0.5, .momentum = 0.75});
  for (int i = 0; i < 4; ++i) {
    for (Tensor each : {a, b, c}) each.set_grad(ones({1}, float64));
    groups.step();
    plain.step();
  }
  CHECK(a.item<double>() == w.item<double>());
  CHECK(b.item<double>() == c.item<double>());
}

TEST_CASE("what cannot follow a momentum says so, and a bad momentum changes nothing") {
  Tensor w = from_data<double>({1}, {1}).set_requires_grad();
  const OneCycle cycle({.max_learning_rate = 1, .total_steps = 10});
  refused([&] { Adagrad({w}, {.learning_rate = cycle}); },
          "Adagrad: the schedule of its learning rate drives the momentum, too, but there is no beta_1");
  CHECK_NOTHROW(Adagrad({w}, {.learning_rate = OneCycle(
                                  {.max_learning_rate = 1, .total_steps = 10, .cycle_momentum = false})}));
  Adagrad later({w});
  later.set_learning_rate(cycle);
  w.set_grad(ones({1}, float64));
  CHECK_THROWS_WITH(later.step(), ContainsSubstring("with cycle_momentum = false"));
  struct Bad {
    double operator()(std::int64_t) const { return 0.5; }
    std::optional<double> momentum(std::int64_t step) const { return step == 1 ? 1.5 : 0.5; }
  };
  SGD sgd({w}, {.learning_rate = Bad{}});
  sgd.step();
  CHECK(w.item<double>() == 0.5);
  CHECK_THROWS_WITH(sgd.step(),
                    ContainsSubstring("SGD: step 1 of a schedule: momentum must be in [0, 1), got 1.5"));
  CHECK(w.item<double>() == 0.5);
  CHECK(sgd.iterations() == 1);
  CHECK(json::parse(SGD({w}).get_config())["momentum"] == 0);
}

TEST_CASE("bad options of PyTorch's schedules are refused") {
  for (const double bad : {-1., nan_value}) {
    refused([&] { OneCycle({.max_learning_rate = bad, .total_steps = 1}); },
            "OneCycle: max_learning_rate must be");
    refused([&] { OneCycle({.max_learning_rate = 1, .total_steps = 1, .pct_start = bad}); },
            "OneCycle: pct_start");
    refused([&] { OneCycle({.max_learning_rate = 1, .total_steps = 1, .base_momentum = bad}); },
            "base_momentum");
    refused([&] { OneCycle({.max_learning_rate = 1, .total_steps = 1, .max_momentum = bad}); },
            "max_momentum");
    refused([&] { OneCycle({.max_learning_rate = 1, .total_steps = 1, .div_factor = bad}); }, "div_factor");
    refused([&] { OneCycle({.max_learning_rate = 1, .total_steps = 1, .final_div_factor = bad}); },
            "final_div");
    refused([&] { CyclicLR({.base_learning_rate = bad, .max_learning_rate = 1}); },
            "CyclicLR: base_learning_rate");
    refused([&] { CyclicLR({.base_learning_rate = 1, .max_learning_rate = bad}); },
            "CyclicLR: max_learning_rate");
    refused([&] { CyclicLR({.base_learning_rate = 1, .max_learning_rate = 1, .gamma = bad}); },
            "CyclicLR: gamma");
    refused([&] { StepDecay({.initial_learning_rate = bad, .step_size = 1}); },
            "StepDecay: initial_learning_rate");
    refused([&] { StepDecay({.initial_learning_rate = 1, .step_size = 1, .gamma = bad}); },
            "StepDecay: gamma");
    refused([&] { MultiStepDecay({.initial_learning_rate = 1, .milestones = {bad}}); },
            "MultiStepDecay: milestones must be whole numbers");
    refused([&] { ConstantLR({.initial_learning_rate = 1, .factor = bad}); },
            "ConstantLR: factor must be in [0, 1]");
    refused([&] { LinearLR({.initial_learning_rate = 1, .start_factor = bad}); },
            "start_factor must be in (0, 1]");
    refused([&] { LinearLR({.initial_learning_rate = 1, .end_factor = bad}); }, "LinearLR: end_factor");
    refused([&] { SWALR({.initial_learning_rate = 1, .swa_learning_rate = bad}); },
            "SWALR: swa_learning_rate");
    refused([&] { Warmup({.warmup_steps = 1, .start_factor = bad}); },
            "Warmup: start_factor must be in [0, 1]");
  }
  for (const std::int64_t bad : {0, -1}) {
    refused([&] { OneCycle({.max_learning_rate = 1, .total_steps = bad}); },
            "OneCycle: total_steps must be > 0");
    refused([&] { CyclicLR({.base_learning_rate = 1, .max_learning_rate = 1, .step_size_up = bad}); },
            "step_size_up");
    refused([&] { StepDecay({.initial_learning_rate = 1, .step_size = bad}); },
            "StepDecay: step_size must be > 0");
    refused([&] { LinearLR({.initial_learning_rate = 1, .total_iters = bad}); },
            "LinearLR: total_iters must be > 0");
  }
  refused([] { OneCycle({.max_learning_rate = 1, .total_steps = 5, .anneal_strategy = "line"}); },
          "OneCycle: anneal_strategy must be one of \"cos\", \"linear\", got \"line\"");
  refused([] { SWALR({.initial_learning_rate = 1, .swa_learning_rate = 1, .anneal_strategy = ""}); },
          "SWALR: anneal_strategy");
  refused([] { CyclicLR({.base_learning_rate = 1, .max_learning_rate = 1, .mode = "up"}); },
          "CyclicLR: mode must be one of \"triangular\", \"triangular2\", \"exp_range\", got \"up\"");
  refused([] { Warmup({.warmup_steps = 1, .mode = "cos"}); }, "Warmup: mode must be one of");
  refused([] { Warmup({.warmup_steps = -1}); }, "Warmup: warmup_steps must be");
  refused(
      [] {
        MultiStepDecay({.initial_learning_rate = 1, .milestones = {3, 2}});
      },
      "MultiStepDecay: milestones must be ascending, got 2 after 3");
  refused(
      [] {
        SequentialSchedule({.schedules = {0.1, 0.2, 0.3}, .milestones = {3, 3}});
      },
      "SequentialSchedule: milestones must be ascending, got 3 after 3");
  refused([] { SequentialSchedule({.schedules = {0.1}, .milestones = {3}}); },
          "expected one more schedule than milestones, got 1 schedules and 1 milestones");
  refused([] { SequentialSchedule({.schedules = {}, .milestones = {}}); }, "got 0 schedules");
  refused([] { ChainedSchedule({.schedules = {}}); }, "ChainedSchedule: expected at least one schedule");
  const auto from = [](const std::string& schedules) {
    return [=] {
      schedule_from_config(R"({"class_name": "ChainedSchedule", "config": {"schedules": )" + schedules +
                           "}}");
    };
  };
  refused(from("3"), "ChainedSchedule: schedules must be a list of numbers or schedules, got 3");
  refused(from("[null]"), "a list of numbers or schedules, got [null]");
  refused(from("[-1]"), "learning_rate must be finite and not negative");
  refused(from(R"([{"class_name": "Up", "config": {}}])"), "unknown schedule 'Up'");
}
