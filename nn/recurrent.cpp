// Recurrent layers: single cells, and whole sequences through layers of them.
#include <cmath>

#include <fmt/format.h>

#include <taper/autograd/ops/dropout.h>
#include <taper/autograd/ops/shape.h>
#include <taper/nn/check.h>
#include <taper/nn/recurrent.h>
#include <taper/tensor/check.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>

namespace taper::nn {
namespace {

using Register = Function<Tensor(const std::string& name, Tensor tensor)>;

// The weights of a cell, whose names end with `suffix`. Options of cells and of layers have what is read
// here.
template <class Options>
RecurrentWeights make_weights(const Options& options, std::int64_t gates, std::int64_t inputs,
                              std::int64_t projected, const std::string& suffix, const Register& parameter) {
  const std::int64_t hidden = options.hidden_size;
  const double limit = 1 / std::sqrt(static_cast<double>(hidden));
  const auto make = [&](const char* name, const Shape& shape, const Initializer& initializer) {
    Tensor made = parameter(name + suffix, Tensor::empty(shape, options.dtype, name));
    initializer ? initializer(made, default_generator()) : init::uniform(made, -limit, limit);
    return made;
  };
  RecurrentWeights made;
  made.weight_ih = make("weight_ih", {gates * hidden, inputs}, options.weight_initializer);
  made.weight_hh =
      make("weight_hh", {gates * hidden, projected > 0 ? projected : hidden}, options.recurrent_initializer);
  if (options.bias) made.bias_ih = make("bias_ih", {gates * hidden}, options.bias_initializer);
  if (options.bias && options.hidden_bias)
    made.bias_hh = make("bias_hh", {gates * hidden}, options.bias_initializer);
  if (projected > 0) made.weight_hr = make("weight_hr", {projected, hidden}, options.weight_initializer);
  return made;
}

template <class Options>
const Options& checked_sizes(const char* layer, const Options& options, std::int64_t gates) {
  at_least(1, layer, "input_size", options.input_size);
  // So that the rows of a weight can be counted.
  if (at_least(1, layer, "hidden_size", options.hidden_size) > (std::int64_t{1} << 40))
    throw ValueError(fmt::format("{}: hidden_size {} is too large", layer, options.hidden_size));
  if (options.nonlinearity != RecurrentActivation::tanh && gates != 1)
    throw ValueError(fmt::format("{}: nonlinearity is an option of simple recurrent layers alone", layer));
  if (!options.reset_after && gates != 3)
    throw ValueError(fmt::format("{}: reset_after is an option of gated recurrent units alone", layer));
  return options;
}

const RecurrentOptions& checked(const char* layer, const RecurrentOptions& options, std::int64_t gates) {
  checked_sizes(layer, options, gates);
  at_least(1, layer, "num_layers", options.num_layers);
  at_least(0, layer, "proj_size", options.proj_size);
  if (options.proj_size > 0 && gates != 4)
    throw ValueError(fmt::format("{}: proj_size is an option of LSTM alone", layer));
  if (options.proj_size >= options.hidden_size)
    throw ValueError(fmt::format("{}: proj_size must be less than hidden_size, {}, got {}", layer,
                                 options.hidden_size, options.proj_size));
  check_fraction(layer, "dropout", options.dropout);
  return options;
}

template <class Options>
Options with_sizes(std::int64_t input_size, std::int64_t hidden_size, Options others) {
  others.input_size = input_size;
  others.hidden_size = hidden_size;
  return others;
}

std::int64_t directions(const RecurrentOptions& options) { return options.bidirectional ? 2 : 1; }

// Of all layers and directions.
std::vector<RecurrentWeights> make_all_weights(const RecurrentOptions& options, std::int64_t gates,
                                               const Register& parameter) {
  std::vector<RecurrentWeights> made;
  const std::int64_t features = options.proj_size > 0 ? options.proj_size : options.hidden_size;
  for (std::int64_t layer = 0; layer < options.num_layers; ++layer)
    for (std::int64_t direction = 0; direction < directions(options); ++direction)
      made.push_back(make_weights(
          options, gates, layer == 0 ? options.input_size : directions(options) * features, options.proj_size,
          fmt::format("_l{}{}", layer, direction == 1 ? "_reverse" : ""), parameter));
  return made;
}

// The state of a layer and direction; undefined if none is given.
Tensor part_of(const Tensor& states, std::size_t i) {
  return states.defined() ? select(states, 0, static_cast<std::int64_t>(i)) : Tensor();
}

// Throws unless the states are [layers * directions, batch, features].
void check_states(const Tensor& states, std::size_t count, const Tensor& x, const char* what) {
  if (!states.defined()) return;
  if (states.rank() != 3 || states.size(0) != static_cast<std::int64_t>(count) || states.size(1) != x.size(1))
    throw ShapeError(fmt::format("expected {} [{}, {}, features], for each layer and direction, got {}", what,
                                 count, x.size(1), to_string(states.shape())));
}

// All layers and directions; run(x, state, weights, options) is one.
template <class Run>
SequenceResult run_all(const Tensor& given, RecurrentState state, const Lengths& lengths,
                       const RecurrentOptions& options, const std::vector<RecurrentWeights>& weights,
                       bool training, const Run& run) {
  compute::check_floating("x", given);
  if (given.rank() != 2 && given.rank() != 3)
    throw ShapeError(fmt::format("expected x {}, or [steps, {}], got {}",
                                 options.batch_first ? fmt::format("[batch, steps, {}]", options.input_size)
                                                     : fmt::format("[steps, batch, {}]", options.input_size),
                                 options.input_size, to_string(given.shape())));
  const bool alone = given.rank() == 2;
  Tensor x = alone ? unsqueeze(given, 1) : options.batch_first ? transpose(given, 0, 1) : given;
  if (alone)
    for (Tensor* each : {&state.hidden, &state.cell})
      if (each->defined()) *each = unsqueeze(*each, 1);
  check_states(state.hidden, weights.size(), x, "the hidden states");
  check_states(state.cell, weights.size(), x, "the cells");

  std::vector<Tensor> hidden, cells;
  for (std::size_t i = 0; i < weights.size();) {
    if (i > 0) x = dropout(x, options.dropout, training && options.dropout > 0);
    std::vector<Tensor> outputs;
    for (std::int64_t direction = 0; direction < directions(options); ++direction, ++i) {
      const SequenceResult result =
          run(x, RecurrentState{part_of(state.hidden, i), part_of(state.cell, i)}, weights[i],
              SequenceOptions{.lengths = lengths.tensor, .reverse = direction == 1});
      outputs.push_back(result.output);
      hidden.push_back(result.hidden);
      cells.push_back(result.cell);
    }
    x = outputs.size() == 1 ? outputs[0] : concat(outputs, -1);
  }
  SequenceResult result{alone                 ? squeeze(x, 1)
                        : options.batch_first ? transpose(x, 0, 1)
                                              : x,
                        stack(hidden),
                        {}};
  if (cells[0].defined()) result.cell = stack(cells);
  if (alone) {
    result.hidden = squeeze(result.hidden, 1);
    if (result.cell.defined()) result.cell = squeeze(result.cell, 1);
  }
  return result;
}

// Zeros [..., features] for the input x of a cell where no state is given.
Tensor or_zeros(const Tensor& state, const Tensor& x, std::int64_t features) {
  if (state.defined() || x.rank() == 0) return state;
  Shape shape = x.shape();
  shape[-1] = features;
  return zeros(shape, x.dtype());
}

}  // namespace

Lengths::Lengths(const std::vector<std::int64_t>& given)
    : tensor(from_data(given, {static_cast<std::int64_t>(given.size())})) {}
Lengths::Lengths(std::initializer_list<std::int64_t> given) : Lengths(std::vector<std::int64_t>(given)) {}

RNNCell::RNNCell(const RecurrentCellOptions& given)
    : options(checked_sizes("RNNCell", given, 1)),
      weights(make_weights(given, 1, given.input_size, 0, "", [this](const std::string& name, Tensor w) {
        return parameter(name, std::move(w));
      })) {}
RNNCell::RNNCell(std::int64_t input_size, std::int64_t hidden_size, const RecurrentCellOptions& others)
    : RNNCell(with_sizes(input_size, hidden_size, others)) {}
Tensor RNNCell::forward(const Tensor& x, const Tensor& hidden) const {
  return rnn_cell(x, or_zeros(hidden, x, options.hidden_size), weights, options.nonlinearity);
}

LSTMCell::LSTMCell(const RecurrentCellOptions& given)
    : options(checked_sizes("LSTMCell", given, 4)),
      weights(make_weights(given, 4, given.input_size, 0, "", [this](const std::string& name, Tensor w) {
        return parameter(name, std::move(w));
      })) {}
LSTMCell::LSTMCell(std::int64_t input_size, std::int64_t hidden_size, const RecurrentCellOptions& others)
    : LSTMCell(with_sizes(input_size, hidden_size, others)) {}
RecurrentState LSTMCell::forward(const Tensor& x, const RecurrentState& state) const {
  return lstm_cell(
      x, {or_zeros(state.hidden, x, options.hidden_size), or_zeros(state.cell, x, options.hidden_size)},
      weights);
}

GRUCell::GRUCell(const RecurrentCellOptions& given)
    : options(checked_sizes("GRUCell", given, 3)),
      weights(make_weights(given, 3, given.input_size, 0, "", [this](const std::string& name, Tensor w) {
        return parameter(name, std::move(w));
      })) {}
GRUCell::GRUCell(std::int64_t input_size, std::int64_t hidden_size, const RecurrentCellOptions& others)
    : GRUCell(with_sizes(input_size, hidden_size, others)) {}
Tensor GRUCell::forward(const Tensor& x, const Tensor& hidden) const {
  return gru_cell(x, or_zeros(hidden, x, options.hidden_size), weights, {.reset_after = options.reset_after});
}

RNN::RNN(const RecurrentOptions& given)
    : options(checked("RNN", given, 1)),
      weights(make_all_weights(
          given, 1, [this](const std::string& name, Tensor w) { return parameter(name, std::move(w)); })) {}
RNN::RNN(std::int64_t input_size, std::int64_t hidden_size, const RecurrentOptions& others)
    : RNN(with_sizes(input_size, hidden_size, others)) {}
SequenceResult RNN::forward(const Tensor& x, const Tensor& hidden, const Lengths& lengths) const {
  return run_all(
      x, {hidden, {}}, lengths, options, weights, is_training(),
      [&](const Tensor& in, const RecurrentState& state, const RecurrentWeights& w,
          const SequenceOptions& how) { return rnn(in, state.hidden, w, options.nonlinearity, how); });
}

LSTM::LSTM(const RecurrentOptions& given)
    : options(checked("LSTM", given, 4)),
      weights(make_all_weights(
          given, 4, [this](const std::string& name, Tensor w) { return parameter(name, std::move(w)); })) {}
LSTM::LSTM(std::int64_t input_size, std::int64_t hidden_size, const RecurrentOptions& others)
    : LSTM(with_sizes(input_size, hidden_size, others)) {}
SequenceResult LSTM::forward(const Tensor& x, const RecurrentState& state, const Lengths& lengths) const {
  return run_all(x, state, lengths, options, weights, is_training(),
                 [](const Tensor& in, const RecurrentState& first, const RecurrentWeights& w,
                    const SequenceOptions& how) { return lstm(in, first, w, how); });
}

GRU::GRU(const RecurrentOptions& given)
    : options(checked("GRU", given, 3)),
      weights(make_all_weights(
          given, 3, [this](const std::string& name, Tensor w) { return parameter(name, std::move(w)); })) {}
GRU::GRU(std::int64_t input_size, std::int64_t hidden_size, const RecurrentOptions& others)
    : GRU(with_sizes(input_size, hidden_size, others)) {}
SequenceResult GRU::forward(const Tensor& x, const Tensor& hidden, const Lengths& lengths) const {
  return run_all(x, {hidden, {}}, lengths, options, weights, is_training(),
                 [&](const Tensor& in, const RecurrentState& state, const RecurrentWeights& w,
                     const SequenceOptions& how) {
                   return gru(in, state.hidden, w, {.reset_after = options.reset_after}, how);
                 });
}

}  // namespace taper::nn
