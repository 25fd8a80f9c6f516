// Recurrent layers: options that do not fit, dropout between layers, and states that go on.
#include <cmath>

#include <catch.h>

#include <taper/taper.h>

using namespace taper;

TEST_CASE("recurrent layers refuse options and inputs that do not fit") {
  CHECK_THROWS_WITH(nn::LSTM(0, 2), ContainsSubstring("LSTM: input_size must be at least 1, got 0"));
  CHECK_THROWS_WITH(nn::GRUCell(2, 0), ContainsSubstring("GRUCell: hidden_size must be at least 1, got 0"));
  CHECK_THROWS_WITH(nn::LSTM(2, 2, {.num_layers = 0}), ContainsSubstring("num_layers must be at least 1"));
  CHECK_THROWS_WITH(nn::GRU(2, 3, {.proj_size = 2}), "GRU: proj_size is an option of LSTM alone");
  CHECK_THROWS_WITH(nn::LSTM(2, 3, {.proj_size = 3}),
                    "LSTM: proj_size must be less than hidden_size, 3, got 3");
  CHECK_THROWS_AS(nn::LSTM(2, 3, {.nonlinearity = RecurrentActivation::relu}), ValueError);
  CHECK_THROWS_AS(nn::LSTM(2, 3, {.reset_after = false}), ValueError);
  CHECK_THROWS_WITH(nn::RNN(2, 3, {.dropout = 2}), "RNN: dropout must be between 0 and 1, got 2");
  CHECK_THROWS_AS(nn::LSTM(std::int64_t{1} << 60, 3), Error);
  CHECK_THROWS_AS(nn::LSTM(3, std::int64_t{1} << 60), Error);

  const nn::LSTM lstm(3, 2, {.num_layers = 2});
  CHECK_THROWS_WITH(lstm(zeros({4, 3, 2})), ContainsSubstring("LSTM"));
  CHECK_THROWS_WITH(lstm(zeros(3)),
                    ContainsSubstring("expected x [steps, batch, 3], or [steps, 3], got [3]"));
  const Tensor x = zeros({4, 3, 3});
  CHECK_THROWS_WITH(
      lstm(x, RecurrentState{zeros({1, 3, 2}), {}}),
      ContainsSubstring("expected the hidden states [2, 3, features], for each layer and direction, got "
                        "[1, 3, 2]"));
  CHECK_THROWS_AS(lstm(x, RecurrentState{zeros({2, 3, 4}), {}}), ShapeError);
  CHECK_THROWS_WITH(lstm(x, RecurrentState(), nn::Lengths{4, 5, 1}),
                    ContainsSubstring("lstm: expected lengths from 0 to 4, got 5"));
  CHECK_THROWS_AS(lstm(to(x, float64)), DTypeError);
  CHECK(lstm(zeros({0, 3, 3})).output.shape() == Shape{0, 3, 2});
  CHECK(lstm(zeros({4, 0, 3})).hidden.shape() == Shape{2, 0, 2});
}

TEST_CASE("recurrent layers have PyTorch's initial values") {
  manual_seed(3);
  const nn::GRU gru(30, 25);
  for (const auto& [name, weight] : gru.named_parameters()) {
    INFO(name);
    CHECK(max(abs(weight)).item<float>() <= 0.2f);
    CHECK(max(abs(weight)).item<float>() > 0.19f);
  }
  const nn::LSTM other(3, 2, {.recurrent_initializer = nn::init::zeros, .bias_initializer = nn::init::ones});
  CHECK(equal(other.weights[0].weight_hh, zeros({8, 2})));
  CHECK(equal(other.weights[0].bias_hh, ones(8)));
}

TEST_CASE("a sequence in two parts is the same as in one") {
  manual_seed(4);
  const Tensor x = uniform({5, 2, 3});
  const nn::LSTM lstm(3, 4, {.num_layers = 2});
  const SequenceResult whole = lstm(x), first = lstm(slice(x, 0, 0, 3));
  const SequenceResult second = lstm(slice(x, 0, 3), RecurrentState{first.hidden, first.cell});
  CHECK(allclose(concat({first.output, second.output}), whole.output, {1e-5, 1e-6}));
  CHECK(allclose(second.cell, whole.cell, {1e-5, 1e-6}));
  CHECK(allclose(select(whole.output, 0, 4), whole.hidden[1], {1e-5, 1e-6}));

  const nn::LSTMCell cell(3, 4);
  nn::LSTM same(3, 4);
  NamedTensors state;
  for (const auto& [name, value] : cell.state_dict()) state.emplace_back(name + "_l0", value);
  same.load_state_dict(state);
  RecurrentState at;
  for (std::int64_t t = 0; t < 5; ++t) at = cell(x[t], at);
  CHECK(allclose(at.hidden, same(x).hidden[0], {1e-5, 1e-6}));
}

TEST_CASE("dropout is between recurrent layers alone, in training") {
  manual_seed(5);
  nn::LSTM one(3, 4, {.dropout = 0.5}), two(3, 4, {.num_layers = 2, .dropout = 0.5});
  const Tensor x = uniform({5, 2, 3});
  CHECK(equal(one(x).output, one(x).output));
  CHECK_FALSE(equal(two(x).output, two(x).output));
  two.eval();
  CHECK(equal(two(x).output, two(x).output));
}
