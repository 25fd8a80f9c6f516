// Attacks on what all threads share: tables of kernels, the generator, the pool, tensors, modules, files.
#include <atomic>
#include <memory>
#include <set>

#include <catch.h>
#include <temporary_directory.h>

#include "at_once.h"
#include <taper/autograd/autograd.h>
#include <taper/io/safetensors.h>
#include <taper/nn/nn.h>
#include <taper/optim/optim.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>
#include <taper/tensor/memory.h>

using namespace taper;

namespace {

using Bits = std::vector<float>;

Bits bits_of(const std::vector<Tensor>& tensors) {
  Bits all;
  for (const Tensor& tensor : tensors)
    for (const float value : tensor.to_vector<float>()) all.push_back(value);
  return all;
}

// A network trained for some steps: uses every table of kernels.
Bits train(int steps) {
  Generator generator(3);
  const nn::Initializer initialize = [&](const Tensor& x, Generator&) { nn::init::he_normal(x, generator); };
  const nn::Sequential model(
      nn::Conv2d(1, 4, 3, {.weight_initializer = initialize, .bias_initializer = nn::init::zeros}),
      nn::BatchNorm2d(4), nn::ReLU(), nn::MaxPool2d({}), nn::Flatten(),
      nn::Linear(36, 3, {.weight_initializer = initialize, .bias_initializer = nn::init::zeros}));
  optim::Adam adam(model.parameters(), {.learning_rate = 0.01});
  nn::Sequential network = model;
  for (int i = 0; i < steps; ++i)
    adam.minimize([&] {
      const Tensor x = dropout(normal({5, 1, 8, 8}, 0, 1, float32, generator), 0.1, true, generator);
      return cross_entropy(network(x), random_integers({5}, 0, 3, int64, generator));
    });
  return bits_of(model.parameters());
}

// Frees a tensor when its thread ends: after the pool's own lists if it was made before them.
struct AtExit {
  std::vector<Tensor> kept;
};
thread_local AtExit at_exit;

}  // namespace

// As each test has a process of its own under ctest, this is the first use of everything.
TEST_CASE("the first use of everything, by all threads at once") {
  std::vector<Bits> results(6);
  at_once(6, [&](int t) { results[static_cast<std::size_t>(t)] = train(3); });
  for (const Bits& each : results) CHECK(each == train(3));
}

TEST_CASE("models and optimizers of their own in several threads") {
  const Bits expected = train(20);
  at_once(4, [&](int) {
    if (train(20) != expected) throw ValueError("other bits");
  });
}

TEST_CASE("threads draw from the default generator, no block twice") {
  manual_seed(7);
  std::vector<std::vector<std::int64_t>> drawn(4);
  at_once(4, [&](int t) {
    for (int i = 0; i < 50; ++i)
      for (const std::int64_t value :
           random_integers({4}, 0, std::int64_t{1} << 62).to_vector<std::int64_t>())
        drawn[static_cast<std::size_t>(t)].push_back(value);
  });
  std::multiset<std::int64_t> together;
  for (const auto& each : drawn) together.insert(each.begin(), each.end());
  CHECK(std::set<std::int64_t>(together.begin(), together.end()).size() == 800);
  const std::uint64_t blocks = default_generator().position();
  manual_seed(7);
  std::multiset<std::int64_t> alone;
  for (int i = 0; i < 200; ++i)
    for (const std::int64_t value : random_integers({4}, 0, std::int64_t{1} << 62).to_vector<std::int64_t>())
      alone.insert(value);
  CHECK(default_generator().position() == blocks);
  CHECK(alone == together);
}

TEST_CASE("one model serves eight threads in evaluation") {
  struct Server : nn::Layer<Server> {
    nn::Sequential body = child("body", nn::Sequential(nn::Linear(20, 32, {.activation = Activation::relu}),
                                                       nn::BatchNorm1d(32), nn::Dropout()));
    nn::LSTM lstm = child("lstm", nn::LSTM(8, 8));
    nn::MultiheadAttention attention = child("attention", nn::MultiheadAttention(8, 2));
    Tensor forward(const Tensor& x) const {
      const Tensor h = lstm(reshape(body(x), {4, -1, 8})).output;
      return attention(h, h, h).output;
    }
  } model;
  model.eval();
  const Tensor x = normal({50, 20});
  const NoGrad guard;
  const std::vector<float> expected = model(x).to_vector<float>();
  at_once(8, [&](int t) {
    const NoGrad no_grad;
    for (int i = 0; i < 5; ++i)
      if (model(x).to_vector<float>() != expected) throw ValueError("other bits");
    // Errors name their own thread's layers.
    try {
      t % 2 == 0 ? model(zeros({2, 3})) : model.body(zeros({2, 3}));
    } catch (const ShapeError& error) {
      if (std::string(error.what()).starts_with("body.0 (Linear)") != (t % 2 == 0))
        throw ValueError(error.what());
      return;
    }
    throw ValueError("no error");
  });
}

TEST_CASE("shared tensors are printed, copied and saved by several threads") {
  const TemporaryDirectory directory;
  const Tensor x = normal({30, 40}).set_requires_grad();
  const std::string text = to_string(x);
  const auto shared = directory.path() / "shared.safetensors";
  at_once(4, [&](int t) {
    const auto own = directory.path() / std::to_string(t);
    for (int i = 0; i < 10; ++i) {
      if (to_string(x) != text) throw ValueError("other text");
      const Tensor copy = transpose(transpose(x)).detach();
      for (const auto& path : {own, shared}) io::save_safetensors(path, {{"x", copy}, {"y", x.detach()}});
      for (const auto& path : {own, shared})
        if (io::load_safetensors(path).at("x").to_vector<float>() != x.to_vector<float>())
          throw ValueError("other values");
    }
  });
  CHECK(directory.entries() == 5);  // nothing temporary is left
}

TEST_CASE("tensors die on another thread than they were made on") {
  std::vector<std::vector<Tensor>> made(4);
  std::uint64_t held = 0;
  for (int repeat = 0; repeat < 12; ++repeat) {
    at_once(4, [&](int t) {
      for (int i = 0; i < 300; ++i) made[static_cast<std::size_t>(t)].push_back(ones({8 << (i % 8)}));
    });
    at_once(4, [&](int t) { made[static_cast<std::size_t>((t + 1) % 4)].clear(); });
    if (repeat == 3) held = memory::statistics().bytes_reserved;
  }
  CHECK(memory::statistics().bytes_reserved <= held + held / 2);  // what one frees serves another
}

TEST_CASE("threads end while their tensors live, and their last ones die after the pool's lists") {
  std::vector<Tensor> alive(4);
  at_once(4, [&](int t) {
    at_exit.kept.reserve(1);  // before the thread's first use of the pool
    alive[static_cast<std::size_t>(t)] = full({100}, t) + 1;
    at_exit.kept.push_back(full({100}, t) * 2);
    at_exit.kept.push_back(exp(zeros({100}).set_requires_grad()) * 2);
  });
  for (std::size_t t = 0; t < 4; ++t) CHECK(sum(alive[t]).item<float>() == 100 * (static_cast<float>(t) + 1));
}

TEST_CASE("memory is trimmed while others allocate") {
  at_once(4, [&](int t) {
    for (int i = 0; i < 200; ++i) {
      if (t == 0)
        memory::trim();
      else if (sum(ones({100 << (i % 8)})).item<float>() != static_cast<float>(100 << (i % 8)))
        throw ValueError("wrong sum");
    }
  });
}
