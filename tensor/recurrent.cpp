// The element-wise parts of recurrent cells: chunks and threads; the loops are in kernels/recurrent.cpp.
#include <array>
#include <utility>

#include <taper/tensor/elementwise.h>
#include <taper/tensor/kernels/recurrent.h>
#include <taper/tensor/parallel.h>
#include <taper/tensor/recurrent.h>

namespace taper::compute {
namespace {

// Runs a kernel over the rows of `state` [..., features], in parallel; `choose` takes it from a table.
template <class Choose, std::size_t inputs, std::size_t outputs>
void over_rows(const Tensor& state, std::array<Tensor, inputs> in, std::array<Tensor, outputs> out,
               Choose choose) {
  const std::int64_t elements = state.numel();
  if (elements == 0) return;
  const std::int64_t features = state.shape().back(), rows = elements / features;
  for (Tensor& each : in) each = contiguous(each);
  visit_floating(state.dtype(), [&]<class T>() {
    const T* from[inputs];
    T* to[outputs];
    for (std::size_t i = 0; i < inputs; ++i) from[i] = in[i].template data<T>();
    for (std::size_t i = 0; i < outputs; ++i) to[i] = out[i].template mutable_data<T>();
    // Each element of a state has several gates.
    const std::int64_t chunks = chunk_count(4 * elements, grain::elements);
    parallel_for(chunks, [&](std::int64_t i) {
      choose(kernels::recurrent<T>())(chunk_begin(i, chunks, rows), chunk_begin(i + 1, chunks, rows),
                                      features, from, to);
    });
  });
}

}  // namespace

Tensor lstm_step(const Tensor& from_input, const Tensor& from_hidden, const Tensor& cell, Tensor new_hidden,
                 Tensor new_cell) {
  Tensor gates = Tensor::empty(from_hidden.shape(), cell.dtype(), "lstm_cell");
  over_rows(cell, std::array{from_input, from_hidden, cell},
            std::array{std::move(new_hidden), std::move(new_cell), gates},
            [](const auto& table) { return table.lstm; });
  return gates;
}

Tensor lstm_step_gradient(const Tensor& hidden_gradient, const Tensor& cell_gradient, const Tensor& gates,
                          const Tensor& cell, const Tensor& new_cell, Tensor gates_gradient) {
  Tensor old_cell_gradient = Tensor::empty(cell.shape(), cell.dtype(), "lstm_cell");
  over_rows(cell, std::array{hidden_gradient, cell_gradient, gates, cell, new_cell},
            std::array{std::move(gates_gradient), old_cell_gradient},
            [](const auto& table) { return table.lstm_gradient; });
  return old_cell_gradient;
}

Tensor gru_step(const Tensor& from_input, const Tensor& from_hidden, const Tensor& state, Tensor new_state) {
  Tensor gates = Tensor::empty(from_hidden.shape(), state.dtype(), "gru_cell");
  over_rows(state, std::array{from_input, from_hidden, state}, std::array{std::move(new_state), gates},
            [](const auto& table) { return table.gru; });
  return gates;
}

Tensor gru_step_gradient(const Tensor& gradient, const Tensor& gates, const Tensor& from_hidden,
                         const Tensor& state, Tensor input_gradient, Tensor hidden_gradient) {
  Tensor state_gradient = Tensor::empty(state.shape(), state.dtype(), "gru_cell");
  over_rows(state, std::array{gradient, gates, from_hidden, state},
            std::array{std::move(input_gradient), std::move(hidden_gradient), state_gradient},
            [](const auto& table) { return table.gru_gradient; });
  return state_gradient;
}

}  // namespace taper::compute
