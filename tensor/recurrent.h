// The element-wise parts of recurrent cells on values, without history.
#pragma once

#include <taper/tensor/tensor.h>

namespace taper::compute {

// All tensors are of one floating dtype. States are [..., features]; gates are [..., 4 * features] of an LSTM
// (i, f, g, o), [..., 3 * features] of a GRU (r, z, n), with the same leading axes. Gates before their
// functions are the sum of what comes from the input and what from the hidden state. What is written to is
// contiguous, and may be a view.

/// Writes the new states, and returns the gates' values.
Tensor lstm_step(const Tensor& from_input, const Tensor& from_hidden, const Tensor& cell, Tensor new_hidden,
                 Tensor new_cell);
/// Writes the gradient of the gates, and returns that of the old cell.
Tensor lstm_step_gradient(const Tensor& hidden_gradient, const Tensor& cell_gradient, const Tensor& gates,
                          const Tensor& cell, const Tensor& new_cell, Tensor gates_gradient);

/// Writes the new state, and returns the gates' values.
Tensor gru_step(const Tensor& from_input, const Tensor& from_hidden, const Tensor& state, Tensor new_state);
/// Writes the gradients of both summands of the gates, and returns that of the old state.
Tensor gru_step_gradient(const Tensor& gradient, const Tensor& gates, const Tensor& from_hidden,
                         const Tensor& state, Tensor input_gradient, Tensor hidden_gradient);

}  // namespace taper::compute
