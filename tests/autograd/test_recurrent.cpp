// Recurrent cells and sequences: what does not fit, and lengths at their ends.
#include <limits>

#include <catch.h>

#include <taper/taper.h>

using namespace taper;

namespace {

RecurrentWeights weights(std::int64_t gates, std::int64_t in = 3, std::int64_t hidden = 2) {
  return {uniform({gates * hidden, in}, -1, 1),
          uniform({gates * hidden, hidden}, -1, 1),
          uniform({gates * hidden}, -1, 1),
          uniform({gates * hidden}, -1, 1),
          {}};
}

}  // namespace

TEST_CASE("recurrent cells say what does not fit") {
  const Tensor x = zeros({2, 3}), h = zeros({2, 2});
  const RecurrentWeights w = weights(4);
  CHECK_THROWS_WITH(rnn_cell({}, h, weights(1)), ContainsSubstring("rnn_cell: the tensor is undefined"));
  CHECK_THROWS_WITH(lstm_cell(x, {h, {}}, w), ContainsSubstring("lstm_cell: the cell is undefined"));
  CHECK_THROWS_WITH(lstm_cell(x, {h, h}, {}), ContainsSubstring("lstm_cell: weight_ih is undefined"));
  CHECK_THROWS_WITH(lstm_cell(x, {h, zeros({2, 3})}, w),
                    ContainsSubstring("lstm_cell: expected the cell of shape [2, 2], got [2, 3]"));
  CHECK_THROWS_WITH(
      gru_cell(x, h, w),
      "gru_cell: expected weight_ih [3 * hidden, in] and weight_hh [3 * hidden, hidden], got [8, 3] "
      "and [8, 2]");
  CHECK_THROWS_WITH(
      lstm_cell(zeros({2, 4}), {h, h}, w),
      "lstm_cell: expected x [..., in] for a weight_ih [4 * hidden, in], got [2, 4] and [8, 3]");
  CHECK_THROWS_AS(lstm_cell(x, {zeros({2, 2}, float64), h}, w), DTypeError);
  CHECK_THROWS_AS(lstm_cell(to(x, int64), {h, h}, w), DTypeError);
  CHECK_THROWS_AS(lstm_cell(scalar(1), {h, h}, w), ShapeError);
  RecurrentWeights wrong = weights(1);
  wrong.weight_hr = zeros({1, 2});
  CHECK_THROWS_WITH(rnn_cell(x, h, wrong), ContainsSubstring("rnn_cell: expected no weight_hr"));
  wrong = w;
  wrong.bias_hh = zeros(7);
  CHECK_THROWS_WITH(lstm_cell(x, {h, h}, wrong), ContainsSubstring("bias_hh"));
}

TEST_CASE("sequences of no steps, and of other lengths") {
  const RecurrentWeights w = weights(4);
  const Tensor x = uniform({3, 2, 3}), h = uniform({2, 2}), c = uniform({2, 2});
  const auto of_lengths = [&](const Tensor& lengths) { return lstm(x, {h, c}, w, {.lengths = lengths}); };
  CHECK_THROWS_WITH(of_lengths(tensor({4, 1})), "lstm: expected lengths from 0 to 3, got 4");
  CHECK_THROWS_WITH(of_lengths(tensor({3, -1})), "lstm: expected lengths from 0 to 3, got -1");
  CHECK_THROWS_WITH(of_lengths(tensor({3., 1.})), "lstm: expected int64 lengths, got float32");
  CHECK_THROWS_AS(of_lengths(tensor({3})), ShapeError);
  CHECK_THROWS_WITH(lstm(x[0], {}, w), "lstm: expected x [steps, batch, in], got [2, 3]");
  CHECK_THROWS_WITH(gru(x, {}, w, {.reset_after = false}), ContainsSubstring("gru: expected weight_ih"));

  const SequenceResult none = of_lengths(tensor({0, 0}));
  CHECK(equal(none.output, zeros({3, 2, 2})));
  CHECK(equal(none.hidden, h));
  CHECK(equal(none.cell, c));
  CHECK(equal(lstm(slice(x, 0, 0, 0), {h, c}, w).hidden, h));
  CHECK(lstm(slice(x, 0, 0, 0), {}, w).output.shape() == Shape{0, 2, 2});
  CHECK(lstm(slice(x, 1, 0, 0), {}, w).output.shape() == Shape{3, 0, 2});
  CHECK(equal(of_lengths(tensor({3, 3})).output, of_lengths({}).output));
  // A sequence of its own gives the same as one of a batch.
  const SequenceResult batch = of_lengths(tensor({2, 3}));
  const SequenceResult alone = lstm(slice(slice(x, 0, 0, 2), 1, 0, 1), {h(Slice(0, 1)), c(Slice(0, 1))}, w);
  CHECK(allclose(batch.hidden(Slice(0, 1)), alone.hidden));
  CHECK(allclose(batch.output(Slice(0, 2), Slice(0, 1)), alone.output));
}

TEST_CASE("what is behind the end of a sequence does not matter") {
  const Tensor x = uniform({3, 2, 3});
  Tensor other = clone(x);
  assign(other, {Slice(1), 0}, std::numeric_limits<double>::quiet_NaN());
  for (const bool reverse : {false, true}) {
    const SequenceOptions options{.lengths = tensor({1, 3}), .reverse = reverse};
    const auto gradients = [&](const Tensor& given, bool is_gru) {
      const RecurrentWeights w = weights(is_gru ? 3 : 4);
      for (Tensor each : {w.weight_ih, w.weight_hh, w.bias_ih, w.bias_hh}) {
        assign(each, 0.5);
        each.set_requires_grad();
      }
      const Tensor in = clone(given).set_requires_grad();
      const SequenceResult result = is_gru ? gru(in, {}, w, {}, options) : lstm(in, {}, w, options);
      sum(result.output + result.hidden).backward();
      return std::vector{result.output.detach(), in.grad(), w.weight_ih.grad(), w.weight_hh.grad(),
                         w.bias_hh.grad()};
    };
    for (const bool is_gru : {false, true}) {
      const auto a = gradients(x, is_gru), b = gradients(other, is_gru);
      for (std::size_t i = 0; i < a.size(); ++i) CHECK(equal(a[i], b[i]));
    }
  }
}

TEST_CASE("an LSTM's steps have the same bits in any place") {
  const RecurrentWeights w = weights(4, 5, 19);
  const Tensor x = uniform({70, 5}, -2, 2), h = uniform({70, 19}, -2, 2), c = uniform({70, 19}, -2, 2);
  const RecurrentState whole = lstm_cell(x, {h, c}, w);
  const Tensor projected = linear(x, w.weight_ih, w.bias_ih + w.bias_hh) + linear(h, w.weight_hh);
  const auto gates = chunk(projected, 4, -1);
  CHECK(equal(whole.cell, sigmoid(gates[1]) * c + sigmoid(gates[0]) * tanh(gates[2])));
  CHECK(equal(whole.hidden, sigmoid(gates[3]) * tanh(whole.cell)));
}
