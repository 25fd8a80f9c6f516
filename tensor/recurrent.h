// The element-wise parts of recurrent cells on values, without history.
#pragma once

#include <taper/tensor/tensor.h>

namespace taper::compute {

// All tensors are of one floating dtype. States are [..., features]; gates are [..., 4 * features] of an LSTM
// (i, f, g, o), [..., 3 * features] of a GRU (r, z, n), with the same leading axes. Gates before their
// functions are the sum of what comes from the input and what from the state.

/// The hidden state and the cell, side by side in front: [2, ..., features]; and the gates' values.
struct LstmStep {
  Tensor states, gates;
};
LstmStep lstm_step(const Tensor& from_input, const Tensor& from_hidden, const Tensor& cell);
struct LstmGradients {
  Tensor gates, cell;
};
/// From the gradient g of the states.
LstmGradients lstm_step_gradient(const Tensor& g, const LstmStep& step, const Tensor& cell);

struct GruStep {
  Tensor state, gates;
};
GruStep gru_step(const Tensor& from_input, const Tensor& from_hidden, const Tensor& state);
struct GruGradients {
  Tensor from_input, from_hidden, state;
};
/// From the gradient g of the new state.
GruGradients gru_step_gradient(const Tensor& g, const Tensor& gates, const Tensor& from_hidden,
                               const Tensor& state);

}  // namespace taper::compute
