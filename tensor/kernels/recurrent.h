// Kernels: the element-wise parts of recurrent cells, and their gradients.
#pragma once

#include <cstdint>

#include <taper/tensor/kernels/dispatch.h>

namespace taper::kernels {

/// Works on the rows begin..end-1 of tensors whose rows are one or more blocks of `features` elements, one
/// block for each gate.
template <class T>
using RecurrentKernel = void (*)(std::int64_t begin, std::int64_t end, std::int64_t features,
                                 const T* const* in, T* const* out);

/// Gates before their functions are the sum of two tensors: what comes from the input and what from the
/// state.
template <class T>
struct RecurrentKernels {
  /// In: gates [4] from the input, from the state; the cell. Out: the hidden state, the cell, the gates'
  /// values.
  RecurrentKernel<T> lstm;
  /// In: the gradients of the hidden state and of the new cell; the gates' values, the old cell, the new one.
  /// Out: the gradients of the gates [4] and of the old cell.
  RecurrentKernel<T> lstm_gradient;
  /// In: gates [3] from the input, from the state; the state. Out: the new state, the gates' values.
  RecurrentKernel<T> gru;
  /// In: the gradient of the new state; the gates' values, gates from the state, the old state. Out: the
  /// gradients of the gates from the input and from the state, and of the old state.
  RecurrentKernel<T> gru_gradient;
};

template <class T>
const RecurrentKernels<T>& recurrent() {
  return table<RecurrentKernels<T>>();
}

}  // namespace taper::kernels
