// Recurrent cells and sequences. The element-wise part of a step is one operation with its gradient.
#include <algorithm>
#include <array>
#include <vector>

#include <fmt/format.h>

#include <taper/autograd/functional.h>
#include <taper/autograd/ops/activation.h>
#include <taper/autograd/ops/arithmetic.h>
#include <taper/autograd/ops/arrange.h>
#include <taper/autograd/ops/matmul.h>
#include <taper/autograd/ops/recurrent.h>
#include <taper/autograd/ops/reduce.h>
#include <taper/autograd/ops/shape.h>
#include <taper/autograd/record.h>
#include <taper/tensor/check.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>
#include <taper/tensor/matmul.h>
#include <taper/tensor/recurrent.h>

namespace taper {
namespace {

// Note [Steps]
// What a cell does between its matrix products is one operation: a pass over the gates computes the new
// state, and a pass the gradients. A gradient that is recorded itself, for higher derivatives, is that of the
// same formulas made of other operations.

// The gradients of `formula` of some inputs of an operation, recorded; those of the others, of `all`, are
// undefined.
template <class Formula>
std::vector<Tensor> recorded_gradients(const Backward& at, const std::vector<int>& inputs, std::size_t all,
                                       const Tensor& g, Formula formula) {
  std::vector<Tensor> given, result(all);
  given.reserve(inputs.size());
  for (const int i : inputs) given.push_back(at.input(i));
  std::vector<Tensor> gradients = vjp(formula, given, g, {.create_graph = true}).gradients;
  std::size_t next = 0;
  for (const int i : inputs) result[static_cast<std::size_t>(i)] = std::move(gradients[next++]);
  return result;
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

// x[i], x[i][j] without history.
Tensor place(const Tensor& x, std::int64_t i) { return x.alias(x.layout().select("recurrent", 0, i)); }
Tensor place(const Tensor& x, std::int64_t i, std::int64_t j) { return place(place(x, i), j); }

// [2, ..., hidden]: the hidden state and the cell.
Tensor lstm_states(const Tensor& from_input, const Tensor& from_hidden, const Tensor& cell) {
  Shape both = cell.shape();
  both.insert(0, 2);
  const Tensor states = Tensor::empty(both, cell.dtype(), "lstm_cell");
  const Tensor gates = compute::lstm_step(from_input, from_hidden, cell, place(states, 0), place(states, 1));
  return record("lstm_cell", save(states), {save(from_input), save(from_hidden), save(cell), save(gates)},
                [](const Backward& at, const Tensor& g) -> std::vector<Tensor> {
                  if (grad_enabled()) return recorded_gradients(at, {0, 1, 2}, 4, g, lstm_formula);
                  const Tensor gates = empty_like(at.input(3));
                  const Tensor cell = compute::lstm_step_gradient(place(g, 0), place(g, 1), at.input(3),
                                                                  at.input(2), place(at.output(), 1), gates);
                  return {gates, gates, cell, Tensor()};
                });
}

Tensor gru_state(const Tensor& from_input, const Tensor& from_hidden, const Tensor& state) {
  const Tensor next = Tensor::empty(state.shape(), state.dtype(), "gru_cell");
  const Tensor gates = compute::gru_step(from_input, from_hidden, state, next);
  return record("gru_cell", next, {save(from_input), save(from_hidden), save(state), save(gates)},
                [](const Backward& at, const Tensor& g) -> std::vector<Tensor> {
                  if (grad_enabled()) return recorded_gradients(at, {0, 1, 2}, 4, g, gru_formula);
                  const Tensor i = empty_like(at.input(3)), j = empty_like(at.input(3));
                  const Tensor h = compute::gru_step_gradient(g, at.input(3), at.input(1), at.input(2), i, j);
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

// Note [Whole sequences]
// All steps of an LSTM or a GRU are one operation together. What its gradient gains is that the gradient of
// weight_hh is one product over all steps, rather than a sum of one for each.

// What is kept of each step for the gradient: the gates' values, and of a GRU what came from the hidden
// state.
struct Kept {
  std::vector<Tensor> gates, from_hidden;
};

// What a cell does in a step, on values: `states` tensors each of before and after.
struct LstmSteps {
  static constexpr int states = 2;
  static constexpr const char* name = "lstm";
  static void forward(const Tensor& input, const Tensor& hidden, const Tensor* before, const Tensor* after,
                      Kept& kept, std::size_t t) {
    kept.gates[t] = compute::lstm_step(input, hidden, before[1], after[0], after[1]);
  }
  // Writes the gradients of the gates (the same from input and hidden state); g becomes that of the states
  // before, but for what comes through the product.
  static void backward(Tensor* g, const Kept& kept, std::size_t t, const Tensor* before, const Tensor* after,
                       const Tensor&, const Tensor& from_hidden) {
    g[1] = compute::lstm_step_gradient(g[0], g[1], kept.gates[t], before[1], after[1], from_hidden);
    g[0] = Tensor();
  }
  static std::vector<Tensor> formula(const Tensor& input, const Tensor& hidden,
                                     const std::vector<Tensor>& states) {
    const Tensor both = lstm_states(input, hidden, states[1]);
    return {select(both, 0, 0), select(both, 0, 1)};
  }
};

struct GruSteps {
  static constexpr int states = 1;
  static constexpr const char* name = "gru";
  static void forward(const Tensor& input, const Tensor& hidden, const Tensor* before, const Tensor* after,
                      Kept& kept, std::size_t t) {
    kept.gates[t] = compute::gru_step(input, hidden, before[0], after[0]);
    kept.from_hidden[t] = hidden;
  }
  static void backward(Tensor* g, const Kept& kept, std::size_t t, const Tensor* before, const Tensor*,
                       const Tensor& from_input, const Tensor& from_hidden) {
    g[0] = compute::gru_step_gradient(g[0], kept.gates[t], kept.from_hidden[t], before[0], from_input,
                                      from_hidden);
  }
  static std::vector<Tensor> formula(const Tensor& input, const Tensor& hidden,
                                     const std::vector<Tensor>& states) {
    return {gru_state(input, hidden, states[0])};
  }
};

// The order of the steps: number k is step order(k), and what came before it is what was left by number k
// - 1. Steps from `common` on are `present` [steps, batch, 1] in some sequences only; the states of others
// stay.
struct Order {
  std::int64_t steps, common;
  Tensor present;
  bool reverse;
  std::int64_t operator()(std::int64_t k) const { return reverse ? steps - 1 - k : k; }
};

// The same made of single steps: in has what comes from the input, weight_hh, the states, and maybe bias_hh.
template <class Steps>
Tensor sequence_formula(const std::vector<Tensor>& in, const Order& order) {
  std::vector<Tensor> states(in.begin() + 2, in.begin() + 2 + Steps::states), all[Steps::states];
  for (auto& each : all) each.resize(static_cast<std::size_t>(order.steps));
  for (std::int64_t k = 0; k < order.steps; ++k) {
    const Tensor hidden = linear(states[0], in[1], in.size() > 2 + Steps::states ? in.back() : Tensor());
    const std::int64_t t = order(k);
    const std::vector<Tensor> next = Steps::formula(select(in[0], 0, t), hidden, states);
    for (std::size_t i = 0; i < Steps::states; ++i) {
      states[i] = t < order.common ? next[i] : where(order.present[t], next[i], states[i]);
      all[i][static_cast<std::size_t>(t)] = states[i];
    }
  }
  std::vector<Tensor> parts;
  for (const auto& each : all) parts.push_back(stack(each));
  return stack(parts);
}

// A state of each kind.
template <class Steps>
using States = std::array<Tensor, Steps::states>;
template <class Steps>
States<Steps> states_at(const Tensor& all, std::int64_t t) {
  States<Steps> states;
  for (int i = 0; i < Steps::states; ++i) states[static_cast<std::size_t>(i)] = place(all, i, t);
  return states;
}

// The gradients, from g [states, steps, batch, hidden], of: what came from the input, weight_hh, the states,
// bias_hh.
template <class Steps>
std::vector<Tensor> sequence_gradients(const Backward& at, const Tensor& g, const Kept& kept,
                                       const Order& order) {
  constexpr std::size_t count = Steps::states;
  const Tensor weight = at.input(1), all = at.output();
  const Tensor from_hidden = empty_like(at.input(0));
  const Tensor from_input = count == 1 ? empty_like(from_hidden) : from_hidden;
  States<Steps> first, sum;
  for (std::size_t i = 0; i < count; ++i) first[i] = at.input(2 + static_cast<int>(i));
  sum = states_at<Steps>(g, order(order.steps - 1));
  for (std::int64_t k = order.steps - 1; k >= 0; --k) {
    const std::int64_t t = order(k);
    const States<Steps> before = k > 0 ? states_at<Steps>(all, order(k - 1)) : first,
                        after = states_at<Steps>(all, t);
    States<Steps> past;  // of sequences that this step is not of
    if (t >= order.common)
      for (std::size_t i = 0; i < count; ++i) {
        past[i] = where(order.present[t], 0, sum[i]);
        sum[i] = where(order.present[t], sum[i], 0);
      }
    Steps::backward(sum.data(), kept, static_cast<std::size_t>(t), before.data(), after.data(),
                    place(from_input, t), place(from_hidden, t));
    if (k > 0 || at.needs(2)) {
      const Tensor product = compute::matmul(Steps::name, place(from_hidden, t), weight);
      sum[0] = sum[0].defined() ? sum[0] + product : product;
    }
    for (std::size_t i = 0; i < count; ++i)
      if (past[i].defined() && sum[i].defined()) sum[i] += past[i];
    if (k == 0) break;
    const States<Steps> more = states_at<Steps>(g, order(k - 1));
    for (std::size_t i = 0; i < count; ++i) sum[i] = sum[i] + more[i];
  }

  std::vector<Tensor> result(3 + count);
  result[0] = from_input;
  if (at.needs(1)) {
    // The gates of all steps but the first, times the states that were before them.
    const Tensor hidden = place(all, 0);
    const std::int64_t others = order.steps - 1;
    const auto rows = [](const Tensor& x, std::int64_t begin, std::int64_t length) {
      return reshape(narrow(x, 0, begin, length), {length * x.size(1), x.size(2)});
    };
    result[1] = matmul(transpose(place(from_hidden, order(0))), first[0]);
    if (others > 0)
      result[1] += matmul(transpose(rows(from_hidden, order.reverse ? 0 : 1, others)),
                          rows(hidden, order.reverse ? 1 : 0, others));
  }
  for (std::size_t i = 0; i < count; ++i)
    if (at.needs(2 + static_cast<int>(i))) result[2 + i] = sum[i];
  if (at.needs(2 + static_cast<int>(count))) result[2 + count] = taper::sum(from_hidden, {0, 1});
  return result;
}

// All states [states, steps, batch, hidden]; bias_hh may be undefined.
template <class Steps>
Tensor whole_sequence(const Tensor& projected, const RecurrentWeights& w, const States<Steps>& first,
                      const Tensor& bias_hh, const Order& order) {
  const Tensor columns = w.weight_hh.alias(w.weight_hh.layout().transpose(Steps::name, 0, 1));
  const Tensor shift = bias_hh.defined() ? compute::contiguous(bias_hh) : Tensor();
  const Tensor all = Tensor::empty({Steps::states, order.steps, projected.size(1), columns.size(0)},
                                   projected.dtype(), Steps::name);
  const std::size_t steps = static_cast<std::size_t>(order.steps);
  Kept kept{std::vector<Tensor>(steps), std::vector<Tensor>(steps)};
  std::vector<Input> inputs{save(projected), save(w.weight_hh)};
  for (const Tensor& each : first) inputs.push_back(save(each));
  inputs.push_back(bias_hh.defined() ? save(bias_hh) : Input(Operand(0.0)));
  const bool biased = bias_hh.defined(), keeps = detail::requires_record(Steps::name, inputs);
  States<Steps> before = first;
  for (std::int64_t k = 0; k < order.steps; ++k) {
    const std::int64_t t = order(k);
    const Tensor hidden =
        compute::matmul(Steps::name, before[0], columns, bias_hh.defined() ? &shift : nullptr);
    const States<Steps> after = states_at<Steps>(all, t);
    Steps::forward(place(projected, t), hidden, before.data(), after.data(), kept,
                   static_cast<std::size_t>(t));
    if (t >= order.common)
      for (std::size_t i = 0; i < Steps::states; ++i) {
        Tensor state = after[i];
        compute::copy(state, compute::where(Steps::name, place(order.present, t), after[i], before[i]));
      }
    if (!keeps)
      kept.gates[static_cast<std::size_t>(t)] = kept.from_hidden[static_cast<std::size_t>(t)] = Tensor();
    before = after;
  }
  return record(Steps::name, save(all), std::span<const Input>(inputs),
                [kept = std::move(kept), order, biased](const Backward& at, const Tensor& g) {
                  if (!grad_enabled())
                    return sequence_gradients<Steps>(at, compute::contiguous(g), kept, order);
                  const auto formula = [order](const std::vector<Tensor>& in) {
                    return sequence_formula<Steps>(in, order);
                  };
                  std::vector<int> given;
                  given.reserve(3 + Steps::states);
                  for (int i = 0; i < 2 + Steps::states + (biased ? 1 : 0); ++i) given.push_back(i);
                  return recorded_gradients(at, given, 3 + Steps::states, g, formula);
                });
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
template <class Step, class Whole>
SequenceResult run_steps(const char* function, const Tensor& x, RecurrentState state,
                         const RecurrentWeights& w, std::int64_t gates, const SequenceOptions& options,
                         const Step& step, const Whole& whole) {
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

  // What is behind the end of a sequence may be anything, also NaN.
  const Tensor projected = from_input(present.defined() ? where(present, x, 0) : x, w, gates == 3);
  if (const Tensor all = whole(projected, state, Order{steps, common, present, options.reverse});
      all.defined()) {
    const Tensor output = select(all, 0, 0);
    const std::int64_t last = options.reverse ? 0 : steps - 1;
    return {present.defined() ? where(present, output, 0) : output, select(output, 0, last),
            gates == 4 ? select(select(all, 0, 1), 0, last) : Tensor()};
  }
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

// As one function, for an observer. `kind` is what its cell does.
template <class Step, class Whole>
SequenceResult run(const char* function, const Tensor& x, const RecurrentState& state,
                   const RecurrentWeights& w, std::int64_t gates, const SequenceOptions& options,
                   const char* kind, const Step& step, const Whole& whole) {
  return detail::composed(
      function,
      {x, state.hidden, state.cell, w.weight_ih, w.weight_hh, w.bias_ih, w.bias_hh, w.weight_hr,
       options.lengths},
      [&] {
        return Attributes{{"reverse", options.reverse}, {"kind", kind}};
      },
      [&] { return run_steps(function, x, state, w, gates, options, step, whole); });
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

namespace {

// Of cells whose steps are operations of their own.
Tensor not_whole(const Tensor&, const RecurrentState&, const Order&) { return {}; }

}  // namespace

SequenceResult rnn(const Tensor& x, const Tensor& hidden, const RecurrentWeights& weights,
                   RecurrentActivation activation, const SequenceOptions& options) {
  const auto step = [&](const Tensor& input, const RecurrentState& state) {
    return rnn_step(input, state, weights, activation);
  };
  return run("rnn", x, {hidden, {}}, weights, 1, options,
             activation == RecurrentActivation::tanh ? "tanh" : "relu", step, not_whole);
}

SequenceResult lstm(const Tensor& x, const RecurrentState& state, const RecurrentWeights& weights,
                    const SequenceOptions& options) {
  const auto step = [&](const Tensor& input, const RecurrentState& before) {
    return lstm_step(input, before, weights);
  };
  const auto whole = [&](const Tensor& projected, const RecurrentState& first, const Order& order) {
    if (weights.weight_hr.defined()) return Tensor();
    return whole_sequence<LstmSteps>(projected, weights, {first.hidden, first.cell}, {}, order);
  };
  return run("lstm", x, state, weights, 4, options, "", step, whole);
}

SequenceResult gru(const Tensor& x, const Tensor& hidden, const RecurrentWeights& weights,
                   const GruOptions& gru_options, const SequenceOptions& options) {
  if (!gru_options.reset_after) {
    check_input("gru", x, weights, 3);
    return run("gru", x, {hidden, {}}, weights, 3, options, "reset_before", GruResetBefore(weights),
               not_whole);
  }
  const auto step = [&](const Tensor& input, const RecurrentState& state) {
    return gru_step(input, state, weights);
  };
  const auto whole = [&](const Tensor& projected, const RecurrentState& first, const Order& order) {
    return whole_sequence<GruSteps>(projected, weights, {first.hidden}, weights.bias_hh, order);
  };
  return run("gru", x, {hidden, {}}, weights, 3, options, "reset_after", step, whole);
}

}  // namespace taper
