// The workloads on libtorch's C++ API.
#include <torch/torch.h>

#include "workload.h"

namespace compare {
namespace {

struct Mlp : torch::nn::Module {
  Mlp() {
    register_module("hidden", hidden);
    register_module("out", out);
  }
  torch::Tensor forward(const torch::Tensor& x) { return out(torch::relu(hidden(x.flatten(1)))); }
  torch::nn::Linear hidden{784, 128}, out{128, 10};
};

struct ConvNet : torch::nn::Module {
  ConvNet() {
    register_module("conv1", conv1);
    register_module("conv2", conv2);
    register_module("dropout", dropout);
    register_module("out", out);
  }
  torch::Tensor forward(torch::Tensor x) {
    x = torch::max_pool2d(torch::relu(conv1(x)), 2);
    x = torch::max_pool2d(torch::relu(conv2(x)), 2);
    return out(dropout(x.flatten(1)));
  }
  torch::nn::Conv2d conv1{torch::nn::Conv2dOptions(1, 32, 3).padding(1)};
  torch::nn::Conv2d conv2{torch::nn::Conv2dOptions(32, 64, 3).padding(1)};
  torch::nn::Dropout dropout{0.5};
  torch::nn::Linear out{3136, 10};
};

template <class Model>
Task training(const Workload& workload, const Data& data) {
  struct State {
    Model model;
    torch::optim::Adam adam{model.parameters(), torch::optim::AdamOptions(1e-3)};
    torch::Tensor images, labels, order;
    std::int64_t next = 0;
  };
  const auto state = std::make_shared<State>();
  state->images = torch::tensor(torch::ArrayRef<float>(data.images)).reshape({data.count, 1, 28, 28});
  state->labels = torch::tensor(torch::ArrayRef<std::int64_t>(data.labels));
  state->order = torch::randperm(data.count);
  return [state, workload, count = data.count] {
    for (std::int64_t i = 0; i < workload.repeats; ++i) {
      if (state->next + workload.batch > count) state->next = 0;
      const torch::Tensor rows = state->order.slice(0, state->next, state->next + workload.batch);
      state->next += workload.batch;
      state->adam.zero_grad();
      const torch::Tensor logits = state->model.forward(state->images.index_select(0, rows));
      torch::nn::functional::cross_entropy(logits, state->labels.index_select(0, rows)).backward();
      state->adam.step();
    }
  };
}

}  // namespace

Task torch_task(const Workload& workload, const Data& data, int threads) {
  torch::set_num_threads(threads);
  torch::manual_seed(1);
  switch (workload.kind) {
    case Workload::Kind::mlp:
      return training<Mlp>(workload, data);
    case Workload::Kind::convnet:
      return training<ConvNet>(workload, data);
    default:
      break;
  }
  const bool recorded = workload.kind == Workload::Kind::add_recorded;
  const torch::Tensor a = torch::rand({8, 8}, torch::requires_grad(recorded)), b = torch::rand({8, 8});
  return [a, b, repeats = workload.repeats] {
    for (std::int64_t i = 0; i < repeats; ++i) torch::Tensor c = a + b;
  };
}

}  // namespace compare
