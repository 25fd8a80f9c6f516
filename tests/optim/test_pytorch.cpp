// The generation pytorch: the values of torch.optim, from the files that tests/golden/torch_optimizers.py
// writes; the presets, the state, and what else it changes.
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <map>
#include <set>

#include <catch.h>

#include "golden.h"
#include "noise.h"
#include <taper/taper.h>

using namespace taper;
using nlohmann::json;
namespace pytorch = optim::pytorch;

namespace {

using V = std::vector<double>;

template <class T>
void take(const json& from, const char* key, T& to) {
  if (!from.contains(key)) return;
  if constexpr (std::is_same_v<T, optim::LearningRate>)
    to = from[key].get<double>();
  else
    to = from[key].get<T>();
}

// The optimizer of a name and options of torch.optim.
std::unique_ptr<optim::Optimizer> make(const std::string& kind, const json& from,
                                       const optim::Parameters& parameters) {
  const auto common = [&](auto& options) {
    take(from, "lr", options.lr);
    take(from, "weight_decay", options.weight_decay);
    take(from, "maximize", options.maximize);
    if constexpr (requires { options.betas; }) take(from, "betas", options.betas);
    if constexpr (requires { options.eps; }) take(from, "eps", options.eps);
    if constexpr (requires { options.amsgrad; }) take(from, "amsgrad", options.amsgrad);
    if constexpr (requires { options.momentum; }) take(from, "momentum", options.momentum);
    if constexpr (requires { options.decoupled_weight_decay; })
      take(from, "decoupled_weight_decay", options.decoupled_weight_decay);
    return options;
  };
  if (kind == "SGD") {
    pytorch::SGDOptions options;
    take(from, "dampening", options.dampening);
    take(from, "nesterov", options.nesterov);
    return std::make_unique<optim::SGD>(parameters, pytorch::sgd(common(options)));
  }
  if (kind == "Adam") {
    pytorch::AdamOptions options;
    return std::make_unique<optim::Adam>(parameters, pytorch::adam(common(options)));
  }
  if (kind == "AdamW") {
    pytorch::AdamWOptions options;
    return std::make_unique<optim::AdamW>(parameters, pytorch::adamw(common(options)));
  }
  if (kind == "RMSprop") {
    pytorch::RMSpropOptions options;
    take(from, "alpha", options.alpha);
    take(from, "centered", options.centered);
    return std::make_unique<optim::RMSprop>(parameters, pytorch::rmsprop(common(options)));
  }
  if (kind == "Adagrad") {
    pytorch::AdagradOptions options;
    take(from, "lr_decay", options.lr_decay);
    take(from, "initial_accumulator_value", options.initial_accumulator_value);
    return std::make_unique<optim::Adagrad>(parameters, pytorch::adagrad(common(options)));
  }
  if (kind == "Adadelta") {
    pytorch::AdadeltaOptions options;
    take(from, "rho", options.rho);
    return std::make_unique<optim::Adadelta>(parameters, pytorch::adadelta(common(options)));
  }
  if (kind == "Adamax") {
    pytorch::AdamaxOptions options;
    return std::make_unique<optim::Adamax>(parameters, pytorch::adamax(common(options)));
  }
  if (kind != "NAdam") throw ValueError(kind);
  pytorch::NAdamOptions options;
  take(from, "momentum_decay", options.momentum_decay);
  return std::make_unique<optim::Nadam>(parameters, pytorch::nadam(common(options)));
}

const std::vector<std::string> kinds = {"SGD",     "Adam",     "AdamW",  "RMSprop",
                                        "Adagrad", "Adadelta", "Adamax", "NAdam"};

// Options with which a class has all of its slots, and all that changes its state.
json all_options(const std::string& kind) {
  json options = {{"weight_decay", 0.1}};
  if (kind == "SGD") options.update({{"momentum", 0.9}, {"dampening", 0.5}});
  if (kind == "Adam" || kind == "AdamW") options["amsgrad"] = true;
  if (kind == "RMSprop") options.update({{"momentum", 0.5}, {"centered", true}});
  if (kind == "Adagrad") options["lr_decay"] = 0.1;
  return options;
}

struct Run {
  std::string name, kind;
  json options;
  V wanted;
};

std::vector<Run> runs_of(const io::SafeTensors& file) {
  std::vector<Run> runs;
  runs.reserve(file.tensors.size());
  for (const auto& [name, wanted] : file.tensors)
    runs.push_back({name, name.substr(0, name.find(' ')), json::parse(name.substr(name.find(' '))),
                    to(wanted, float64).to_vector<double>()});
  return runs;
}

template <class T>
struct Torch {
  io::SafeTensors file = io::load_safetensors(
      repository("tests/golden/torch_optimizers_" + std::string(name(dtype_of<T>)) + ".safetensors"));
  json shapes = json::parse(file.metadata.at("parameters"));
  std::vector<int> kept = json::parse(file.metadata.at("steps")).get<std::vector<int>>();
  std::vector<Run> runs = runs_of(file);

  template <class Next>
  NamedTensors tensors(Next&& next) const {
    NamedTensors all;
    for (const json& each : shapes) {
      Tensor x = Tensor::empty(Shape(std::vector<std::int64_t>(each[1])), dtype_of<T>);
      T* const to = x.mutable_data<T>();
      for (std::int64_t i = 0; i < x.numel(); ++i) to[i] = static_cast<T>(next());
      all.emplace_back(each[0], x);
    }
    return all;
  }

  // The largest difference of a run with these options, relative to the value or, if larger, to its first
  // one.
  double error(const Run& run, const json& options) const {
    golden::Numbers numbers;
    NamedTensors parameters = tensors([&] {
      const T x = static_cast<T>(numbers());
      return x + static_cast<T>(x >= 0 ? 0.5 : -0.5);
    });
    V start, rows;
    const auto append = [&](V& to) {
      for (const auto& [key, parameter] : parameters)
        for (const T x : parameter.template to_vector<T>()) to.push_back(double{x});
    };
    append(start);
    for (auto& [key, parameter] : parameters) parameter.set_requires_grad();
    const auto optimizer = make(run.kind, options, parameters);
    for (int step = 1; step <= options["steps"]; ++step) {
      int i = 0;
      NamedTensors gradients = tensors([&] {
        const double x = numbers();
        ++i;
        return (step + i - 1) % 7 == 0 ? 0 : (step + i - 1) % 11 == 0 ? std::ldexp(x, -27) : x;
      });
      for (std::size_t k = 0; k < parameters.size(); ++k) {
        const std::string& key = parameters[k].first;
        const bool none = options.contains("missing") && (key == "never" || (key == "late" && step < 5) ||
                                                          (key == "matrix" && step % 3 == 1));
        parameters[k].second.set_grad(none ? Tensor() : gradients[k].second);
      }
      for (const json& change : options.value("rates", json::array()))
        if (change[0] == step) optimizer->set_learning_rate(change[1].get<double>());
      optimizer->step();
      if (std::find(kept.begin(), kept.end(), step) != kept.end()) append(rows);
    }
    if (rows.size() != run.wanted.size()) return INFINITY;
    double worst = 0;
    for (std::size_t k = 0; k < rows.size(); ++k) {
      const double want = run.wanted[k], scale = std::max(std::abs(want), std::abs(start[k % start.size()]));
      const double here = std::abs(rows[k] - want) / scale;
      worst = std::isnan(here) ? INFINITY : std::max(worst, here);
    }
    return worst;
  }
};

// With TAPER_PRINT_GOLDEN set, the test prints its figures, which tests/golden/figures.py reads.
template <class T>
void compare() {
  const Torch<T> torch;
  std::map<std::string, int> count;
  for (const Run& run : torch.runs) {
    INFO(run.name);
    ++count[run.kind];
    const double error = torch.error(run, run.options);
    CHECK(error <= (sizeof(T) == 8 ? 1e-12 : 1e-6));
    if (std::getenv("TAPER_PRINT_GOLDEN") != nullptr)
      std::cout << "torch_optimizers\t" << sizeof(T) * 8 << '\t' << error << '\t' << run.name << '\n';
  }
  for (const std::string& kind : kinds) CHECK(count[kind] == 50);
}

Tensor parameter(std::initializer_list<double> list) {
  return from_data<double>(list, {static_cast<std::int64_t>(list.size())}).set_requires_grad();
}

NamedTensors some_parameters() {
  return {{"vector", noise({5}, 1).set_requires_grad()},
          {"matrix", noise({3, 4}, 2, float64).set_requires_grad()},
          {"scalar", noise({}, 4).set_requires_grad()}};
}

// In some steps some have no gradients.
void steps(optim::Optimizer& optimizer, int first, int last) {
  for (int step = first; step < last; ++step) {
    std::uint32_t seed = static_cast<std::uint32_t>(step) * 100;
    for (auto [name, parameter] : optimizer.parameters()) {
      ++seed;
      const bool none = name == "vector" ? step % 3 == 0 : name == "scalar" && step < 4;
      parameter.set_grad(none ? Tensor() : noise(parameter.shape(), seed, parameter.dtype()));
    }
    optimizer.step();
  }
}

V values(const NamedTensors& tensors) {
  V all;
  for (const auto& [name, tensor] : tensors)
    for (const double x : to(tensor.detach(), float64).to_vector<double>()) all.push_back(x);
  return all;
}

NamedTensors copies(const NamedTensors& parameters) {
  NamedTensors result;
  for (const auto& [name, tensor] : parameters)
    result.emplace_back(name, clone(tensor.detach()).set_requires_grad());
  return result;
}

}  // namespace

TEST_CASE("the generation pytorch gives PyTorch's values in float64") { compare<double>(); }
TEST_CASE("the generation pytorch gives PyTorch's values in float32") { compare<float>(); }

TEST_CASE("each of PyTorch's options changes a result") {
  const Torch<double> torch;
  std::map<std::string, double> changed;
  for (const Run& run : torch.runs)
    for (const auto& [option, value] : run.options.items()) {
      if (option == "steps" || (option == "momentum" && run.options.contains("nesterov"))) continue;
      json fewer = run.options;
      fewer.erase(option);
      double& largest = changed[run.kind + " " + option];
      largest = std::max(largest, torch.error(run, fewer));
    }
  CHECK(changed.size() > 40);
  for (const auto& [option, error] : changed) {
    INFO(option);
    CHECK(error > 1e-6);
  }
}

TEST_CASE("100 steps of training end with PyTorch's weights, for each optimizer") {
  const std::vector<Run> runs =
      runs_of(io::load_safetensors(repository("tests/golden/torch_training.safetensors")));
  REQUIRE(runs.size() == kinds.size());
  for (const Run& run : runs) {
    INFO(run.name);
    golden::Numbers numbers;
    const auto drawn = [&](const Shape& shape) {
      Tensor x = Tensor::empty(shape, float64);
      for (std::int64_t i = 0; i < x.numel(); ++i) x.mutable_data<double>()[i] = numbers();
      return x;
    };
    const Tensor inputs = drawn({64, 8});
    const Tensor labels = argmax(sin(3 * slice(inputs, 1, 0, 4)) + square(slice(inputs, 1, 4, 8)), 1);
    std::vector<Tensor> weights;
    for (const Shape& shape : {Shape{16, 8}, Shape{16}, Shape{4, 16}, Shape{4}})
      weights.push_back((drawn(shape) / 2).detach().set_requires_grad());
    const auto optimizer = make(run.kind, run.options, weights);
    V losses;
    for (int step = 0; step < 100; ++step) {
      const int begin = step * 16 % 64;
      losses.push_back(optimizer
                           ->minimize([&] {
                             const Tensor hidden =
                                 tanh(linear(slice(inputs, 0, begin, begin + 16), weights[0], weights[1]));
                             return cross_entropy(linear(hidden, weights[2], weights[3]),
                                                  slice(labels, 0, begin, begin + 16));
                           })
                           .item<double>());
    }
    V own;
    for (const Tensor& each : weights)
      for (const double x : each.to_vector<double>()) own.push_back(x);
    own.insert(own.end(), losses.begin(), losses.end());
    REQUIRE(own.size() == run.wanted.size());
    double worst = 0;
    for (std::size_t i = 0; i < own.size(); ++i) worst = std::max(worst, std::abs(own[i] - run.wanted[i]));
    CHECK(worst < 1e-11);
    CHECK(losses.back() < 0.8 * losses.front());
    if (std::getenv("TAPER_PRINT_GOLDEN") != nullptr)
      std::cout << "torch_training\t64\t" << worst << '\t' << run.name << '\n';
  }
}

TEST_CASE("presets have PyTorch's defaults") {
  const optim::AdamOptions adam = pytorch::adam({.lr = 0.01, .betas = {0.8, 0.99}});
  CHECK(adam.learning_rate(0) == 0.01);
  CHECK(adam.beta_1 == 0.8);
  CHECK(adam.beta_2 == 0.99);
  CHECK(adam.epsilon == 1e-8);
  CHECK(adam.generation == optim::Generation::pytorch);
  CHECK(pytorch::sgd().learning_rate(0) == 1e-3);
  CHECK(pytorch::adamw().weight_decay == 0.01);
  CHECK(pytorch::rmsprop().rho == 0.99);
  CHECK(pytorch::adagrad().epsilon == 1e-10);
  CHECK(pytorch::adadelta().learning_rate(0) == 1);
  CHECK(pytorch::adamax().learning_rate(0) == 2e-3);
  CHECK(pytorch::nadam().momentum_decay == 4e-3);
  optim::AdamW with_more(some_parameters(), [] {
    auto options =
        pytorch::adamw({.lr = optim::CosineDecay({.initial_learning_rate = 1e-3, .decay_steps = 10})});
    options.clipnorm = 1;
    return options;
  }());
  steps(with_more, 0, 3);
}

TEST_CASE("the generation pytorch goes on from its state bit for bit, and from its configuration") {
  for (const std::string& kind : kinds)
    for (const bool shared : {false, true}) {
      INFO(kind << shared);
      auto made = make(kind, all_options(kind), some_parameters());
      json config = json::parse(made->get_config());
      CHECK(config["generation"] == "pytorch");
      if (shared) config.update({{"use_ema", true}, {"gradient_accumulation_steps", 2}, {"clipnorm", 0.5}});
      const auto again = [&](const NamedTensors& parameters) {
        return optim::get(made->name(), parameters, config.dump());
      };
      const auto straight = again(some_parameters());
      CHECK(json::parse(straight->get_config()) == config);
      CHECK(serialize(*optim::from_config(serialize(*straight), some_parameters())) == serialize(*straight));
      steps(*straight, 0, 7);
      const auto resumed = again(copies(straight->parameters()));
      resumed->load_state_dict(straight->state_dict());
      CHECK(values(resumed->state_dict()) == values(straight->state_dict()));
      steps(*straight, 7, 14);
      steps(*resumed, 7, 14);
      CHECK(values(resumed->parameters()) == values(straight->parameters()));
      CHECK(values(resumed->state_dict()) == values(straight->state_dict()));

      // Each parameter has counted its own updates.
      std::map<std::string, std::int64_t> counted;
      for (const auto& [name, tensor] : straight->state_dict())
        if (name.ends_with("_step")) counted[name] = tensor.item<std::int64_t>();
      CHECK(counted.at("matrix_step") == (shared ? 7 : 14));
      CHECK(counted.at("scalar_step") == (shared ? 5 : 10));
    }
}

TEST_CASE("a state of another generation is refused, whole") {
  for (const std::string& kind : kinds) {
    INFO(kind);
    const auto torch = make(kind, all_options(kind), some_parameters());
    json config = json::parse(torch->get_config());
    for (const char* const key :
         {"generation", "dampening", "decoupled_weight_decay", "lr_decay", "momentum_decay"})
      config.erase(key);
    const auto keras = optim::get(torch->name(), some_parameters(), config.dump());
    steps(*torch, 0, 4);
    steps(*keras, 0, 4);
    const V before_torch = values(torch->state_dict()), before_keras = values(keras->state_dict());
    CHECK_THROWS_WITH(torch->load_state_dict(keras->state_dict()),
                      ContainsSubstring("missing: \"vector_step\""));
    CHECK_THROWS_WITH(keras->load_state_dict(torch->state_dict()), ContainsSubstring("\"vector_step\""));
    CHECK(values(torch->state_dict()) == before_torch);
    CHECK(values(keras->state_dict()) == before_keras);
  }
  optim::Adam adam({{"w", parameter({1})}}, pytorch::adam());
  NamedTensors state = adam.state_dict();
  for (const std::int64_t count : {std::int64_t{-1}, std::int64_t{1} << 62}) {
    for (auto& [name, tensor] : state)
      if (name == "w_step") tensor = full({}, static_cast<double>(count), int64);
    CHECK_THROWS_WITH(adam.load_state_dict(state),
                      ContainsSubstring("w_step must not be negative, nor above 2^53"));
  }
}

TEST_CASE("the counts of updates follow a parameter to another dtype") {
  nn::Linear a({.in_features = 3, .out_features = 2}), b({.in_features = 3, .out_features = 2});
  b.load_state_dict(a.state_dict());
  b.to(float64);
  optim::Adam first(a, pytorch::adam({.lr = 0.1})), second(b, pytorch::adam({.lr = 0.1}));
  steps(first, 0, 3);
  a.to(float64);
  steps(first, 3, 6);
  steps(second, 0, 6);
  const V one = values(a.named_parameters()), other = values(b.named_parameters());
  for (std::size_t i = 0; i < one.size(); ++i) CHECK(std::abs(one[i] - other[i]) < 1e-5);
}

TEST_CASE("options that only PyTorch has, and generations that do not have the optimizer") {
  const auto refused = [](auto&& make, const char* text) {
    CHECK_THROWS_AS(make(), ValueError);
    CHECK_THROWS_WITH(make(), ContainsSubstring(text));
  };
  const Tensor w = parameter({1});
  using optim::Generation;
  refused([&] { optim::SGD({w}, {.momentum = 0.5, .dampening = 0.1}); },
          "SGD: only the generation pytorch has the option dampening, got keras_3 and 0.1");
  refused([&] { optim::Adam({w}, {.decoupled_weight_decay = true}); }, "the option decoupled_weight_decay");
  refused([&] { optim::Adagrad({w}, {.lr_decay = 1, .generation = Generation::tf_keras_2_3}); },
          "the option lr_decay, got tf_keras_2_3");
  refused([&] { optim::Nadam({w}, {.momentum_decay = 1}); }, "the option momentum_decay");
  refused([&] { optim::SGD({w}, pytorch::sgd({.nesterov = true})); }, "nesterov needs a momentum");
  refused([&] { optim::SGD({w}, pytorch::sgd({.momentum = 0.9, .dampening = 0.5, .nesterov = true})); },
          "and no dampening in the generation pytorch, got 0.9 and 0.5");
  refused([&] { optim::Adagrad({w}, pytorch::adagrad({.lr_decay = -1})); }, "lr_decay must be");
  refused([&] { optim::Nadam({w}, pytorch::nadam({.momentum_decay = -1})); }, "momentum_decay must be");
  refused([&] { optim::SGD({w}, pytorch::sgd({.dampening = INFINITY})); }, "dampening must be");
  refused([&] { optim::Ftrl({w}, {.generation = Generation::pytorch}); }, "PyTorch has no Ftrl");
  refused([&] { optim::AdamW({w}, {.generation = Generation::tf_keras_2_3}); }, "tf.keras 2.3 has no AdamW");
  // Keras would not know the keys.
  const json config = json::parse(optim::SGD({w}).get_config());
  CHECK(!config.contains("dampening"));
  CHECK(!config.contains("maximize"));
  CHECK(json::parse(optim::SGD({w}, {.maximize = true}).get_config())["maximize"] == true);
}

TEST_CASE("maximize turns the gradients around, with and without a kernel") {
  struct Descent : optim::Optimizer {
    using Optimizer::Optimizer;
    Tensor update(const Tensor& x, const Tensor& g, optim::Step& at) override {
      return x - at.learning_rate * g;
    }
  };
  const auto check = [](auto&& make) {
    for (const bool clipped : {false, true})
      for (const int accumulated : {0, 2}) {
        Tensor up = parameter({1, 2}), down = parameter({1, 2});
        optim::OptimizerOptions options{.learning_rate = 0.5,
                                        .weight_decay = 0.01,
                                        .clipnorm = clipped ? 0.25 : 0,
                                        .gradient_accumulation_steps = accumulated};
        const auto minimizer = make(down, options);
        options.maximize = true;
        const auto maximizer = make(up, options);
        for (int step = 0; step < 4; ++step) {
          up.set_grad(from_data<double>({1., -3.}, {2}));
          down.set_grad(from_data<double>({-1., 3.}, {2}));
          maximizer->step();
          minimizer->step();
        }
        CHECK(up.to_vector<double>() == down.to_vector<double>());
        CHECK(up.to_vector<double>()[0] > 1);
      }
  };
  check([](const Tensor& w, const optim::OptimizerOptions& options) {
    return std::make_unique<Descent>(std::vector<Tensor>{w}, options);
  });
  check([](const Tensor& w, const optim::OptimizerOptions& options) {
    return std::make_unique<optim::SGD>(
        std::vector<Tensor>{w},
        optim::SGDOptions{.learning_rate = 0.5,
                          .weight_decay = 0.01,
                          .clipnorm = options.clipnorm,
                          .gradient_accumulation_steps = options.gradient_accumulation_steps,
                          .maximize = options.maximize});
  });
}

namespace {

// A model of its own, which knows nothing of modules.
struct Line {
  Tensor slope = parameter({1}), offset = parameter({0});
  NamedTensors named_parameters() const { return {{"slope", slope}, {"offset", offset}}; }
};

// Adds both ways of decaying to a rule without a kernel.
struct OwnDescent : optim::Optimizer {
  OwnDescent(const optim::Parameters& parameters, bool coupled)
      : Optimizer(parameters, {.learning_rate = 0.5, .weight_decay = 0.25}), coupled(coupled) {}
  optim::Generation generation() const override { return optim::Generation::pytorch; }
  bool couples_decay() const override { return coupled; }
  Tensor update(const Tensor& x, const Tensor& g, optim::Step& at) override {
    return x - at.learning_rate * g * static_cast<double>(update_number(at));
  }
  bool coupled;
};

}  // namespace

TEST_CASE("an optimizer takes what names its parameters") {
  Line line;
  optim::SGD sgd(line, {.learning_rate = 0.5});
  CHECK(sgd.parameters()[1].first == "offset");
  line.slope.set_grad(ones({1}, float64));
  sgd.step();
  CHECK(line.slope.to_vector<double>() == V{0.5});
  const nn::Linear layer({.in_features = 2, .out_features = 2});
  optim::Adam adam(layer);
  CHECK(adam.parameters()[0].first == "weight");
  optim::Adam groups({{.parameters = line, .learning_rate = 0.1}, {.parameters = layer}});
  CHECK(groups.parameters().size() == 4);
}

TEST_CASE("a rule of one's own may follow PyTorch's conventions") {
  for (const bool coupled : {false, true}) {
    Tensor w = parameter({4});
    OwnDescent own({{"w", w}}, coupled);
    w.set_grad(ones({1}, float64));
    own.step();
    CHECK(w.to_vector<double>() == V{coupled ? 4 - 0.5 * (1 + 1) : 4 * (1 - 0.125) - 0.5});
    CHECK(own.state_dict().back().first == "w_step");
    OwnDescent again({{"w", w}}, coupled);
    again.load_state_dict(own.state_dict());
    w.set_grad(zeros({1}, float64));
    const double before = w.to_vector<double>()[0];
    again.step();  // the second update
    CHECK(w.to_vector<double>() == V{coupled ? before - 0.5 * 0.25 * before * 2 : before * (1 - 0.125)});
  }
}
