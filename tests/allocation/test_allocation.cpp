// Every allocation of a training step, an evaluation, a save and a load fails once: an error reaches the
// caller, nothing leaks, nothing is left half done, and the next try gives the same bits as if nothing had
// happened.
#include <filesystem>
#include <functional>
#include <memory>
#include <new>
#include <string>

#include <catch.h>
#include <temporary_directory.h>

#include "refusal.h"
#include <taper/autograd/autograd.h>
#include <taper/data/data_loader.h>
#include <taper/data/tensor_dataset.h>
#include <taper/io/safetensors.h>
#include <taper/nn/nn.h>
#include <taper/optim/optim.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>
#include <taper/tensor/memory.h>
#include <taper/tensor/parallel.h>

using namespace taper;

namespace {

using State = std::vector<std::pair<std::string, Tensor>>;
using Bits = std::vector<double>;

Bits bits_of(const State& state) {
  Bits bits;
  for (const auto& [name, tensor] : state)
    for (const double value : to(tensor.detach(), float64).to_vector<double>()) bits.push_back(value);
  return bits;
}

struct Training {
  nn::Sequential model;
  std::unique_ptr<optim::Optimizer> optimizer;
  Tensor images, labels;

  explicit Training(const std::string& optimizer_class, const std::string& config = "{}")
      : model(layers()), images(uniform({6, 1, 6, 6})), labels(random_integers({6}, 0, 3)) {
    optimizer = optim::get(optimizer_class, model.named_parameters(), config);
  }
  static nn::Sequential layers() {
    manual_seed(3);  // so that each is like the others
    return {nn::Conv2d(1, 4, 3, {.activation = Activation::relu}), nn::BatchNorm2d(4), nn::MaxPool2d({}),
            nn::Flatten(), nn::Linear(16, 3)};
  }

  void step() {
    optimizer->minimize([&] { return cross_entropy(model(images), labels); });
  }
  Bits parameters() const { return bits_of(model.named_parameters()); }
  Bits statistics() const { return bits_of(model.named_buffers()); }
  Bits all() const {
    Bits bits = parameters();
    for (const double value : bits_of(optimizer->state_dict())) bits.push_back(value);
    return bits;
  }
};

std::uint64_t pool_in_use() {
  memory::trim();
  return memory::statistics().bytes_reserved;
}

// One thread: oneTBB's own allocations are not ours to refuse.
struct OneThread {
  OneThread() { set_num_threads(1); }
  ~OneThread() { set_num_threads(before); }
  const int before = num_threads();
};

// True if the body fails for want of memory.
bool fails(const std::function<void()>& body, Source source, std::uint64_t n) {
  const Refusal refusal(source, n);
  try {
    body();
    return false;
  } catch (const Error&) {
    return true;
  } catch (const std::bad_alloc&) {
    return true;
  }
}

// A new Subject for each n: prepares it, lets allocation n of body(subject) fail, and calls check(subject);
// until the body needs no more than n - 1. Then nothing may be left of all subjects.
template <class Make, class Body, class Check>
void each_allocation_fails(Make make, Body body, Check check) {
  const OneThread one_thread;
  for (const Source source : {Source::pool, Source::heap, Source::heap_out}) {
    INFO("source " << static_cast<int>(source));
    {  // what is made once and kept
      auto subject = make();
      body(*subject);
      check(*subject);
    }
    const std::uint64_t pool = pool_in_use();
    const std::int64_t blocks = living_blocks();
    std::uint64_t n = 0;
    for (bool failed = true; failed;) {
      auto subject = make();
      failed = fails([&] { body(*subject); }, source, ++n);
      if (!failed) break;
      INFO("allocation " << n);
      check(*subject);
    }
    CHECK(n < 20000);
    CHECK(pool_in_use() == pool);
    CHECK(living_blocks() == blocks);
  }
}

void steps_fail(const std::string& optimizer_class, const std::string& config, int steps_before) {
  INFO(optimizer_class << ' ' << config << " after " << steps_before << " steps");
  const auto make = [&] {
    auto training = std::make_unique<Training>(optimizer_class, config);
    for (int i = 0; i < steps_before; ++i) training->step();
    return training;
  };
  Training plain(optimizer_class, config);
  for (int i = 0; i < steps_before; ++i) plain.step();
  const Bits before = plain.all(), statistics_before = plain.statistics();
  plain.step();
  const Bits after = plain.all(), statistics_after = plain.statistics();

  each_allocation_fails(
      make, [](Training& training) { training.step(); },
      [&](Training& training) {
        const bool done = training.all() != before;
        if (done) REQUIRE(training.all() == after);
        const Bits statistics = training.statistics();
        REQUIRE((statistics == statistics_before || statistics == statistics_after));
        if (done) return;
        training.step();
        REQUIRE(training.all() == after);
      });
}

}  // namespace

TEST_CASE("the refusal refuses") {
  CHECK(fails([] { ::operator delete(::operator new(1)); }, Source::heap, 1));
  CHECK_FALSE(fails([] { ::operator delete(::operator new(1)); }, Source::heap, 2));
  CHECK(fails([] { zeros({3}); }, Source::pool, 1));
  CHECK_FALSE(fails([] { ::operator delete(::operator new(1)); }, Source::pool, 1));
}

TEST_CASE("a training step runs out of memory, with every optimizer") {
  for (const std::string& name : optim::class_names()) steps_fail(name, "{}", 0);
  for (const std::string& name : optim::class_names()) steps_fail(name, "{}", 1);
}

TEST_CASE("a training step runs out of memory, with all that an optimizer can do beside its rule") {
  for (const int steps : {0, 1, 2}) {
    steps_fail("Adam", R"({"use_ema": true, "clipnorm": 0.1, "weight_decay": 0.1})", steps);
    steps_fail("SGD", R"({"gradient_accumulation_steps": 2, "global_clipnorm": 0.1})", steps);
    steps_fail("Muon", R"({"use_ema": true, "ema_overwrite_frequency": 2, "clipvalue": 0.01})", steps);
  }
}

TEST_CASE("an evaluation runs out of memory") {
  Training plain("SGD");
  plain.model.eval();
  const Bits expected = bits_of({{"", plain.model(plain.images)}}), state = bits_of(plain.model.state_dict());
  each_allocation_fails(
      [] {
        auto training = std::make_unique<Training>("SGD");
        training->model.eval();
        return training;
      },
      [](Training& training) {
        const NoGrad guard;
        const Tensor result = training.model(training.images);
      },
      [&](Training& training) {
        REQUIRE(grad_enabled());
        REQUIRE(bits_of({{"", training.model(training.images)}}) == expected);
        REQUIRE(bits_of(training.model.state_dict()) == state);
      });
}

TEST_CASE("saving and loading run out of memory") {
  const TemporaryDirectory directory;
  const auto path = directory / "state.safetensors";
  const auto make = [] {
    auto training = std::make_unique<Training>("Adam");
    training->step();
    return training;
  };
  const auto old = make();
  old->step();
  const State old_state = old->optimizer->state_dict();
  const Bits old_bits = bits_of(old_state), new_bits = bits_of(make()->optimizer->state_dict());

  const auto content = [&] { return bits_of(io::load_safetensors(path).tensors); };
  io::save_safetensors(path, old_state);
  each_allocation_fails(
      make,
      [&](Training& training) {
        io::save_safetensors(path, training.optimizer->state_dict(), {{"epoch", "1"}});
      },
      [&](Training&) {
        REQUIRE(directory.entries() == 1);
        const Bits now = content();
        REQUIRE((now == old_bits || now == new_bits));
        io::save_safetensors(path, old_state);
      });

  io::save_safetensors(path, old_state);
  each_allocation_fails(
      make,
      [&](Training& training) { training.optimizer->load_state_dict(io::load_safetensors(path).tensors); },
      [&](Training& training) {
        const Bits now = bits_of(training.optimizer->state_dict());
        REQUIRE((now == new_bits || now == old_bits));
        training.optimizer->load_state_dict(io::load_safetensors(path).tensors);
        REQUIRE(bits_of(training.optimizer->state_dict()) == old_bits);
      });
}

// Without a configuration as text: the destructor of a JSON value of nlohmann's library allocates.
TEST_CASE("making a model and its optimizer runs out of memory") {
  struct Made {
    std::unique_ptr<nn::Sequential> model;
    std::unique_ptr<optim::Optimizer> optimizer;
  };
  each_allocation_fails([] { return std::make_unique<Made>(); },
                        [](Made& made) {
                          made.model = std::make_unique<nn::Sequential>(Training::layers());
                          made.optimizer = std::make_unique<optim::Muon>(made.model->named_parameters());
                        },
                        [](Made&) {});
}

TEST_CASE("second derivatives, hooks and text run out of memory") {
  const Tensor x = linspace(0.5, 2, 6, float64).set_requires_grad();
  register_hook(x, [](const Tensor& g) { return 2 * g; });
  const auto run = [&] {
    const Tensor slope = grad({sum(log(x) * x)}, {x}, {}, {.create_graph = true})[0];
    const Tensor curvature = grad({sum(square(slope))}, {x})[0];
    return to_string(curvature) + to_dot(slope);
  };
  const std::string expected = to_string(grad({sum(square(x))}, {x})[0]);
  each_allocation_fails([] { return std::make_unique<int>(); }, [&](int&) { run(); },
                        [&](int&) { REQUIRE(to_string(grad({sum(square(x))}, {x})[0]) == expected); });
}

TEST_CASE("an epoch of a loader runs out of memory") {
  const data::TensorDataset dataset({arange(10.), arange(10.)});
  const auto epoch = [](data::DataLoader& loader) {
    Bits seen;
    for (const data::Batch& batch : loader)
      for (const float value : batch[0].to_vector<float>()) seen.push_back(value);
    return seen;
  };
  const auto make = [&] {
    return std::make_unique<data::DataLoader>(
        dataset, data::DataLoaderOptions{.batch_size = 3, .shuffle = true, .seed = 1, .prefetch = 0});
  };
  const Bits expected = epoch(*make());
  each_allocation_fails(
      make, [&](data::DataLoader& loader) { epoch(loader); },
      [&](data::DataLoader& loader) {
        loader.set_epoch(0);
        REQUIRE(epoch(loader) == expected);
      });
}
