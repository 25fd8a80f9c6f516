// Rows of the attention layers.
#include <limits>

#include "layer_cases.h"
#include <taper/autograd/autograd.h>
#include <taper/tensor/create.h>

using namespace taper;
using In = LayerRow::Tensors;

namespace {

// With the weights, if they are wanted.
In results(const AttentionResult& result) {
  In all{result.output};
  if (result.weights.defined()) all.push_back(result.weights);
  return all;
}

LayerRow attention(const nn::MultiheadAttention& module, const nn::AttentionCall& call) {
  return layer_row("MultiheadAttention", module, [call](const nn::MultiheadAttention& m, const In& in) {
    nn::AttentionCall own = call;
    if (own.attn_mask.defined() && own.attn_mask.dtype() != boolean)
      own.attn_mask = to(own.attn_mask, in.at(0).dtype());
    return results(in.size() == 1 ? m(in[0], own) : m(in.at(0), in.at(1), in.at(2), own));
  });
}

template <class M>
LayerRow positions(const char* name, const M& module) {
  return layer_row(name, module, [](const M& m, const In& in) { return In{m(in.at(0), 2)}; });
}

template <class M, class Call>
LayerRow encoder(const char* name, const M& module, const Call& call) {
  return layer_row(name, module, [call](const M& m, const In& in) { return In{m(in.at(0), call)}; });
}
template <class M, class... Calls>
LayerRow decoder(const char* name, const M& module, const Calls&... calls) {
  return layer_row(name, module,
                   [=](const M& m, const In& in) { return In{m(in.at(0), in.at(1), calls...)}; });
}

}  // namespace

std::vector<LayerRow> attention_layers() {
  const Tensor padding = tensor({{false, false, true}, {false, false, false}}),
               hidden = tensor({{false, true, false}, {true, false, false}}),
               added = tensor({{0., 1.5, -2.}, {0.5, -std::numeric_limits<double>::infinity(), 0.}}),
               for_each_head = remainder(reshape(arange(24), {4, 2, 3}), 5) == 1;
  const nn::MultiheadAttention usual(4, 2);
  const nn::TransformerLayerOptions small{.d_model = 4, .nhead = 2, .dim_feedforward = 5, .dropout = 0};
  nn::TransformerLayerOptions other = small, plain = small;
  other.activation = [](const Tensor& x) { return gelu(x); };
  other.batch_first = other.norm_first = true;
  plain.bias = false;
  plain.layer_norm_eps = 0.1;
  return {
      attention(usual, {.need_weights = true}),
      attention(nn::MultiheadAttention(4, 2, {.bias = false}),
                {.need_weights = true, .average_weights = false}),
      attention(nn::MultiheadAttention(4, 2, {.kdim = 3, .vdim = 5}), {.need_weights = true}),
      attention(nn::MultiheadAttention(4, 2, {.batch_first = true}),
                {.key_padding_mask = padding, .need_weights = true}),
      attention(usual, {.key_padding_mask = padding, .attn_mask = hidden, .need_weights = true}),
      attention(usual, {.attn_mask = added, .need_weights = true}),
      attention(usual, {.key_padding_mask = padding, .attn_mask = added}),
      attention(usual, {.attn_mask = for_each_head}),
      attention(usual, {.key_padding_mask = padding[0], .need_weights = true}),
      attention(usual, {.causal = true, .need_weights = true}),
      attention(nn::MultiheadAttention(8, 4, {.batch_first = true, .num_key_heads = 2}), {.causal = true}),
      positions("SinusoidalPositions", nn::SinusoidalPositions()),
      positions("LearnedPositions", nn::LearnedPositions(5, 4)),
      positions("RotaryPositions", nn::RotaryPositions()),
      layer_row("TransformerEncoderLayer", nn::TransformerEncoderLayer(small)),
      encoder("TransformerEncoderLayer", nn::TransformerEncoderLayer(other),
              nn::EncoderCall{.src_key_padding_mask = padding, .is_causal = true}),
      encoder("TransformerEncoderLayer", nn::TransformerEncoderLayer(plain),
              nn::EncoderCall{.is_causal = true}),
      decoder("TransformerDecoderLayer", nn::TransformerDecoderLayer(small)),
      decoder("TransformerDecoderLayer", nn::TransformerDecoderLayer(other),
              nn::DecoderCall{.memory_key_padding_mask = padding, .tgt_is_causal = true}),
      encoder("TransformerEncoder", nn::TransformerEncoder(small, 2, true),
              nn::EncoderCall{.is_causal = true}),
      decoder("TransformerDecoder", nn::TransformerDecoder(small, 2), nn::DecoderCall{.tgt_is_causal = true}),
      decoder("Transformer", nn::Transformer(small, 1, 1), nn::EncoderCall{},
              nn::DecoderCall{.tgt_is_causal = true}),
  };
}
