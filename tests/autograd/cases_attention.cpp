// The table of operations: attention and positions. Each row has its values and gradients from PyTorch, see
// test_torch.cpp.
#include "cases.h"
#include <taper/tensor/create.h>

using namespace taper;
using In = std::vector<Tensor>;

std::vector<Row> attention_rows() {
  using cases::row;
  const auto attend = [](const AttentionOptions& options) {
    return [options](const In& in) {
      AttentionOptions own = options;
      if (in.size() > 3) own.mask = in[3];
      if (in[0].defined() && own.mask.defined() && own.mask.dtype() != boolean)
        own.mask = to(own.mask, in[0].dtype());
      return scaled_dot_product_attention(in[0], in[1], in[2], own);
    };
  };
  const auto weigh = [](const AttentionOptions& options) {
    return [options](const In& in) { return attention_with_weights(in[0], in[1], in[2], options).weights; };
  };
  const auto of = [](const Shape& query, const Shape& key, const Shape& value) {
    return std::vector<Argument>{{query}, {key}, {value}};
  };
  const auto with = [](std::vector<Argument> arguments, const Argument& mask) {
    arguments.push_back(mask);
    return arguments;
  };
  const auto few = of({2, 3, 2}, {2, 4, 2}, {2, 4, 3}),
             grouped = of({1, 4, 2, 2}, {1, 2, 3, 2}, {1, 2, 3, 2});
  const double inf = std::numeric_limits<double>::infinity();
  const Tensor blind = tensor(
                   {{true, false, true, true}, {false, false, false, false}, {false, true, true, true}}),
               lonely = tensor({{0., -inf, 1., -inf}, {-inf, -inf, -inf, -inf}, {2., 0., 0., -1.}}, float64);
  const Argument places{{3}, 0, 50, int64};
  const auto turn = [](const RotaryOptions& options) {
    return [options](const In& in) { return rotary_embedding(in[0], in[1], options); };
  };
  std::vector<Row> rows = {
      row("scaled_dot_product_attention", few, attend({})),
      row("scaled_dot_product_attention", of({3, 2}, {4, 2}, {4, 3}), attend({.scale = 0.3})),
      row("scaled_dot_product_attention", of({2, 1, 3, 2}, {1, 2, 4, 2}, {2, 4, 1}), attend({})),
      row("scaled_dot_product_attention", few, attend({.causal = true})),
      row("scaled_dot_product_attention", few, attend({.mask = blind})),
      row("scaled_dot_product_attention", few, attend({.mask = lonely})),
      row("scaled_dot_product_attention", with(few, {{2, 3, 4}}), attend({})),
      row("scaled_dot_product_attention", with(few, {{4}}), attend({})),
      row("scaled_dot_product_attention", few,
          attend({.mask = tensor({true, false, true, true}), .causal = true})),
      row("scaled_dot_product_attention", grouped, attend({.causal = true, .grouped_queries = true})),
      row("scaled_dot_product_attention", with(grouped, {{4, 1, 3}}), attend({.grouped_queries = true})),
      row("scaled_dot_product_attention", of({4, 2, 2}, {1, 3, 2}, {1, 3, 2}),
          attend({.grouped_queries = true})),
      row("attention_with_weights", few, weigh({.mask = blind})),
      row("attention_with_weights", grouped, weigh({.causal = true, .grouped_queries = true})),
      row("rotary_embedding", {{{2, 3, 4}}, places}, turn({})),
      row("rotary_embedding", {{{2, 3, 4}}, {{2, 1}, 0, 9, int32}}, turn({.base = 50})),
      row("rotary_embedding", {{{2, 3, 4}}, places}, turn({.interleaved = true})),
  };
  for (Row& each : rows) each.linear = each.name == "rotary_embedding";
  for (const std::int64_t features : {4, 5}) {
    rows.push_back(row("sinusoidal_positions", {places}, [features](const In& in) {
      return sinusoidal_positions(in[0], features, features == 4 ? 10000 : 100, float64);
    }));
    rows.back().differentiable = false;
  }
  return rows;
}
