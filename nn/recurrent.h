// Recurrent layers: single cells, and whole sequences through layers of them.
#pragma once

#include <vector>

#include <taper/autograd/ops/recurrent.h>
#include <taper/nn/init.h>
#include <taper/nn/layer.h>

namespace taper::nn {

/// Options of RNNCell, LSTMCell and GRUCell.
struct RecurrentCellOptions {
  std::int64_t input_size = 0;
  std::int64_t hidden_size = 0;
  bool bias = true;
  bool hidden_bias =
      true;  ///< false: no bias_hh, as in Keras's SimpleRNN, LSTM, and GRU with reset_after = false
  RecurrentActivation nonlinearity = RecurrentActivation::tanh;  ///< of RNNCell alone
  bool reset_after = true;                                       ///< of GRUCell alone: see GruOptions
  Initializer weight_initializer =
      {};  ///< of weight_ih; if empty, as all: uniform in +-1 / sqrt(hidden_size)
  Initializer recurrent_initializer = {};  ///< of weight_hh
  Initializer bias_initializer = {};
  DType dtype = float32;
};

// Parameters of a cell: weight_ih, weight_hh, bias_ih and bias_hh, see RecurrentWeights. Inputs are [batch,
// input_size] or [input_size], states [batch, hidden_size] or [hidden_size]; one that is not given is 0.
// Throws ValueError for a size below 1.

/// One step of a simple recurrent network: see rnn_cell().
class RNNCell : public Layer<RNNCell> {
 public:
  explicit RNNCell(const RecurrentCellOptions& options);
  RNNCell(std::int64_t input_size, std::int64_t hidden_size, const RecurrentCellOptions& others = {});
  Tensor forward(const Tensor& x, const Tensor& hidden = {}) const;
  const RecurrentCellOptions options;
  const RecurrentWeights weights;
};

/// One step of a long short-term memory: see lstm_cell(). `state = cell(x, state)`.
class LSTMCell : public Layer<LSTMCell> {
 public:
  explicit LSTMCell(const RecurrentCellOptions& options);
  LSTMCell(std::int64_t input_size, std::int64_t hidden_size, const RecurrentCellOptions& others = {});
  RecurrentState forward(const Tensor& x, const RecurrentState& state = {}) const;
  const RecurrentCellOptions options;
  const RecurrentWeights weights;
};

/// One step of a gated recurrent unit: see gru_cell().
class GRUCell : public Layer<GRUCell> {
 public:
  explicit GRUCell(const RecurrentCellOptions& options);
  GRUCell(std::int64_t input_size, std::int64_t hidden_size, const RecurrentCellOptions& others = {});
  Tensor forward(const Tensor& x, const Tensor& hidden = {}) const;
  const RecurrentCellOptions options;
  const RecurrentWeights weights;
};

/// Options of RNN, LSTM and GRU.
struct RecurrentOptions {
  std::int64_t input_size = 0;
  std::int64_t hidden_size = 0;
  std::int64_t num_layers = 1;  ///< each one's output is the next one's input
  bool bias = true;
  bool hidden_bias =
      true;  ///< false: no bias_hh, as in Keras's SimpleRNN, LSTM, and GRU with reset_after = false
  bool batch_first = false;    ///< x and output are [batch, steps, ...] rather than [steps, batch, ...]
  double dropout = 0;          ///< in training, of each layer's output but the last one's
  bool bidirectional = false;  ///< with a second cell that runs from the last step to the first
  std::int64_t proj_size = 0;  ///< of LSTM alone: if not 0, hidden states are projected to this size
  RecurrentActivation nonlinearity = RecurrentActivation::tanh;  ///< of RNN alone
  bool reset_after = true;                                       ///< of GRU alone: see GruOptions
  Initializer weight_initializer =
      {};  ///< of weight_ih (and weight_hr); if empty, as all: +-1 / sqrt(hidden_size)
  Initializer recurrent_initializer = {};  ///< of weight_hh
  Initializer bias_initializer = {};
  DType dtype = float32;
};

/// How many steps each sequence of a batch has: int64 [batch], or a list. None: all steps.
struct Lengths {
  Lengths() = default;
  Lengths(Tensor given) : tensor(std::move(given)) {}  // NOLINT: implicit on purpose
  Lengths(const std::vector<std::int64_t>& given);     // NOLINT
  Lengths(std::initializer_list<std::int64_t> given);  // NOLINT
  Tensor tensor;
};

// Note [Recurrent layers]
// x is [steps, batch, input_size], [batch, steps, input_size] if batch_first, or [steps, input_size] without
// a batch; output has the last layer's hidden states, [..., directions * hidden_size], of both directions
// side by side. States are [num_layers * directions, batch, hidden_size] (the directions of a layer next to
// each other; without batch where x has none), also if batch_first; those that are not given are 0. Behind
// the end of a sequence the output is 0, final states are those of its own last step, and the second
// direction begins there: what PyTorch does with pack_padded_sequence. With proj_size, hidden states and
// output have proj_size instead of hidden_size features.
//
// Parameters: weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0, weight_hr_l0, then those of the second
// direction
// ("..._l0_reverse"), then of the next layer. Throws ValueError for a size below 1, a dropout that is not in
// [0, 1], and an option of another layer.

/// Simple recurrent layers: see rnn(), and Note [Recurrent layers]. The result has no cell.
class RNN : public Layer<RNN> {
 public:
  explicit RNN(const RecurrentOptions& options);
  RNN(std::int64_t input_size, std::int64_t hidden_size, const RecurrentOptions& others = {});
  SequenceResult forward(const Tensor& x, const Tensor& hidden = {}, const Lengths& lengths = {}) const;
  const RecurrentOptions options;
  const std::vector<RecurrentWeights> weights;  ///< of each layer and direction
};

/// Layers of long short-term memories: see lstm(), and Note [Recurrent layers].
///
///     nn::LSTM lstm(10, 20, {.num_layers = 2});
///     const auto [output, hidden, cell] = lstm(x);
///     lstm(x, RecurrentState{hidden, cell}, nn::Lengths{5, 3});
class LSTM : public Layer<LSTM> {
 public:
  explicit LSTM(const RecurrentOptions& options);
  LSTM(std::int64_t input_size, std::int64_t hidden_size, const RecurrentOptions& others = {});
  SequenceResult forward(const Tensor& x, const RecurrentState& state = {},
                         const Lengths& lengths = {}) const;
  const RecurrentOptions options;
  const std::vector<RecurrentWeights> weights;  ///< of each layer and direction
};

/// Layers of gated recurrent units: see gru(), and Note [Recurrent layers]. The result has no cell.
class GRU : public Layer<GRU> {
 public:
  explicit GRU(const RecurrentOptions& options);
  GRU(std::int64_t input_size, std::int64_t hidden_size, const RecurrentOptions& others = {});
  SequenceResult forward(const Tensor& x, const Tensor& hidden = {}, const Lengths& lengths = {}) const;
  const RecurrentOptions options;
  const std::vector<RecurrentWeights> weights;  ///< of each layer and direction
};

}  // namespace taper::nn
