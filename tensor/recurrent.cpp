// The element-wise parts of recurrent cells: chunks and threads; the loops are in kernels/recurrent.cpp.
#include <array>

#include <taper/tensor/elementwise.h>
#include <taper/tensor/kernels/recurrent.h>
#include <taper/tensor/parallel.h>
#include <taper/tensor/recurrent.h>

namespace taper::compute {
namespace {

// Views and others as the kernels want them.
template <class... Tensors>
auto operands(const Tensors&... tensors) {
  return std::array{contiguous(tensors)...};
}

// Runs a kernel over the rows of a state [..., features], in parallel.
template <class T>
void over_rows(kernels::RecurrentKernel<T> kernel, const Shape& state, const T* const* in, T* const* out) {
  const std::int64_t elements = state.numel();
  if (elements == 0) return;
  const std::int64_t features = state.back(), rows = elements / features;
  // Each element of a state has several gates.
  const std::int64_t chunks = chunk_count(4 * elements, grain::elements);
  parallel_for(chunks, [&](std::int64_t i) {
    kernel(chunk_begin(i, chunks, rows), chunk_begin(i + 1, chunks, rows), features, in, out);
  });
}

}  // namespace

LstmStep lstm_step(const Tensor& from_input, const Tensor& from_hidden, const Tensor& cell) {
  const auto given = operands(from_input, from_hidden, cell);
  Shape both = cell.shape();
  both.insert(0, 2);
  LstmStep result{Tensor::empty(both, cell.dtype(), "lstm_cell"),
                  Tensor::empty(from_hidden.shape(), cell.dtype(), "lstm_cell")};
  visit_floating(cell.dtype(), [&]<class T>() {
    const T* const in[] = {given[0].data<T>(), given[1].data<T>(), given[2].data<T>()};
    T* const states = result.states.mutable_data<T>();
    T* const out[] = {states, states + cell.numel(), result.gates.mutable_data<T>()};
    over_rows<T>(kernels::recurrent<T>().lstm, cell.shape(), in, out);
  });
  return result;
}

LstmGradients lstm_step_gradient(const Tensor& g, const LstmStep& step, const Tensor& cell) {
  const auto given = operands(g, step.gates, cell, step.states);
  LstmGradients result{Tensor::empty(step.gates.shape(), cell.dtype(), "lstm_cell"),
                       Tensor::empty(cell.shape(), cell.dtype(), "lstm_cell")};
  visit_floating(cell.dtype(), [&]<class T>() {
    const std::int64_t count = cell.numel();
    const T* const in[] = {given[0].data<T>(), given[0].data<T>() + count, given[1].data<T>(),
                           given[2].data<T>(), given[3].data<T>() + count};
    T* const out[] = {result.gates.mutable_data<T>(), result.cell.mutable_data<T>()};
    over_rows<T>(kernels::recurrent<T>().lstm_gradient, cell.shape(), in, out);
  });
  return result;
}

GruStep gru_step(const Tensor& from_input, const Tensor& from_hidden, const Tensor& state) {
  const auto given = operands(from_input, from_hidden, state);
  GruStep result{Tensor::empty(state.shape(), state.dtype(), "gru_cell"),
                 Tensor::empty(from_hidden.shape(), state.dtype(), "gru_cell")};
  visit_floating(state.dtype(), [&]<class T>() {
    const T* const in[] = {given[0].data<T>(), given[1].data<T>(), given[2].data<T>()};
    T* const out[] = {result.state.mutable_data<T>(), result.gates.mutable_data<T>()};
    over_rows<T>(kernels::recurrent<T>().gru, state.shape(), in, out);
  });
  return result;
}

GruGradients gru_step_gradient(const Tensor& g, const Tensor& gates, const Tensor& from_hidden,
                               const Tensor& state) {
  const auto given = operands(g, gates, from_hidden, state);
  GruGradients result{Tensor::empty(gates.shape(), state.dtype(), "gru_cell"),
                      Tensor::empty(gates.shape(), state.dtype(), "gru_cell"),
                      Tensor::empty(state.shape(), state.dtype(), "gru_cell")};
  visit_floating(state.dtype(), [&]<class T>() {
    const T* const in[] = {given[0].data<T>(), given[1].data<T>(), given[2].data<T>(), given[3].data<T>()};
    T* const out[] = {result.from_input.mutable_data<T>(), result.from_hidden.mutable_data<T>(),
                      result.state.mutable_data<T>()};
    over_rows<T>(kernels::recurrent<T>().gru_gradient, state.shape(), in, out);
  });
  return result;
}

}  // namespace taper::compute
