// Recurrent cells, and whole sequences of their steps. Weights have PyTorch's shapes, and gates its orders.
#pragma once

#include <taper/tensor/tensor.h>

namespace taper {

// Below, `in` and `hidden` are numbers of features. Leading axes, of x and of the states, are the same.
// Throws ShapeError or DTypeError for what does not fit together.

/// The weights of a cell with G gates, whose rows are one block of `hidden` for each gate: weight_ih [G *
/// hidden, in], weight_hh [G * hidden, hidden], biases [G * hidden], which may be undefined. weight_hr
/// [projected, hidden] is of an LSTM alone, and may be undefined: it makes the hidden state smaller, which
/// then is [..., projected], and weight_hh [G * hidden, projected] (Sak, Senior, Beaufays: Long short-term
/// memory recurrent neural network architectures for large scale acoustic modeling; 2014).
struct RecurrentWeights {
  Tensor weight_ih, weight_hh, bias_ih, bias_hh, weight_hr;
};
/// hidden [..., hidden] (of an LSTM, [..., projected]) and, of an LSTM, cell [..., hidden].
struct RecurrentState {
  Tensor hidden, cell;
};

enum class RecurrentActivation { tanh, relu };

/// activation(weight_ih x + bias_ih + weight_hh h + bias_hh), one step of a simple recurrent network (Elman:
/// Finding structure in time; 1990): x [..., in], h [..., hidden] -> [..., hidden].
Tensor rnn_cell(const Tensor& x, const Tensor& h, const RecurrentWeights& weights,
                RecurrentActivation activation = RecurrentActivation::tanh);

/// One step of a long short-term memory (Hochreiter, Schmidhuber; 1997), with four gates i, f, g, o, each a
/// sum weight_ih x + bias_ih + weight_hh h + bias_hh:
///
///     cell' = sigmoid(f) cell + sigmoid(i) tanh(g)
///     hidden' = weight_hr (sigmoid(o) tanh(cell'))
///
/// Keras's LSTM is the same, in the same order, without bias_hh and weight_hr.
RecurrentState lstm_cell(const Tensor& x, const RecurrentState& state, const RecurrentWeights& weights);

struct GruOptions {
  /// Where the reset gate multiplies: the product with weight_hh, as in PyTorch and cuDNN; or, if false, h
  /// before it, as in the paper (and in Keras with reset_after = false, which has no bias_hh).
  bool reset_after = true;
};
/// One step of a gated recurrent unit (Cho et al.: Learning phrase representations using RNN encoder-decoder;
/// 2014), with three gates r, z, n. With i = weight_ih x + bias_ih, and j = weight_hh h + bias_hh:
///
///     r = sigmoid(i_r + j_r), z = sigmoid(i_z + j_z), n = tanh(i_n + r j_n)
///     h' = (1 - z) n + z h
///
/// (Keras's order of the gates is z, r, n.)
Tensor gru_cell(const Tensor& x, const Tensor& h, const RecurrentWeights& weights,
                const GruOptions& options = {});

/// How a sequence is run through.
struct SequenceOptions {
  /// The number of steps of each sequence of the batch, int64 [batch], from 0 to all; undefined: all. Behind
  /// them the output is 0, and the final state is that of the last of them, as of PyTorch's packed sequences.
  Tensor lengths = {};
  bool reverse = false;  ///< from the last step (of those of each sequence) to the first
};
/// The hidden states after all steps, [steps, batch, hidden], and the final state.
struct SequenceResult {
  Tensor output, hidden, cell;
};
/// x [steps, batch, in] through a cell, step by step, from a state [batch, hidden] (undefined: zeros). The
/// product of all steps with weight_ih is one. Throws ValueError for a length that is not from 0 to steps.
SequenceResult rnn(const Tensor& x, const Tensor& hidden, const RecurrentWeights& weights,
                   RecurrentActivation activation = RecurrentActivation::tanh,
                   const SequenceOptions& options = {});
SequenceResult lstm(const Tensor& x, const RecurrentState& state, const RecurrentWeights& weights,
                    const SequenceOptions& options = {});
SequenceResult gru(const Tensor& x, const Tensor& hidden, const RecurrentWeights& weights,
                   const GruOptions& gru_options = {}, const SequenceOptions& options = {});

}  // namespace taper
