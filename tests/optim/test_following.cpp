// What is kept for parameters follows them: to another dtype, when they are frozen, when a step fails.
#include <functional>
#include <stdexcept>

#include <catch.h>
#include <nlohmann/json.hpp>

#include "noise.h"
#include <taper/optim/fused.h>
#include <taper/taper.h>
#include <taper/tensor/elementwise.h>
#include <taper/tensor/memory.h>

using namespace taper;
using nlohmann::json;
using optim::Step;

namespace {

using V = std::vector<double>;

struct Model : nn::Layer<Model> {
  Tensor vector = parameter("vector", noise({5}, 1));
  Tensor matrix = parameter("matrix", noise({3, 400}, 2));
  Tensor strided = parameter("strided", transpose(noise({4, 3}, 3)));
  Tensor scalar = parameter("scalar", noise({}, 4));
};

void steps(optim::Optimizer& optimizer, int first, int last) {
  for (int step = first; step < last; ++step) {
    std::uint32_t seed = static_cast<std::uint32_t>(step) * 100;
    for (auto [name, parameter] : optimizer.parameters())
      if (++seed; parameter.requires_grad())
        parameter.set_grad(noise(parameter.shape(), seed, parameter.dtype()));
    optimizer.step();
  }
}

std::vector<V> values(const NamedTensors& tensors) {
  std::vector<V> all;
  for (const auto& [name, tensor] : tensors) all.push_back(to(tensor.detach(), float64).to_vector<double>());
  return all;
}

std::vector<std::string> names(const NamedTensors& tensors) {
  std::vector<std::string> all;
  for (const auto& [name, tensor] : tensors) all.push_back(name);
  return all;
}

Tensor parameter(std::initializer_list<double> list, DType dtype = float64) {
  return to(from_data<double>(list, {static_cast<std::int64_t>(list.size())}), dtype).set_requires_grad();
}

// A rule made of any function.
class Custom : public optim::Optimizer {
 public:
  using Rule = std::function<Tensor(Custom&, const Tensor&, const Tensor&, Step&)>;
  Custom(const optim::Parameters& parameters, Rule rule, const optim::OptimizerOptions& options = {})
      : Optimizer(parameters, options, "Custom"), rule_(std::move(rule)) {}
  using Optimizer::scalar;

 private:
  Tensor update(const Tensor& w, const Tensor& g, Step& at) override { return rule_(*this, w, g, at); }
  Rule rule_;
};

}  // namespace

TEST_CASE("slots, accumulators and averages follow their parameters to another dtype") {
  const std::vector<json> shared = {
      json::object(),
      {{"use_ema", true}, {"ema_overwrite_frequency", 2}},
      {{"gradient_accumulation_steps", 3}},
      {{"gradient_accumulation_steps", 2}, {"use_ema", true}, {"clipnorm", 0.5}, {"weight_decay", 0.1}},
      {{"loss_scale_factor", 4}, {"global_clipnorm", 0.5}},
  };
  for (const std::string& name : optim::class_names())
    for (json options : shared)
      for (const bool scaled : {false, true}) {
        if (scaled && options.contains("loss_scale_factor")) continue;
        if (name == "SGD" || name == "RMSprop") options["momentum"] = 0.5;
        if (name == "RMSprop") options["centered"] = true;
        if (name == "Adam" || name == "AdamW") options["amsgrad"] = true;
        INFO(name << options << scaled);
        const auto make = [&](const Model& model) -> std::shared_ptr<optim::Optimizer> {
          std::shared_ptr<optim::Optimizer> made = optim::get(name, model.named_parameters(), options.dump());
          if (!scaled) return made;
          return std::make_shared<optim::LossScaleOptimizer>(made);
        };
        Model model;
        const auto optimizer = make(model);
        steps(*optimizer, 0, 5);
        int step = 5;
        for (const DType dtype : {float64, float32}) {
          // A new optimizer for parameters that had this dtype from the beginning.
          const auto before = optimizer->state_dict();
          model.to(dtype);
          Model other;
          other.to(dtype);
          other.load_state_dict(model.state_dict());
          const auto fresh = make(other);
          NamedTensors state = fresh->state_dict();
          for (std::size_t i = 0; i < state.size(); ++i)
            state[i].second = to(before[i].second, state[i].second.dtype());
          fresh->load_state_dict(state);

          const auto after = optimizer->state_dict();
          REQUIRE(names(after) == names(state));
          CHECK(values(after) == values(state));
          for (std::size_t i = 0; i < state.size(); ++i)
            CHECK(after[i].second.dtype() == state[i].second.dtype());
          steps(*optimizer, step, step + 4);
          steps(*fresh, step, step + 4);
          step += 4;
          CHECK(values(model.named_parameters()) == values(other.named_parameters()));
          CHECK(values(optimizer->state_dict()) == values(fresh->state_dict()));
          if (!options.contains("use_ema")) continue;
          optimizer->assign_averages();
          fresh->assign_averages();
          CHECK(values(model.named_parameters()) == values(other.named_parameters()));
        }
      }
}

TEST_CASE("conversion is seen by a step, by slot() and by averages, whichever comes first") {
  const auto trained = [](Model& model) {
    auto adam = std::make_unique<optim::Adam>(model.named_parameters(), optim::AdamOptions{.use_ema = true});
    steps(*adam, 0, 2);
    return adam;
  };
  Model a, b, c;
  const auto by_step = trained(a), by_slot = trained(b), by_average = trained(c);
  const V slot = to(by_slot->slot(1, "velocity"), float64).to_vector<double>();
  for (Model* const model : {&a, &b, &c}) model->to(float64);
  CHECK(by_slot->slot(1, "velocity").dtype() == float64);
  CHECK(by_slot->slot(1, "velocity").to_vector<double>() == slot);
  const auto state = by_slot->state_dict();
  steps(*by_step, 2, 3);
  steps(*by_slot, 2, 3);
  CHECK(values(a.named_parameters()) == values(b.named_parameters()));
  by_average->assign_averages();
  for (const auto& [name, tensor] : state)
    if (name == "matrix_average") CHECK(tensor.to_vector<double>() == c.matrix.to_vector<double>());
}

TEST_CASE("a rule's slots of its own dtype keep it") {
  Model model;
  Custom custom({{"vector", model.vector}}, [](Custom&, const Tensor& w, const Tensor& g, Step& at) {
    at.slots["like"] = g;
    at.slots["count"] = at.slots.find("count") == nullptr ? ones({}, int64) : *at.slots.find("count") + 1;
    return w - g;
  });
  steps(custom, 0, 1);
  model.to(float64);
  steps(custom, 1, 2);
  CHECK(custom.slot(0, "like").dtype() == float64);
  CHECK(custom.slot(0, "count").dtype() == int64);
  CHECK(custom.slot(0, "count").item<std::int64_t>() == 2);
}

TEST_CASE("parameters that came to lie elsewhere are looked at again") {
  Tensor a = parameter({1, 2}), b = parameter({3, 4});
  optim::Adam adam({a, b});
  for (Tensor each : {a, b}) each.set_grad(ones({2}, float64));
  const auto before = values(adam.state_dict());
  a.value().become(b.value());
  CHECK_THROWS_WITH(adam.step(), ContainsSubstring("'0' and '1' are the same or share memory"));
  CHECK_THROWS_AS(adam.step(), ValueError);
  CHECK(b.to_vector<double>() == V{3, 4});
  a.value().become(from_data<double>({1, 2}, {2}).value());
  CHECK(values(adam.state_dict()) == before);
  a.value().become(ones({3}, float64).value());
  CHECK_THROWS_WITH(adam.step(), ContainsSubstring("Adam: parameter '0' had shape [2] and now has [3]"));
  CHECK_THROWS_AS(adam.state_dict(), ShapeError);
  // A gradient that lies in the new storage of a parameter is a copy before the parameters change.
  a.value().become(from_data<double>({10, 20}, {2}).value());
  optim::SGD sgd({a, b}, {.learning_rate = 1});
  a.value().become(from_data<double>({1, 2}, {2}).value());
  b.set_grad(a.detach());
  a.set_grad(b.detach());
  sgd.step();
  CHECK(a.to_vector<double>() == V{-2, -2});
  CHECK(b.to_vector<double>() == V{2, 2});
}

TEST_CASE("kernels get memory of the right dtype, size and order only") {
  struct Fused : optim::Optimizer {
    Fused(const Tensor& w, Tensor slot) : Optimizer({w}, {}, "Fused"), slot(std::move(slot)) {}
    bool declare(Step& at) override { return at.slots["momentum"] = slot, true; }
    void prepare(DType) override {
      if (!declared) load_state_dict(state_dict());
      declared = true;
    }
    std::optional<optim::FusedRule> fused(const Step&) const override {
      return optim::update::SgdMomentum<double, false>{.learning_rate = 0.5, .momentum = 0.5};
    }
    Tensor slot;
    bool declared = false;
  };
  Tensor w = parameter({1, 2, 3});
  w.set_grad(ones({3}, float64));
  const auto refused = [&](const Tensor& slot, const char* text) {
    Fused fused(w, slot);
    fused.state_dict();
    CHECK_THROWS_WITH(fused.step(), ContainsSubstring(text));
    CHECK(w.to_vector<double>() == V{1, 2, 3});
    CHECK(fused.iterations() == 0);
  };
  refused(ones({2}, float64), "Fused::step: the momentum of parameter '0' must have its shape [3]");
  refused(ones({3}), "Fused::step: the momentum of parameter '0' must have its dtype float64, got float32");
  refused(slice(ones({6}, float64), 0, 0, 6, 2), "be contiguous");
}

TEST_CASE("frozen parameters stay listed and are not changed; they may thaw, and others freeze") {
  Tensor a = parameter({1}), b = parameter({2}).set_requires_grad(false);
  for (const bool average : {false, true})
    for (const bool fused : {false, true}) {
      INFO(average << fused);
      a = parameter({1});
      b = parameter({2}).set_requires_grad(false);
      const NamedTensors both = {{"a", a}, {"b", b}};
      const optim::OptimizerOptions options = {.learning_rate = 1,
                                               .weight_decay = 0.25,
                                               .use_ema = average,
                                               .ema_overwrite_frequency = average ? 2 : 0};
      std::unique_ptr<optim::Optimizer> optimizer;
      if (fused)
        optimizer =
            std::make_unique<optim::SGD>(both, optim::SGDOptions{.learning_rate = 1,
                                                                 .momentum = 0.5,
                                                                 .weight_decay = 0.25,
                                                                 .use_ema = average,
                                                                 .ema_overwrite_frequency = average ? 2 : 0});
      else
        optimizer = std::make_unique<Custom>(
            both,
            [](Custom&, const Tensor& w, const Tensor& g, Step& at) {
              Tensor& m = at.slots["momentum"];
              m = 0.5 * m - g;
              return w + m;
            },
            options);
      CHECK(optimizer->parameters().size() == 2);
      const std::size_t places = fused ? optimizer->state_dict().size() : 0;
      steps(*optimizer, 0, 2);
      CHECK(b.to_vector<double>() == V{2});
      CHECK(a.to_vector<double>() != V{1});
      if (fused) CHECK(optimizer->state_dict().size() == places);
      const V frozen_a = a.to_vector<double>();
      a.set_requires_grad(false);
      b.set_requires_grad();
      steps(*optimizer, 2, 4);
      CHECK(a.to_vector<double>() == frozen_a);
      CHECK(b.to_vector<double>() != V{2});
      if (average) {
        b.set_requires_grad(false);
        a.set_requires_grad();
        const V frozen_b = b.to_vector<double>();
        optimizer->assign_averages();
        CHECK(b.to_vector<double>() == frozen_b);
        CHECK(a.to_vector<double>() == frozen_a);  // it did not change since its average was put there
      }
      a.set_requires_grad(false);
      b.set_requires_grad(false);
      CHECK_THROWS_WITH(optimizer->step(), ContainsSubstring("no gradients provided"));
      CHECK(optimizer->iterations() == 4);
    }
}

TEST_CASE("averages are not put in the place of frozen parameters") {
  Tensor a = parameter({1}), b = parameter({2});
  optim::SGD sgd({a, b}, {.learning_rate = 0.5, .use_ema = true, .ema_momentum = 0.5});
  steps(sgd, 0, 3);
  const V before_a = a.to_vector<double>(), before_b = b.to_vector<double>();
  b.set_requires_grad(false);
  sgd.assign_averages();
  CHECK(a.to_vector<double>() != before_a);
  CHECK(b.to_vector<double>() == before_b);
}

TEST_CASE("averages that overwrite parameters leave what a rule has kept of its result") {
  Tensor w = parameter({8});
  Custom custom(
      {{"w", w}},
      [](Custom&, const Tensor& x, const Tensor& g, Step& at) { return at.slots["latest"] = x - g; },
      {.use_ema = true, .ema_momentum = 0.5, .ema_overwrite_frequency = 2});
  for (int step = 0; step < 2; ++step) {
    w.set_grad(from_data<double>({2}, {1}));
    custom.step();
  }
  CHECK(w.to_vector<double>() == V{5});
  CHECK(custom.slot(0, "latest").to_vector<double>() == V{4});
}

TEST_CASE("only a list with nothing to learn is refused") {
  Tensor a = parameter({1}), b = parameter({2}).set_requires_grad(false);
  CHECK_NOTHROW(optim::Adam({a, b}));
  CHECK_THROWS_WITH(
      optim::Adam({b}),
      "Adam: no parameter requires a gradient; call set_requires_grad() on those to be trained");
  CHECK_THROWS_AS(optim::Adam({b}), ValueError);
  CHECK_THROWS_AS(optim::Adam({a, zeros({2}, int64)}), DTypeError);
  CHECK_THROWS_WITH(optim::Adam({a, 2 * a}), ContainsSubstring("not a leaf, but the result of mul"));
  optim::LossScaleOptimizer wrapped(std::make_shared<optim::Adam>(std::vector<Tensor>{a, b}));
  a.set_grad(ones({1}, float64));
  wrapped.step();
  CHECK(b.to_vector<double>() == V{2});
  // A state with frozen parameters fits one without.
  Tensor c = parameter({1}), d = parameter({2});
  optim::Adam all({c, d});
  all.load_state_dict(wrapped.inner_optimizer().state_dict());
  CHECK(all.slot(0, "momentum").to_vector<double>() != V{0});
  CHECK(all.slot(1, "momentum").to_vector<double>() == V{0});
}

TEST_CASE("a step that fails has changed nothing") {
  const std::vector<optim::OptimizerOptions> variants = {
      {.learning_rate = 0.5},
      {.learning_rate = 0.5, .weight_decay = 0.5, .clipnorm = 0.5},
      {.learning_rate = 0.5, .use_ema = true, .ema_overwrite_frequency = 1},
      {.learning_rate = 0.5, .use_ema = true, .gradient_accumulation_steps = 2},
      {.learning_rate = 0.5, .loss_scale_factor = 2, .gradient_accumulation_steps = 2},
  };
  for (const auto& options : variants) {
    Model failing, straight;
    bool fails = false;
    const auto rule = [&](Custom& self, const Tensor& w, const Tensor& g, Step& at) {
      if (fails && at.name == "strided") {
        at.slots["only when it fails"];
        self.scalar("only when it fails") = 1;
        at.slots["sum"] = g;
        throw std::runtime_error("the rule fails");
      }
      Tensor& sum = at.slots["sum"];
      sum = sum + g;
      at.slots["previous"] = w;
      self.scalar("count") += 1;
      return w - 0.1 * sum;
    };
    Custom a(failing.named_parameters(), rule, options), b(straight.named_parameters(), rule, options);
    const auto take = [&](Custom& optimizer, int step) {
      try {
        steps(optimizer, step, step + 1);
        return true;
      } catch (const std::runtime_error&) {
        return false;
      }
    };
    for (int step = 0; step < 6; ++step) {
      fails = true;
      const auto parameters = values(failing.named_parameters()), state = values(a.state_dict());
      const auto keys = names(a.state_dict());
      const std::int64_t iterations = a.iterations();
      const Tensor loss = sum(square(failing.matrix));
      const bool taken = take(a, step);
      CHECK(taken == (options.gradient_accumulation_steps > 0 && step % 2 == 0));
      if (!taken) {
        CHECK(values(failing.named_parameters()) == parameters);
        CHECK(values(a.state_dict()) == state);
        CHECK(names(a.state_dict()) == keys);
        CHECK(a.iterations() == iterations);
        CHECK_NOTHROW(loss.backward());  // what a graph has saved is as it was
        fails = false;
        CHECK(take(a, step));
      }
      fails = false;
      CHECK(take(b, step));
      CHECK(values(failing.named_parameters()) == values(straight.named_parameters()));
      CHECK(values(a.state_dict()) == values(b.state_dict()));
    }
  }
}

TEST_CASE("a step whose schedule fails has changed nothing, whatever the optimizer") {
  for (const std::string& name : optim::class_names()) {
    INFO(name);
    bool fails = false;
    const optim::LearningRate failing = [&](std::int64_t) {
      return fails ? throw std::runtime_error("the schedule fails") : 0.1;
    };
    Model model;
    const auto optimizer =
        optim::get(name, {{.parameters = {{"matrix", model.matrix}}},
                          {.parameters = {{"vector", model.vector}}, .learning_rate = failing}});
    steps(*optimizer, 0, 2);
    const auto parameters = values(model.named_parameters()), state = values(optimizer->state_dict());
    fails = true;
    CHECK_THROWS_AS(steps(*optimizer, 2, 3), std::runtime_error);
    CHECK(values(model.named_parameters()) == parameters);
    fails = false;
    CHECK(values(optimizer->state_dict()) == state);
  }
}

TEST_CASE("a step that finds no memory has changed nothing, whatever the optimizer") {
  for (const std::string& name : optim::class_names())
    for (const char* const options :
         {"{}",
          R"({"use_ema": true, "gradient_accumulation_steps": 2, "clipnorm": 0.5, "weight_decay": 0.1})",
          R"({"loss_scale_factor": 2, "ema_overwrite_frequency": 1, "use_ema": true})"}) {
      INFO(name << options);
      Model model, other;
      const auto optimizer = optim::get(name, model.named_parameters(), options),
                 straight = optim::get(name, other.named_parameters(), options);
      steps(*optimizer, 0, 3);
      steps(*straight, 0, 4);
      const auto parameters = values(model.named_parameters()), state = values(optimizer->state_dict());
      std::vector<Tensor> mine = model.parameters(), theirs = other.parameters();
      for (std::size_t i = 0; i < mine.size(); ++i) mine[i].set_grad(theirs[i].grad());
      std::uint64_t n = 1;
      for (bool failed = true; failed; ++n) {
        memory::refuse(n);
        try {
          optimizer->step();
          failed = false;
        } catch (const MemoryError&) {
        }
        memory::refuse(0);
        if (!failed) break;
        REQUIRE(values(model.named_parameters()) == parameters);
        REQUIRE(values(optimizer->state_dict()) == state);
      }
      CHECK(n > (name == "Muon" ? 5u : 1u));
      CHECK(values(model.named_parameters()) == values(other.named_parameters()));
      CHECK(values(optimizer->state_dict()) == values(straight->state_dict()));
    }
}

TEST_CASE("rules see the parameters as they were before the step") {
  Tensor a = parameter({1, 2}), b = parameter({3, 4});
  Custom swap({{"a", a}, {"b", b}}, [&](Custom&, const Tensor&, const Tensor&, Step& at) {
    const Tensor& other = at.name == "a" ? b : a;
    at.slots["other"] = other.detach();
    return other.detach();
  });
  for (Tensor each : {a, b}) each.set_grad(ones({2}, float64));
  swap.step();
  CHECK(a.to_vector<double>() == V{3, 4});
  CHECK(b.to_vector<double>() == V{1, 2});
  CHECK(swap.slot(0, "other").to_vector<double>() == V{3, 4});
  CHECK(swap.slot(1, "other").to_vector<double>() == V{1, 2});
}

TEST_CASE("exclude_from_weight_decay with a pattern that fits nothing excludes nothing") {
  Tensor w = parameter({8});
  optim::SGD sgd({{"w", w}}, {.learning_rate = 0.5, .weight_decay = 0.5});
  CHECK_THROWS_AS(sgd.exclude_from_weight_decay({"w", "v"}), ValueError);
  w.set_grad(zeros({1}, float64));
  sgd.step();
  CHECK(w.to_vector<double>() == V{6});
}
