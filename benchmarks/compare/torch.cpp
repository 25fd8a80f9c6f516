// The workloads on libtorch's C++ API.

#include <torch/torch.h>

#include "contender.h"
#include "functions.h"
#include "tensor_functions.h"

extern "C" void openblas_set_num_threads(int) __attribute__((weak));

namespace comparison {
namespace {

using torch::Tensor;
using Step = std::function<Tensor(const Tensor&)>;

template <class Body>
Measure timed(Body body) {
  // More than one thread in BLAS slows libtorch down, and it has its own.
  const auto before = [] {
    if (openblas_set_num_threads != nullptr) openblas_set_num_threads(1);
  };
  return comparison::timed(before, body);
}

std::vector<Step> network(const std::vector<Layer>& layers, std::vector<Tensor>& parameters) {
  std::vector<Step> steps;
  bool flat = layers.front().kernel == 0;
  const auto with_parameters = [&](auto module) {
    for (const Tensor& parameter : module->parameters()) parameters.push_back(parameter);
    steps.push_back([module](const Tensor& x) mutable { return module->forward(x); });
  };
  for (const Layer& layer : layers) {
    if (layer.kernel > 0) {
      const auto options = torch::nn::Conv2dOptions(layer.in, layer.out, layer.kernel).padding(layer.padding);
      with_parameters(torch::nn::Conv2d(options));
    } else {
      if (!flat) steps.push_back([](const Tensor& x) { return x.flatten(1); });
      flat = true;
      with_parameters(torch::nn::Linear(layer.in, layer.out));
    }
    if (layer.activation == "relu") steps.push_back([](const Tensor& x) { return torch::relu(x); });
    if (layer.activation == "sigmoid") steps.push_back([](const Tensor& x) { return torch::sigmoid(x); });
    if (layer.pool > 1)
      steps.push_back([pool = layer.pool](const Tensor& x) { return torch::max_pool2d(x, pool); });
    if (layer.dropout > 0)
      steps.push_back([p = layer.dropout](const Tensor& x) { return torch::dropout(x, p, true); });
  }
  return steps;
}

std::unique_ptr<torch::optim::Optimizer> optimizer(const std::string& name,
                                                   const std::vector<Tensor>& parameters) {
  if (name == "adam")
    return std::make_unique<torch::optim::Adam>(parameters, torch::optim::AdamOptions(1e-3));
  return std::make_unique<torch::optim::SGD>(parameters, torch::optim::SGDOptions(0.01).momentum(0.9));
}

Measure make(const Training& t) {
  struct State {
    std::vector<Step> steps;
    std::unique_ptr<torch::optim::Optimizer> optimizer;
    Tensor inputs, labels, order;
    std::int64_t next = 0;
  };
  const auto state = std::make_shared<State>();
  std::vector<Tensor> parameters;
  state->steps = network(t.layers, parameters);
  state->optimizer = optimizer(t.optimizer, parameters);
  std::vector<std::int64_t> shape = t.input;
  shape.insert(shape.begin(), t.samples());
  state->inputs = torch::rand(shape);
  state->labels = torch::randint(0, t.classes(), {t.samples()}, torch::kInt64);
  state->order = torch::randperm(t.samples());
  return timed([state, batch = t.batch, samples = t.samples()] {
    if (state->next + batch > samples) state->next = 0;
    const Tensor rows = state->order.slice(0, state->next, state->next + batch);
    state->next += batch;
    state->optimizer->zero_grad();
    Tensor x = state->inputs.index_select(0, rows);
    for (const Step& step : state->steps) x = step(x);
    torch::cross_entropy_loss(x, state->labels.index_select(0, rows)).backward();
    state->optimizer->step();
  });
}

Measure make(const Small& small) {
  const bool recorded = small.kind != Small::Kind::add;
  const Tensor a = torch::rand({8, 8}, torch::requires_grad(recorded)), b = torch::rand({8, 8});
  if (small.kind == Small::Kind::backward) return timed([a, b] { (a * b + b).sum().backward(); });
  return timed([a, b] { Tensor c = a + b; });
}

Measure make(const Product& p) {
  const Tensor a = p.a_transposed ? torch::rand({p.k, p.m}).t() : torch::rand({p.m, p.k}),
               b = p.b_transposed ? torch::rand({p.n, p.k}).t() : torch::rand({p.k, p.n});
  return timed([a, b] { Tensor c = torch::mm(a, b); });
}

Measure make(const Convolution& c) {
  const Tensor x = torch::rand({c.batch, c.in, c.size, c.size}),
               w = torch::rand({c.out, c.in / c.groups, c.kernel, c.kernel}),
               g = torch::rand({c.batch, c.out, c.out_size(), c.out_size()});
  if (c.pass == Convolution::Pass::forward)
    return timed([=] {
      torch::NoGradGuard guard;
      Tensor y = torch::conv2d(x, w, {}, c.stride, c.padding, 1, c.groups);
    });
  const bool of_input = c.pass == Convolution::Pass::input_gradient;
  const std::array<std::int64_t, 2> stride{c.stride, c.stride}, padding{c.padding, c.padding};
  return timed([=] {
    keep(torch::convolution_backward(g, x, w, c10::nullopt, stride, padding, {1, 1}, false, {0, 0}, c.groups,
                                     {of_input, !of_input, false}));
  });
}

Measure make(const Elementwise& e) {
  const Tensor x = torch::rand({e.rows, e.columns}), y = torch::rand({e.rows, e.columns});
  return timed([x, y, columns = e.columns, function = function<Tensor>(e.operation)] {
    Tensor result = function(x, y, columns);
  });
}

Measure make(const FunctionCall& call) {
  static const auto functions = tensor_functions<Tensor>({
      {"std", [](const FunctionOperands<Tensor>& in) { torch::std(in.x); }},
      {"pad",
       [](const FunctionOperands<Tensor>& in) {
         torch::constant_pad_nd(in.m, {2, 2, 1, 1});
       }},
  });
  const std::int64_t rows = call.rows(), columns = call.columns(), side = call.count == 1000 ? 10 : 100;
  const Tensor x = torch::rand({call.count}), m = x.reshape({rows, columns});
  const auto integers = torch::TensorOptions().dtype(torch::kInt64);
  const FunctionOperands<Tensor> in{.x = x,
                                    .m = m,
                                    .places = torch::randint(columns, {rows, columns}, integers),
                                    .rows = torch::randint(rows, {rows}, integers),
                                    .mask = m < 0,
                                    .batch_a = x.reshape({-1, side, side}),
                                    .batch_b = x.reshape({-1, side, side}),
                                    .vector = x.slice(0, 0, side * side / 10),
                                    .tall = x.reshape({-1, side}).slice(0, 0, 1000)};
  return timed([in, function = functions.at(call.function)] { function(in); });
}

const Registration registration({"libtorch", TORCH_VERSION, [](const Workload& workload, int threads) {
                                   torch::set_num_threads(threads);
                                   torch::manual_seed(1);
                                   return std::visit([](const auto& work) { return make(work); },
                                                     workload.work);
                                 }});

}  // namespace
}  // namespace comparison
