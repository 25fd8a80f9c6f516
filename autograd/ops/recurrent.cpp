// Recurrent cells and sequences. The element-wise part of a step is one operation with its gradient.
#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include <taper/autograd/functional.h>
#include <taper/autograd/ops/activation.h>
#include <taper/autograd/ops/arithmetic.h>
#include <taper/autograd/ops/arrange.h>
#include <taper/autograd/ops/matmul.h>
#include <taper/autograd/ops/recurrent.h>
#include <taper/autograd/ops/shape.h>
#include <taper/autograd/record.h>
#include <taper/tensor/check.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>
#include <taper/tensor/recurrent.h>

namespace taper {
namespace {

// Note [Steps]
// What a cell does between its matrix products is one operation: a pass over the gates computes the new
// state, and a pass the gradients. A gradient that is recorded itself, for higher derivatives, is that of the
// same formulas made of other operations.

// The gradients of `formula` at the inputs of an operation, recorded.
std::vector<Tensor> recorded_gradients(const Backward& at, int inputs, const Tensor& g,
                                       Tensor (*formula)(const std::vector<Tensor>&)) {
  std::vector<Tensor> given;
  given.reserve(static_cast<std::size_t>(inputs));
  for (int i = 0; i < inputs; ++i) given.push_back(at.input(i));
  return vjp(formula, given, g, {.create_graph = true}).gradients;
}

Tensor lstm_formula(const std::vector<Tensor>& in) {
  const auto gates = chunk(in[0] + in[1], 4, -1);
  const Tensor cell = sigmoid(gates[1]) * in[2] + sigmoid(gates[0]) * tanh(gates[2]);
  return stack({sigmoid(gates[3]) * tanh(cell), cell});
}

Tensor gru_formula(const std::vector<Tensor>& in) {
  const auto i = chunk(in[0], 3, -1), j = chunk(in[1], 3, -1);
  const Tensor z = sigmoid(i[1] + j[1]), n = tanh(i[2] + sigmoid(i[0] + j[0]) * j[2]);
  return n + z * (in[2] - n);
}

// [2, ..., hidden]: the hidden state and the cell.
Tensor lstm_states(const Tensor& from_input, const Tensor& from_hidden, const Tensor& cell) {
  const compute::LstmStep step = compute::lstm_step(from_input, from_hidden, cell);
  return record(
      "lstm_cell", save(step.states), {save(from_input), save(from_hidden), save(cell), save(step.gates)},
      [](const Backward& at, const Tensor& g) -> std::vector<Tensor> {
        if (grad_enabled()) {
          std::vector<Tensor> gradients = recorded_gradients(at, 3, g, lstm_formula);
          gradients.emplace_back();
          return gradients;
        }
        const auto [gates, cell] = compute::lstm_step_gradient(g, {at.output(), at.input(3)}, at.input(2));
        return {gates, gates, cell, Tensor()};
      });
}

Tensor gru_state(const Tensor& from_input, const Tensor& from_hidden, const Tensor& state) {
  const compute::GruStep step = compute::gru_step(from_input, from_hidden, state);
  return record("gru_cell", step.state, {save(from_input), save(from_hidden), save(state), save(step.gates)},
                [](const Backward& at, const Tensor& g) -> std::vector<Tensor> {
                  if (grad_enabled()) {
                    std::vector<Tensor> gradients = recorded_gradients(at, 3, g, gru_formula);
                    gradients.emplace_back();
                    return gradients;
                  }
                  const auto [i, j, h] = compute::gru_step_gradient(g, at.input(3), at.input(1), at.input(2));
                  return {i, j, h, Tensor()};
                });
}

// A step of each kind of cell, from what comes from its input: bias_hh is added here only if it can't be
// before.

RecurrentState rnn_step(const Tensor& from_input, const RecurrentState& state, const RecurrentWeights& w,
                        RecurrentActivation activation) {
  const Tensor sum = from_input + linear(state.hidden, w.weight_hh);
  return {activation == RecurrentActivation::tanh ? tanh(sum) : relu(sum), {}};
}

RecurrentState lstm_step(const Tensor& from_input, const RecurrentState& state, const RecurrentWeights& w) {
  const Tensor both = lstm_states(from_input, linear(state.hidden, w.weight_hh), state.cell);
  const Tensor hidden = select(both, 0, 0);
  return {w.weight_hr.defined() ? linear(hidden, w.weight_hr) : hidden, select(both, 0, 1)};
}

RecurrentState gru_step(const Tensor& from_input, const RecurrentState& state, const RecurrentWeights& w) {
  return {gru_state(from_input, linear(state.hidden, w.weight_hh, w.bias_hh), state.hidden), {}};
}

// The same with the reset gate before the product; weights of the gates r and z, and of n.
struct GruResetBefore {
  RecurrentWeights gates, candidate;
  explicit GruResetBefore(const RecurrentWeights& w) {
    const std::int64_t hidden = w.weight_hh.size(1);
    gates.weight_hh = narrow(w.weight_hh, 0, 0, 2 * hidden);
    candidate.weight_hh = narrow(w.weight_hh, 0, 2 * hidden, hidden);
    if (!w.bias_hh.defined()) return;
    gates.bias_hh = narrow(w.bias_hh, 0, 0, 2 * hidden);
    candidate.bias_hh = narrow(w.bias_hh, 0, 2 * hidden, hidden);
  }
  RecurrentState operator()(const Tensor& from_input, const RecurrentState& state) const {
    const Tensor& h = state.hidden;
    const std::int64_t hidden = h.size(-1);
    const Tensor both =
        sigmoid(narrow(from_input, -1, 0, 2 * hidden) + linear(h, gates.weight_hh, gates.bias_hh));
    const Tensor r = narrow(both, -1, 0, hidden), z = narrow(both, -1, hidden, hidden);
    const Tensor n = tanh(narrow(from_input, -1, 2 * hidden, hidden) +
                          linear(r * h, candidate.weight_hh, candidate.bias_hh));
    return {n + z * (h - n), {}};
  }
};

// Both biases, where they are only ever added up.
Tensor sum_of_biases(const RecurrentWeights& w) {
  return !w.bias_hh.defined() ? w.bias_ih : !w.bias_ih.defined() ? w.bias_hh : w.bias_ih + w.bias_hh;
}

Tensor from_input(const Tensor& x, const RecurrentWeights& w, bool is_gru) {
  return linear(x, w.weight_ih, is_gru ? w.bias_ih : sum_of_biases(w));
}

void check_weights(const char* function, const RecurrentWeights& w, std::int64_t gates) {
  compute::check_defined(function, w.weight_ih, "weight_ih");
  compute::check_defined(function, w.weight_hh, "weight_hh");
  const Shape &ih = w.weight_ih.shape(), &hh = w.weight_hh.shape();
  const bool projects = w.weight_hr.defined();
  if (projects && gates != 4)
    throw ValueError(fmt::format("{}: expected no weight_hr, which is an LSTM's alone", function));
  if (ih.rank() != 2 || hh.rank() != 2 || ih[0] != hh[0] || hh[0] % gates != 0 ||
      (!projects && hh[0] / gates != hh[1]))
    throw ShapeError(
        fmt::format("{}: expected weight_ih [{} * hidden, in] and weight_hh [{} * hidden, {}], got {} and {}",
                    function, gates, gates, projects ? "projected" : "hidden", to_string(ih), to_string(hh)));
  if (projects) compute::check_shape(function, w.weight_hr, {hh[1], hh[0] / gates}, "weight_hr");
  for (const Tensor* bias : {&w.bias_ih, &w.bias_hh})
    if (bias->defined())
      compute::check_shape(function, *bias, {ih[0]}, bias == &w.bias_ih ? "bias_ih" : "bias_hh");
  const std::pair<const Tensor*, const char*> others[] = {{&w.weight_hh, "weight_hh"},
                                                          {&w.weight_hr, "weight_hr"},
                                                          {&w.bias_ih, "bias_ih"},
                                                          {&w.bias_hh, "bias_hh"}};
  for (const auto& [tensor, what] : others)
    if (tensor->defined()) compute::check_same_dtype(function, w.weight_ih, *tensor, what);
}

// `leading` are the axes of a state in front of its features.
void check_state(const char* function, const RecurrentState& state, const RecurrentWeights& w,
                 std::int64_t gates, Shape leading) {
  leading.push_back(w.weight_hh.shape()[1]);
  compute::check_defined(function, state.hidden, "the hidden state");
  compute::check_shape(function, state.hidden, leading, "the hidden state");
  compute::check_same_dtype(function, w.weight_ih, state.hidden, "the hidden state");
  if (gates != 4) return;
  leading[-1] = w.weight_hh.shape()[0] / gates;
  compute::check_defined(function, state.cell, "the cell");
  compute::check_shape(function, state.cell, leading, "the cell");
  compute::check_same_dtype(function, w.weight_ih, state.cell, "the cell");
}

void check_input(const char* function, const Tensor& x, const RecurrentWeights& w, std::int64_t gates) {
  compute::check_floating(function, x);
  check_weights(function, w, gates);
  if (x.rank() == 0 || x.shape().back() != w.weight_ih.shape()[1])
    throw ShapeError(fmt::format("{}: expected x [..., in] for a weight_ih [{} * hidden, in], got {} and {}",
                                 function, gates, to_string(x.shape()), to_string(w.weight_ih.shape())));
  compute::check_same_dtype(function, x, w.weight_ih, "weight_ih");
}

void check_cell(const char* function, const Tensor& x, const RecurrentState& state, const RecurrentWeights& w,
                std::int64_t gates) {
  check_input(function, x, w, gates);
  check_state(function, state, w, gates, x.shape().without(x.rank() - 1));
}

// Which steps belong to the sequences: a bool [steps, batch, 1]; undefined if all do. And how many steps all
// have.
struct Steps {
  Tensor present;
  std::int64_t common;
};
Steps steps_of(const char* function, const Tensor& lengths, std::int64_t steps, std::int64_t batch) {
  if (!lengths.defined()) return {{}, steps};
  if (lengths.dtype() != int64)
    throw DTypeError(fmt::format("{}: expected int64 lengths, got {}", function, name(lengths.dtype())));
  compute::check_shape(function, lengths, {batch}, "the lengths");
  std::int64_t common = steps;
  for (const std::int64_t length : lengths.to_vector<std::int64_t>()) {
    if (length < 0 || length > steps)
      throw ValueError(fmt::format("{}: expected lengths from 0 to {}, got {}", function, steps, length));
    common = std::min(common, length);
  }
  if (common == steps) return {{}, steps};
  const NoGrad no_grad;
  return {unsqueeze(unsqueeze(arange(steps), 1) < lengths, -1), common};
}

Tensor zeros_for(const Tensor& state, const Shape& shape, DType dtype) {
  return state.defined() ? state : zeros(shape, dtype);
}

// Note [Sequences]
// All steps' products with weight_ih are one. A step that is behind the end of some sequences leaves their
// states as they are; in reverse these are the first steps, so that each sequence begins with its own last
// one.
template <class Step>
SequenceResult run(const char* function, const Tensor& x, RecurrentState state, const RecurrentWeights& w,
                   std::int64_t gates, const SequenceOptions& options, const Step& step) {
  check_input(function, x, w, gates);
  if (x.rank() != 3)
    throw ShapeError(
        fmt::format("{}: expected x [steps, batch, in], got {}", function, to_string(x.shape())));
  const std::int64_t steps = x.size(0), batch = x.size(1), features = w.weight_hh.size(1);
  state.hidden = zeros_for(state.hidden, {batch, features}, x.dtype());
  if (gates == 4) state.cell = zeros_for(state.cell, {batch, w.weight_hh.size(0) / gates}, x.dtype());
  check_state(function, state, w, gates, {batch});
  const auto [present, common] = steps_of(function, options.lengths, steps, batch);
  if (steps == 0) return {zeros({0, batch, features}, x.dtype()), state.hidden, state.cell};

  const Tensor projected = from_input(x, w, gates == 3);
  std::vector<Tensor> outputs(static_cast<std::size_t>(steps));
  for (std::int64_t i = 0; i < steps; ++i) {
    const std::int64_t t = options.reverse ? steps - 1 - i : i;
    RecurrentState next = step(select(projected, 0, t), state);
    if (t >= common) {
      const Tensor goes_on = select(present, 0, t);
      next.hidden = where(goes_on, next.hidden, state.hidden);
      if (gates == 4) next.cell = where(goes_on, next.cell, state.cell);
    }
    state = next;
    outputs[static_cast<std::size_t>(t)] = state.hidden;
  }
  const Tensor output = stack(outputs);
  return {present.defined() ? where(present, output, 0) : output, state.hidden, state.cell};
}

}  // namespace

Tensor rnn_cell(const Tensor& x, const Tensor& h, const RecurrentWeights& weights,
                RecurrentActivation activation) {
  check_cell("rnn_cell", x, {h, {}}, weights, 1);
  return rnn_step(from_input(x, weights, false), {h, {}}, weights, activation).hidden;
}

RecurrentState lstm_cell(const Tensor& x, const RecurrentState& state, const RecurrentWeights& weights) {
  check_cell("lstm_cell", x, state, weights, 4);
  return lstm_step(from_input(x, weights, false), state, weights);
}

Tensor gru_cell(const Tensor& x, const Tensor& h, const RecurrentWeights& weights,
                const GruOptions& options) {
  check_cell("gru_cell", x, {h, {}}, weights, 3);
  const Tensor projected = from_input(x, weights, true);
  return options.reset_after ? gru_step(projected, {h, {}}, weights).hidden
                             : GruResetBefore(weights)(projected, {h, {}}).hidden;
}

SequenceResult rnn(const Tensor& x, const Tensor& hidden, const RecurrentWeights& weights,
                   RecurrentActivation activation, const SequenceOptions& options) {
  return run("rnn", x, {hidden, {}}, weights, 1, options,
             [&](const Tensor& input, const RecurrentState& state) {
               return rnn_step(input, state, weights, activation);
             });
}

SequenceResult lstm(const Tensor& x, const RecurrentState& state, const RecurrentWeights& weights,
                    const SequenceOptions& options) {
  return run("lstm", x, state, weights, 4, options, [&](const Tensor& input, const RecurrentState& before) {
    return lstm_step(input, before, weights);
  });
}

SequenceResult gru(const Tensor& x, const Tensor& hidden, const RecurrentWeights& weights,
                   const GruOptions& gru_options, const SequenceOptions& options) {
  if (gru_options.reset_after)
    return run(
        "gru", x, {hidden, {}}, weights, 3, options,
        [&](const Tensor& input, const RecurrentState& state) { return gru_step(input, state, weights); });
  check_input("gru", x, weights, 3);
  return run("gru", x, {hidden, {}}, weights, 3, options, GruResetBefore(weights));
}

}  // namespace taper
