// Transformers: layers of attention and feed-forward networks, and stacks of them.
#include <fmt/format.h>

#include <taper/autograd/ops/arithmetic.h>
#include <taper/autograd/ops/dropout.h>
#include <taper/nn/check.h>
#include <taper/nn/transformer.h>
#include <taper/tensor/check.h>
#include <taper/tensor/error.h>

namespace taper::nn {
namespace {

using Options = TransformerLayerOptions;

const Options& checked(const char* layer, const Options& options) {
  at_least(1, layer, "d_model", options.d_model);
  at_least(1, layer, "nhead", options.nhead);
  at_least(1, layer, "dim_feedforward", options.dim_feedforward);
  check_fraction(layer, "dropout", options.dropout);
  return options;
}

Options with_sizes(std::int64_t d_model, std::int64_t nhead, Options others) {
  others.d_model = d_model;
  others.nhead = nhead;
  return others;
}

// The parts of a layer.
MultiheadAttention attention(const Options& options, bool of_itself) {
  return MultiheadAttention({.embed_dim = options.d_model,
                             .num_heads = options.nhead,
                             .dropout = options.dropout,
                             .bias = options.bias,
                             .batch_first = options.batch_first,
                             .num_key_heads = of_itself ? options.num_key_heads : 0,
                             .rotary = of_itself && options.rotary,
                             .dtype = options.dtype});
}
Linear widening(const Options& options) {
  return Linear({.in_features = options.d_model,
                 .out_features = options.dim_feedforward,
                 .activation = options.activation ? Activation::none : Activation::relu,
                 .bias = options.bias,
                 .dtype = options.dtype});
}
Linear narrowing(const Options& options) {
  return Linear({.in_features = options.dim_feedforward,
                 .out_features = options.d_model,
                 .bias = options.bias,
                 .dtype = options.dtype});
}
LayerNorm normalization(const Options& options) {
  return LayerNorm({.normalized_shape = {options.d_model},
                    .epsilon = options.layer_norm_eps,
                    .bias = options.bias,
                    .dtype = options.dtype});
}

// How the parts of a layer follow each other: part(x) is dropped out and added to x, and one of both is
// normalized.
class Residual {
 public:
  Residual(const Options& options, bool training) : options_(options), p_(training ? options.dropout : 0) {}
  template <class Part>
  Tensor operator()(const Tensor& x, const LayerNorm& norm, const Part& part) const {
    return options_.norm_first ? x + dropped(part(norm(x))) : norm(x + dropped(part(x)));
  }
  Tensor feed_forward(const Tensor& x, const Linear& first, const Linear& second) const {
    const Tensor wide = first(x);
    return second(dropped(options_.activation ? options_.activation(wide) : wide));
  }

 private:
  Tensor dropped(const Tensor& x) const { return p_ > 0 ? dropout(x, p_) : x; }
  const Options& options_;
  const double p_;
};

// The cache of layer i; null if there are none.
template <class Cache>
Cache* cache_of(std::vector<Cache>* caches, std::size_t i, std::size_t layers) {
  if (caches == nullptr) return nullptr;
  if (caches->empty()) caches->resize(layers);
  if (caches->size() != layers)
    throw ValueError(fmt::format("expected a cache for each of {} layers, got {}", layers, caches->size()));
  return &(*caches)[i];
}

template <class M>
ModuleList<M> make_layers(const char* stack, const Options& options, std::int64_t count) {
  ModuleList<M> layers;
  for (std::int64_t i = 0; i < at_least(1, stack, "num_layers", count); ++i) layers.push_back(M(options));
  return layers;
}

}  // namespace

TransformerEncoderLayer::TransformerEncoderLayer(const Options& given)
    : options(checked("TransformerEncoderLayer", given)),
      self_attn(child("self_attn", attention(options, true))),
      linear1(child("linear1", widening(options))),
      linear2(child("linear2", narrowing(options))),
      norm1(child("norm1", normalization(options))),
      norm2(child("norm2", normalization(options))) {}
TransformerEncoderLayer::TransformerEncoderLayer(std::int64_t d_model, std::int64_t nhead,
                                                 const Options& others)
    : TransformerEncoderLayer(with_sizes(d_model, nhead, others)) {}

Tensor TransformerEncoderLayer::forward(const Tensor& src, const EncoderCall& call) const {
  return forward(src, call, cache_of(call.caches, 0, 1));
}
Tensor TransformerEncoderLayer::forward(const Tensor& src, const EncoderCall& call,
                                        KeyValueCache* cache) const {
  const Residual add(options, is_training());
  const Tensor x = add(src, norm1, [&](const Tensor& in) {
    return self_attn(in, AttentionCall{.key_padding_mask = call.src_key_padding_mask,
                                       .attn_mask = call.mask,
                                       .causal = call.is_causal,
                                       .cache = cache})
        .output;
  });
  return add(x, norm2, [&](const Tensor& in) { return add.feed_forward(in, linear1, linear2); });
}

TransformerDecoderLayer::TransformerDecoderLayer(const Options& given)
    : options(checked("TransformerDecoderLayer", given)),
      self_attn(child("self_attn", attention(options, true))),
      multihead_attn(child("multihead_attn", attention(options, false))),
      linear1(child("linear1", widening(options))),
      linear2(child("linear2", narrowing(options))),
      norm1(child("norm1", normalization(options))),
      norm2(child("norm2", normalization(options))),
      norm3(child("norm3", normalization(options))) {}
TransformerDecoderLayer::TransformerDecoderLayer(std::int64_t d_model, std::int64_t nhead,
                                                 const Options& others)
    : TransformerDecoderLayer(with_sizes(d_model, nhead, others)) {}

Tensor TransformerDecoderLayer::forward(const Tensor& tgt, const Tensor& memory,
                                        const DecoderCall& call) const {
  return forward(tgt, memory, call, cache_of(call.caches, 0, 1));
}
Tensor TransformerDecoderLayer::forward(const Tensor& tgt, const Tensor& memory, const DecoderCall& call,
                                        DecoderCache* cache) const {
  const Residual add(options, is_training());
  Tensor x = add(tgt, norm1, [&](const Tensor& in) {
    return self_attn(in, AttentionCall{.key_padding_mask = call.tgt_key_padding_mask,
                                       .attn_mask = call.tgt_mask,
                                       .causal = call.tgt_is_causal,
                                       .cache = cache != nullptr ? &cache->self : nullptr})
        .output;
  });
  const Tensor source = cache != nullptr && cache->memory.length() > 0 ? Tensor() : memory;
  x = add(x, norm2, [&](const Tensor& in) {
    return multihead_attn(in, source, source,
                          AttentionCall{.key_padding_mask = call.memory_key_padding_mask,
                                        .attn_mask = call.memory_mask,
                                        .cache = cache != nullptr ? &cache->memory : nullptr})
        .output;
  });
  return add(x, norm3, [&](const Tensor& in) { return add.feed_forward(in, linear1, linear2); });
}

TransformerEncoder::TransformerEncoder(const Options& layer, std::int64_t num_layers, bool norm)
    : layers(child("layers", make_layers<TransformerEncoderLayer>("TransformerEncoder", layer, num_layers))),
      norm_(norm ? std::vector{child("norm", normalization(layer))} : std::vector<LayerNorm>()) {}

Tensor TransformerEncoder::forward(const Tensor& src, const EncoderCall& call) const {
  Tensor x = src;
  for (std::size_t i = 0; i < layers.size(); ++i)
    x = layers[i](x, call, cache_of(call.caches, i, layers.size()));
  return norm_.empty() ? x : norm_[0](x);
}

TransformerDecoder::TransformerDecoder(const Options& layer, std::int64_t num_layers, bool norm)
    : layers(child("layers", make_layers<TransformerDecoderLayer>("TransformerDecoder", layer, num_layers))),
      norm_(norm ? std::vector{child("norm", normalization(layer))} : std::vector<LayerNorm>()) {}

Tensor TransformerDecoder::forward(const Tensor& tgt, const Tensor& memory, const DecoderCall& call) const {
  Tensor x = tgt;
  for (std::size_t i = 0; i < layers.size(); ++i)
    x = layers[i](x, memory, call, cache_of(call.caches, i, layers.size()));
  return norm_.empty() ? x : norm_[0](x);
}

Transformer::Transformer(const Options& layer, std::int64_t num_encoder_layers,
                         std::int64_t num_decoder_layers)
    : encoder(child("encoder", TransformerEncoder(layer, num_encoder_layers, true))),
      decoder(child("decoder", TransformerDecoder(layer, num_decoder_layers, true))) {
  for (const Tensor& each : parameters())
    if (each.rank() > 1) init::glorot_uniform(each);
}

Tensor Transformer::forward(const Tensor& src, const Tensor& tgt, const EncoderCall& encoder_call,
                            const DecoderCall& decoder_call) const {
  return decoder(tgt, encoder(src, encoder_call), decoder_call);
}

}  // namespace taper::nn
