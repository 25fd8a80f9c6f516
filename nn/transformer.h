// Transformers: layers of attention and feed-forward networks, and stacks of them.
#pragma once

#include <vector>

#include <taper/autograd/ops/activation.h>
#include <taper/nn/attention.h>
#include <taper/nn/layer_norm.h>
#include <taper/nn/linear.h>
#include <taper/nn/module_list.h>

namespace taper::nn {

/// Options of TransformerEncoderLayer and TransformerDecoderLayer.
struct TransformerLayerOptions {
  std::int64_t d_model = 0;  ///< features of inputs and results
  std::int64_t nhead = 0;
  std::int64_t dim_feedforward = 2048;
  double dropout =
      0.1;  ///< in training: of attention weights, within the feed-forward network, and of what is added
  /// Of the feed-forward network; if empty, relu. `.activation = [](const Tensor& x) { return gelu(x); }`
  Function<Tensor(const Tensor& x)> activation = {};
  double layer_norm_eps = 1e-5;
  bool batch_first = false;  ///< [batch, steps, d_model] rather than [steps, batch, d_model]
  bool norm_first = false;   ///< normalize what goes into each part, rather than the sums behind it
  bool bias = true;
  /// Of self-attention, see MultiheadAttention: not in PyTorch's layers.
  std::int64_t num_key_heads = 0;
  bool rotary = false;
  DType dtype = float32;
};

/// What a call of an encoder takes besides its input: see AttentionCall.
struct EncoderCall {
  Tensor mask = {};                  ///< attn_mask of all layers
  Tensor src_key_padding_mask = {};  ///< [batch, steps]
  bool is_causal = false;            ///< no step sees a later one; no mask is needed for that
  /// Of a layer, or one for each layer of a stack (made by the first call): for generation step by step, as
  /// of a language model, which is an encoder with is_causal.
  std::vector<KeyValueCache>* caches = nullptr;
};

/// Self-attention and a feed-forward network, each added to its input and normalized (Vaswani et al.:
/// Attention is all you need; 2017). Children: self_attn, linear1, linear2, norm1, norm2.
class TransformerEncoderLayer : public Layer<TransformerEncoderLayer> {
 public:
  explicit TransformerEncoderLayer(const TransformerLayerOptions& options);
  TransformerEncoderLayer(std::int64_t d_model, std::int64_t nhead,
                          const TransformerLayerOptions& others = {});
  Tensor forward(const Tensor& src, const EncoderCall& call = {}) const;
  /// With the cache of this layer, which may be null; call.caches is not read.
  Tensor forward(const Tensor& src, const EncoderCall& call, KeyValueCache* cache) const;

  const TransformerLayerOptions options;
  const MultiheadAttention self_attn;
  const Linear linear1, linear2;
  const LayerNorm norm1, norm2;
};

/// The keys and values that a decoder's layer has seen: of its own steps, and of the memory.
struct DecoderCache {
  KeyValueCache self, memory;
};

/// What a call of a decoder takes besides its inputs: see AttentionCall.
struct DecoderCall {
  Tensor tgt_mask = {}, memory_mask = {};
  Tensor tgt_key_padding_mask = {}, memory_key_padding_mask = {};
  bool tgt_is_causal = false;  ///< no step sees a later one; no mask is needed for that
  /// One for each layer of a stack (made by the first call): for generation step by step. The memory is
  /// projected once, in the first call.
  std::vector<DecoderCache>* caches = nullptr;
};

/// Self-attention, attention to a memory (an encoder's result), and a feed-forward network. Children:
/// self_attn, multihead_attn, linear1, linear2, norm1, norm2, norm3.
class TransformerDecoderLayer : public Layer<TransformerDecoderLayer> {
 public:
  explicit TransformerDecoderLayer(const TransformerLayerOptions& options);
  TransformerDecoderLayer(std::int64_t d_model, std::int64_t nhead,
                          const TransformerLayerOptions& others = {});
  Tensor forward(const Tensor& tgt, const Tensor& memory, const DecoderCall& call = {}) const;
  /// With the cache of this layer, which may be null; call.caches is not read.
  Tensor forward(const Tensor& tgt, const Tensor& memory, const DecoderCall& call, DecoderCache* cache) const;

  const TransformerLayerOptions options;
  const MultiheadAttention self_attn, multihead_attn;
  const Linear linear1, linear2;
  const LayerNorm norm1, norm2, norm3;
};

/// Layers one behind the other, "layers.0" and so on, and a LayerNorm "norm" behind them, if `norm`. Each
/// layer has its own initial values (PyTorch copies the first one's).
class TransformerEncoder : public Layer<TransformerEncoder> {
 public:
  TransformerEncoder(const TransformerLayerOptions& layer, std::int64_t num_layers, bool norm = false);
  Tensor forward(const Tensor& src, const EncoderCall& call = {}) const;

  const ModuleList<TransformerEncoderLayer> layers;

 private:
  const std::vector<LayerNorm> norm_;  // one or none
};

/// The same of layers of a decoder.
class TransformerDecoder : public Layer<TransformerDecoder> {
 public:
  TransformerDecoder(const TransformerLayerOptions& layer, std::int64_t num_layers, bool norm = false);
  Tensor forward(const Tensor& tgt, const Tensor& memory, const DecoderCall& call = {}) const;

  const ModuleList<TransformerDecoderLayer> layers;

 private:
  const std::vector<LayerNorm> norm_;
};

/// An encoder and a decoder, each with a norm behind its layers; weights are initialized as glorot_uniform
/// does.
class Transformer : public Layer<Transformer> {
 public:
  /// PyTorch's sizes: 512 features, 8 heads, 6 layers each.
  explicit Transformer(const TransformerLayerOptions& layer = {.d_model = 512, .nhead = 8},
                       std::int64_t num_encoder_layers = 6, std::int64_t num_decoder_layers = 6);
  Tensor forward(const Tensor& src, const Tensor& tgt, const EncoderCall& encoder_call = {},
                 const DecoderCall& decoder_call = {}) const;

  const TransformerEncoder encoder;
  const TransformerDecoder decoder;
};

}  // namespace taper::nn
