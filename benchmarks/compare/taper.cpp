// The workloads on Taper.
#include <memory>

#include "contender.h"
#include "functions.h"
#include "tensor_functions.h"
#include <taper/taper.h>

namespace comparison {
namespace {

using namespace taper;

template <class Body>
Measure timed(Body body) {
  return comparison::timed([] {}, body);
}

nn::Sequential network(const std::vector<Layer>& layers) {
  nn::Sequential model;
  bool flat = layers.front().kernel == 0;
  for (const Layer& layer : layers) {
    const Activation activation = layer.activation == "relu" ? Activation::relu : Activation::none;
    if (layer.kernel > 0) {
      model.push_back(
          nn::Conv2d(layer.in, layer.out, layer.kernel,
                     {.padding = layer.padding, .activation = activation, .max_pool = layer.pool}));
    } else {
      if (!flat) model.push_back(nn::Flatten());
      flat = true;
      model.push_back(nn::Linear(layer.in, layer.out, {.activation = activation}));
    }
    if (layer.activation == "sigmoid") model.push_back(nn::Sigmoid());
    if (layer.dropout > 0) model.push_back(nn::Dropout(layer.dropout));
  }
  return model;
}

std::unique_ptr<optim::Optimizer> optimizer(const std::string& name, const nn::Sequential& model) {
  if (name == "adam")
    return std::make_unique<optim::Adam>(model.parameters(), optim::AdamOptions{.learning_rate = 1e-3});
  return std::make_unique<optim::Momentum>(model.parameters(), optim::MomentumOptions{.learning_rate = 0.01});
}

Measure make(const Training& t) {
  struct State {
    nn::Sequential model;
    std::unique_ptr<optim::Optimizer> optimizer;
    Tensor inputs, labels, order;
    std::int64_t next = 0;
  };
  nn::Sequential model = network(t.layers);
  Shape shape{t.samples()};
  for (const std::int64_t extent : t.input) shape.push_back(extent);
  const auto state = std::make_shared<State>(State{model, optimizer(t.optimizer, model), uniform(shape),
                                                   random_integers({t.samples()}, 0, t.classes()),
                                                   permutation(t.samples())});
  return timed([state, batch = t.batch, samples = t.samples()] {
    if (state->next + batch > samples) state->next = 0;
    const Tensor rows = slice(state->order, 0, state->next, state->next + batch);
    state->next += batch;
    state->optimizer->zero_grad();
    const Tensor outputs = state->model(index_select(state->inputs, 0, rows));
    cross_entropy(outputs, index_select(state->labels, 0, rows)).backward();
    state->optimizer->step();
  });
}

Measure make(const Small& small) {
  const Tensor a = uniform({8, 8}).set_requires_grad(small.kind != Small::Kind::add), b = uniform({8, 8});
  if (small.kind == Small::Kind::backward) return timed([a, b] { sum(a * b + b).backward(); });
  return timed([a, b] { const Tensor c = a + b; });
}

Measure make(const Product& p) {
  const Tensor a = p.a_transposed ? transpose(uniform({p.k, p.m})) : uniform({p.m, p.k}),
               b = p.b_transposed ? transpose(uniform({p.n, p.k})) : uniform({p.k, p.n});
  return timed([a, b] { const Tensor c = matmul(a, b); });
}

Measure make(const Convolution& c) {
  const Conv2dOptions options{.stride = c.stride, .padding = c.padding, .groups = c.groups};
  const Tensor x = uniform({c.batch, c.in, c.size, c.size}),
               w = uniform({c.out, c.in / c.groups, c.kernel, c.kernel}),
               g = uniform({c.batch, c.out, c.out_size(), c.out_size()});
  switch (c.pass) {
    case Convolution::Pass::forward:
      return timed([=] { keep(compute::conv2d("conv2d", x, w, nullptr, options)); });
    case Convolution::Pass::input_gradient:
      return timed([=] { keep(compute::conv2d_input_gradient(g, w, x.shape(), options)); });
    default:
      return timed([=] { keep(compute::conv2d_weight_gradient(x, g, w.shape(), options)); });
  }
}

Measure make(const Elementwise& e) {
  const Tensor x = uniform({e.rows, e.columns}), y = uniform({e.rows, e.columns});
  return timed([x, y, columns = e.columns, function = function<Tensor>(e.operation)] {
    const Tensor result = function(x, y, columns);
  });
}

Measure make(const FunctionCall& call) {
  static const auto functions = tensor_functions<Tensor>({
      {"std", [](const FunctionOperands<Tensor>& in) { stddev(in.x); }},
      {"pad",
       [](const FunctionOperands<Tensor>& in) {
         pad(in.m, {{1, 1}, {2, 2}});
       }},
  });
  const std::int64_t rows = call.rows(), columns = call.columns(), side = call.count == 1000 ? 10 : 100;
  const Tensor x = uniform({call.count}), m = reshape(x, {rows, columns});
  const FunctionOperands<Tensor> in{.x = x,
                                    .m = m,
                                    .places = random_integers({rows, columns}, 0, columns),
                                    .rows = random_integers({rows}, 0, rows),
                                    .mask = m < 0,
                                    .batch_a = reshape(x, {-1, side, side}),
                                    .batch_b = reshape(x, {-1, side, side}),
                                    .vector = slice(x, 0, 0, side * side / 10),
                                    .tall = slice(reshape(x, {-1, side}), 0, 0, 1000)};
  return timed([in, function = functions.at(call.function)] { function(in); });
}

const Registration registration({"taper", "", [](const Workload& workload, int threads) {
                                   set_num_threads(threads);
                                   manual_seed(1);
                                   return std::visit([](const auto& work) { return make(work); },
                                                     workload.work);
                                 }});

}  // namespace
}  // namespace comparison
