// A network that Keras trained, trained again: the same weights, batches and steps.
#include <algorithm>
#include <cmath>

#include <catch.h>
#include <repository.h>

#include <taper/taper.h>

using namespace taper;

namespace {

constexpr int steps = 300, examples = 64, batch = 16;

struct Golden {
  io::SafeTensors file = io::load_safetensors(repository("tests/golden/keras_training.safetensors"));
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
  nn::Linear first(8, 16, {.dtype = float64}), second(16, 4, {.dtype = float64});
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

namespace {

// A network with dropout, one part of it computed again for its gradient; and its optimizer.
struct Trained {
  nn::Sequential first{nn::Linear(6, 20), nn::Tanh(), nn::Dropout(0.4)}, last{nn::Linear(20, 1)};
  optim::Adam optimizer{concat_parameters(), {.learning_rate = 0.01}};

  std::vector<std::pair<std::string, Tensor>> concat_parameters() const {
    auto all = first.named_parameters();
    for (const auto& [name, tensor] : last.named_parameters()) all.emplace_back("last." + name, tensor);
    return all;
  }

  // Every shard of a batch draws its own noise and its own dropout.
  void train(const Generator& random, std::int64_t begin, std::int64_t end, const std::vector<int>& shards) {
    for (std::int64_t step = begin; step < end; ++step) {
      const Generator key(random.split(static_cast<std::uint64_t>(step)));
      optimizer.minimize([&] {
        std::vector<Tensor> losses(2);
        for (const int shard : shards) {
          const RandomScope scope(key.split(static_cast<std::uint64_t>(shard)));
          const Tensor x = normal({8, 6});
          const Tensor h = checkpoint([&](const std::vector<Tensor>& in) { return first(in[0]); }, {x});
          losses[static_cast<std::size_t>(shard)] = mse_loss(last(h), sum(x, 1, true));
        }
        return losses[0] + losses[1];
      });
    }
  }

  std::vector<float> weights() const {
    std::vector<float> all;
    for (const auto& [name, tensor] : concat_parameters())
      for (const float x : tensor.to_vector<float>()) all.push_back(x);
    return all;
  }
};

}  // namespace

TEST_CASE("training with a generator for each step is the same after an interruption") {
  const Generator random(17);
  manual_seed(1);
  Trained whole;
  const NamedTensors start_first = whole.first.state_dict(), start_last = whole.last.state_dict();
  NamedTensors begin_first, begin_last;
  for (const auto& [name, x] : start_first) begin_first.emplace_back(name, clone(x));
  for (const auto& [name, x] : start_last) begin_last.emplace_back(name, clone(x));
  whole.train(random, 0, 10, {0, 1});

  Trained before;
  before.first.load_state_dict(begin_first);
  before.last.load_state_dict(begin_last);
  before.train(random, 0, 5, {0, 1});
  CHECK(before.weights() != whole.weights());
  // All else is lost, and other numbers were drawn meanwhile; the shards come in another order.
  manual_seed(99);
  uniform({1234});
  Trained after;
  after.first.load_state_dict(before.first.state_dict());
  after.last.load_state_dict(before.last.state_dict());
  after.optimizer.load_state_dict(before.optimizer.state_dict());
  after.train(Generator(17), 5, 10, {1, 0});
  CHECK(after.weights() == whole.weights());

  Trained other;
  other.first.load_state_dict(begin_first);
  other.last.load_state_dict(begin_last);
  other.train(Generator(18), 0, 10, {0, 1});
  CHECK(other.weights() != whole.weights());
}
