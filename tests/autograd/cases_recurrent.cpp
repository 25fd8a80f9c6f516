// The table of operations: recurrent cells and sequences. Each row has its values and gradients from PyTorch,
// see test_torch.cpp.
#include "cases.h"
#include <taper/tensor/create.h>

using namespace taper;
using In = std::vector<Tensor>;
using cases::row;

namespace {

// The inputs from `first` on, as far as there are.
RecurrentWeights weights(const In& in, std::size_t first) {
  const auto at = [&](std::size_t i) { return first + i < in.size() ? in[first + i] : Tensor(); };
  return {at(0), at(1), at(2), at(3), at(4)};
}

// Weights of a cell with G gates, 3 inputs and `hidden` states.
std::vector<Argument> with_weights(std::vector<Argument> first, std::int64_t gates, bool biases = true,
                                   std::int64_t hidden = 2) {
  const std::int64_t rows = gates * hidden;
  first.push_back({{rows, 3}});
  first.push_back({{rows, hidden}});
  if (biases) first.insert(first.end(), 2, {{rows}});
  return first;
}

}  // namespace

std::vector<Row> recurrent_rows() {
  const Argument x{{2, 3}}, h{{2, 2}}, sequence{{3, 2, 3}};
  const SequenceOptions some{.lengths = tensor({3, 1})}, reversed{.reverse = true},
      some_reversed{.lengths = tensor({1, 3}), .reverse = true};
  // (x, h, c, w_ih, w_hh, b_ih, b_hh, w_hr) with projections to one feature.
  const auto projected = [](const Argument& input) {
    return std::vector<Argument>{input, {{2, 1}}, {{2, 2}}, {{8, 3}}, {{8, 1}}, {{8}}, {{8}}, {{1, 2}}};
  };
  const auto relu = [](const In& in) {
    return rnn_cell(in[0], in[1], weights(in, 2), RecurrentActivation::relu);
  };
  const auto tanh = [](const In& in) { return rnn_cell(in[0], in[1], weights(in, 2)); };
  const auto hidden = [](const In& in) { return lstm_cell(in[0], {in[1], in[2]}, weights(in, 3)).hidden; };
  const auto cell = [](const In& in) { return lstm_cell(in[0], {in[1], in[2]}, weights(in, 3)).cell; };
  const auto gated = [](const In& in) { return gru_cell(in[0], in[1], weights(in, 2)); };
  const auto before = [](const In& in) {
    return gru_cell(in[0], in[1], weights(in, 2), {.reset_after = false});
  };
  const auto states = [](SequenceOptions options, Tensor SequenceResult::*what) {
    return [=](const In& in) { return lstm(in[0], {in[1], in[2]}, weights(in, 3), options).*what; };
  };
  return {
      row("rnn_cell", with_weights({x, h}, 1), tanh),
      row("rnn_cell", with_weights({x, h}, 1, false), tanh),
      row("rnn_cell", with_weights({x, h}, 1), relu),
      row("rnn_cell", with_weights({{{3}}, {{2}}}, 1), tanh),
      row("lstm_cell", with_weights({x, h, h}, 4), hidden),
      row("lstm_cell", with_weights({x, h, h}, 4), cell),
      row("lstm_cell", with_weights({x, h, h}, 4, false), hidden),
      row("lstm_cell", with_weights({{{3}}, {{2}}, {{2}}}, 4), hidden),
      row("lstm_cell", projected(x), hidden),
      row("gru_cell", with_weights({x, h}, 3), gated),
      row("gru_cell", with_weights({x, h}, 3, false), gated),
      row("gru_cell", with_weights({{{3}}, {{2}}}, 3), gated),
      row("gru_cell", with_weights({x, h}, 3), before),
      row("gru_cell", with_weights({x, h}, 3, false), before),
      row("rnn", with_weights({sequence, h}, 1),
          [](const In& in) { return rnn(in[0], in[1], weights(in, 2)).output; }),
      row("rnn", with_weights({sequence}, 1, false),
          [](const In& in) { return rnn(in[0], {}, weights(in, 1), RecurrentActivation::relu).hidden; }),
      row("rnn", with_weights({sequence, h}, 1),
          [=](const In& in) {
            return rnn(in[0], in[1], weights(in, 2), RecurrentActivation::tanh, some_reversed).output;
          }),
      row("lstm", with_weights({sequence, h, h}, 4), states({}, &SequenceResult::output)),
      row("lstm", with_weights({sequence, h, h}, 4, false), states(reversed, &SequenceResult::output)),
      row("lstm", with_weights({sequence, h, h}, 4, false), states(some, &SequenceResult::output)),
      row("lstm", with_weights({sequence, h, h}, 4, false), states(some, &SequenceResult::hidden)),
      row("lstm", with_weights({sequence, h, h}, 4, false), states(some_reversed, &SequenceResult::cell)),
      row("lstm", projected({{3, 2, 3}}), states(some, &SequenceResult::output)),
      row("gru", with_weights({sequence, h}, 3),
          [](const In& in) { return gru(in[0], in[1], weights(in, 2)).output; }),
      row("gru", with_weights({sequence, h}, 3),
          [=](const In& in) { return gru(in[0], in[1], weights(in, 2), {}, some_reversed).output; }),
      row("gru", with_weights({sequence, h}, 3, false),
          [](const In& in) { return gru(in[0], in[1], weights(in, 2), {.reset_after = false}).output; }),
  };
}
