// Rows of the recurrent layers.
#include "layer_cases.h"

using namespace taper;
using In = LayerRow::Tensors;

namespace {

Tensor at(const In& in, std::size_t i) { return i < in.size() ? in[i] : Tensor(); }

In results(const SequenceResult& result) {
  In all{result.output, result.hidden};
  if (result.cell.defined()) all.push_back(result.cell);
  return all;
}

// Of layers that take a hidden state, called with x, then lengths if `lengths`, then the state.
template <class M>
LayerRow simple(const char* name, const M& module, bool lengths = false) {
  return layer_row(name, module, [lengths](const M& m, const In& in) {
    return results(lengths ? m(in.at(0), at(in, 2), nn::Lengths(at(in, 1))) : m(in.at(0), at(in, 1)));
  });
}
LayerRow memory(const nn::LSTM& module, bool lengths = false, bool training = true) {
  return layer_row(
      "LSTM", module,
      [lengths](const nn::LSTM& m, const In& in) {
        return results(lengths ? m(in.at(0), RecurrentState{at(in, 2), at(in, 3)}, nn::Lengths(at(in, 1)))
                               : m(in.at(0), RecurrentState{at(in, 1), at(in, 2)}));
      },
      training);
}
template <class M>
LayerRow cell(const char* name, const M& module) {
  return layer_row(name, module, [](const M& m, const In& in) { return In{m(in.at(0), at(in, 1))}; });
}
LayerRow cell(const nn::LSTMCell& module) {
  return layer_row("LSTMCell", module, [](const nn::LSTMCell& m, const In& in) {
    const RecurrentState state = m(in.at(0), RecurrentState{at(in, 1), at(in, 2)});
    return In{state.hidden, state.cell};
  });
}

}  // namespace

std::vector<LayerRow> recurrent_layers() {
  const nn::RecurrentOptions two{.num_layers = 2, .bidirectional = true};
  return {
      cell("RNNCell", nn::RNNCell(3, 2)),
      cell("RNNCell", nn::RNNCell(3, 2, {.bias = false, .nonlinearity = RecurrentActivation::relu})),
      cell(nn::LSTMCell(3, 2)),
      cell(nn::LSTMCell(3, 2, {.bias = false})),
      cell("GRUCell", nn::GRUCell(3, 2)),
      cell("GRUCell", nn::GRUCell(3, 2)),
      cell("GRUCell", nn::GRUCell(3, 2, {.hidden_bias = false, .reset_after = false})),
      simple("RNN", nn::RNN(3, 2)),
      simple("RNN", nn::RNN(3, 2,
                            {.num_layers = 2,
                             .bias = false,
                             .bidirectional = true,
                             .nonlinearity = RecurrentActivation::relu})),
      simple("RNN", nn::RNN(3, 2, {.batch_first = true, .bidirectional = true}), true),
      memory(nn::LSTM(3, 2)),
      memory(nn::LSTM(3, 2, two)),
      memory(nn::LSTM(3, 2, {.num_layers = 2, .bias = false, .batch_first = true, .bidirectional = true}),
             true),
      memory(nn::LSTM(3, 4, {.num_layers = 2, .bidirectional = true, .proj_size = 2}), true),
      memory(nn::LSTM(3, 2, two)),
      memory(nn::LSTM(3, 2, {.num_layers = 2, .dropout = 0.5}), false, false),
      memory(nn::LSTM(3, 2, {.hidden_bias = false})),
      simple("GRU", nn::GRU(3, 2)),
      simple("GRU", nn::GRU(3, 2, two), true),
      simple("GRU", nn::GRU(3, 2, {.bias = false, .batch_first = true})),
      simple("GRU", nn::GRU(3, 2)),
      simple("GRU", nn::GRU(3, 2, {.hidden_bias = false, .reset_after = false})),
  };
}
