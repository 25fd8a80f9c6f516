// A network that Keras trained, trained again: the same weights, batches and steps.
#include <algorithm>
#include <cmath>

#include <catch.h>

#include <taper/taper.h>

using namespace taper;

namespace {

constexpr int steps = 300, examples = 64, batch = 16;

struct Golden {
  io::SafeTensors file = io::load_safetensors(TAPER_SOURCE_DIR "/tests/golden/keras_training.safetensors");
  Tensor get(const std::string& name) const {
    for (const auto& [key, tensor] : file.tensors)
      if (key == name) return tensor;
    throw ValueError(name);
  }
};

// Copies Keras's weights; its kernels are [in, out].
void set(Tensor to, const Tensor& from) {
  const std::vector<double> values = (from.rank() == 2 ? transpose(from) : from).to_vector<double>();
  std::copy(values.begin(), values.end(), to.mutable_data<double>());
}

double distance(const Tensor& own, const Tensor& keras) {
  return max(abs(own.detach() - (keras.rank() == 2 ? transpose(keras) : keras))).item<double>();
}

}  // namespace

TEST_CASE("300 steps of training end with Keras's weights") {
  const Golden golden;
  nn::Linear first({.in_features = 8, .out_features = 16, .dtype = float64}),
      second({.in_features = 16, .out_features = 4, .dtype = float64});
  const std::vector<std::pair<std::string, Tensor>> weights = {{"0.kernel", first.weight},
                                                               {"0.bias", first.bias},
                                                               {"1.kernel", second.weight},
                                                               {"1.bias", second.bias}};
  for (const auto& [name, weight] : weights) {
    set(weight, golden.get("before." + name));
    CHECK(distance(weight, golden.get("before." + name)) == 0);
    CHECK(distance(weight, golden.get("after." + name)) > 0.1);
  }
  const Tensor inputs = golden.get("inputs"), targets = to(golden.get("targets"), int64);
  const std::vector<double> losses = golden.get("losses").to_vector<double>();
  REQUIRE(losses.size() == steps);
  CHECK(losses.back() < 0.3 * losses.front());

  optim::Adam adam(weights, {.learning_rate = optim::ExponentialDecay(
                                 {.initial_learning_rate = 0.02, .decay_steps = 50, .decay_rate = 0.8})});
  double worst = 0;
  for (int step = 0; step < steps; ++step) {
    const int begin = step * batch % examples;
    const double loss = adam.minimize([&] {
                              const Tensor x = slice(inputs, 0, begin, begin + batch);
                              const Tensor y = slice(targets, 0, begin, begin + batch);
                              return cross_entropy(second(tanh(first(x))), y);
                            })
                            .item<double>();
    worst = std::max(worst, std::abs(loss - losses[static_cast<std::size_t>(step)]));
  }
  CHECK(worst < 1e-9);
  for (const auto& [name, weight] : weights) CHECK(distance(weight, golden.get("after." + name)) < 1e-9);
}
