// The workloads on Taper.
#include <memory>

#include "workload.h"
#include <taper/taper.h>

namespace compare {
namespace {

using namespace taper;

nn::Sequential mlp() {
  return {nn::Flatten(),
          nn::Linear({.in_features = 784, .out_features = 128, .activation = Activation::relu}),
          nn::Linear({.in_features = 128, .out_features = 10})};
}

nn::Sequential convnet() {
  return {nn::Conv2d({.in_channels = 1,
                      .out_channels = 32,
                      .kernel_size = 3,
                      .padding = 1,
                      .activation = Activation::relu,
                      .max_pool = 2}),
          nn::Conv2d({.in_channels = 32,
                      .out_channels = 64,
                      .kernel_size = 3,
                      .padding = 1,
                      .activation = Activation::relu,
                      .max_pool = 2}),
          nn::Flatten(), nn::Dropout(0.5), nn::Linear({.in_features = 3136, .out_features = 10})};
}

Task training(nn::Sequential (*make)(), const Workload& workload, const Data& data) {
  struct State {
    explicit State(nn::Sequential made) : model(std::move(made)) {}
    nn::Sequential model;
    optim::Adam adam{model.parameters(), {.learning_rate = 1e-3}};
    Tensor images, labels, order;
    std::int64_t next = 0;
  };
  const auto state = std::make_shared<State>(make());
  state->images = from_data(data.images, {data.count, 1, 28, 28});
  state->labels = from_data(data.labels, {data.count});
  state->order = permutation(data.count);
  return [state, workload, count = data.count] {
    for (std::int64_t i = 0; i < workload.repeats; ++i) {
      if (state->next + workload.batch > count) state->next = 0;
      const Tensor rows = slice(state->order, 0, state->next, state->next + workload.batch);
      state->next += workload.batch;
      state->adam.zero_grad();
      const Tensor logits = state->model(index_select(state->images, 0, rows));
      cross_entropy(logits, index_select(state->labels, 0, rows)).backward();
      state->adam.step();
    }
  };
}

}  // namespace

Task taper_task(const Workload& workload, const Data& data, int threads) {
  set_num_threads(threads);
  manual_seed(1);
  switch (workload.kind) {
    case Workload::Kind::mlp:
      return training(mlp, workload, data);
    case Workload::Kind::convnet:
      return training(convnet, workload, data);
    default:
      break;
  }
  const Tensor a = uniform({8, 8}).set_requires_grad(workload.kind == Workload::Kind::add_recorded),
               b = uniform({8, 8});
  return [a, b, repeats = workload.repeats] {
    for (std::int64_t i = 0; i < repeats; ++i) const Tensor c = a + b;
  };
}

}  // namespace compare
