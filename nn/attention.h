// MultiheadAttention: attention with several heads and projections.
#pragma once

#include <taper/autograd/ops/attention.h>
#include <taper/nn/init.h>
#include <taper/nn/key_value_cache.h>
#include <taper/nn/linear.h>

namespace taper::nn {

/// What a call of MultiheadAttention takes besides its inputs:
/// `attention(x, nn::AttentionCall{.causal = true})`.
struct AttentionCall {
  /// [batch, S] ([S] without a batch): bool, true for keys that are padding and take no part, or added to the
  /// scores.
  Tensor key_padding_mask = {};
  /// [L, S], or [batch * num_heads, L, S]: bool, true for keys that a query does not see (the other way round
  /// than in scaled_dot_product_attention(), as in PyTorch), or added to the scores.
  Tensor attn_mask = {};
  /// Queries see the keys of no later steps: the last query is at the last key.
  bool causal = false;
  bool need_weights = false;  ///< whether the result has the weights (in PyTorch by default)
  bool average_weights =
      true;  ///< [batch, L, S], the mean of the heads' weights; else [batch, num_heads, L, S]
  /// Keys and values of earlier steps; those of this call are appended.
  KeyValueCache* cache = nullptr;
};

/// softmax(Q K^T / sqrt(head size)) V for each of num_heads parts of the features, where Q, K and V are
/// projections of the inputs, and out_proj one of the result (Vaswani et al.: Attention is all you need;
/// 2017): see scaled_dot_product_attention(). Inputs are [L, batch, embed_dim] and [S, batch, kdim or vdim];
/// [batch, L, embed_dim] and so on if batch_first; or without batch. A query without any key to see gets the
/// result 0 (before out_proj).
///
/// Parameters as in PyTorch: in_proj_weight [3 * embed_dim, embed_dim] (or q_proj_weight, k_proj_weight and
/// v_proj_weight, if kdim or vdim differs from embed_dim), in_proj_bias, out_proj.weight, out_proj.bias.
/// There is no add_bias_kv, nor add_zero_attn: models do without them.
class MultiheadAttention : public Layer<MultiheadAttention> {
 public:
  struct Options {
    std::int64_t embed_dim = 0;
    std::int64_t num_heads = 0;
    double dropout = 0;  ///< in training, of the weights
    bool bias = true;
    std::int64_t kdim = 0;  ///< features of the keys; 0: embed_dim
    std::int64_t vdim = 0;  ///< and of the values
    bool batch_first = false;
    /// Heads of keys and values, each of which num_heads / num_key_heads heads of queries share (grouped
    /// queries; 1: multi-query attention). 0: num_heads. PyTorch's layer has no such option; rows of
    /// in_proj_weight are less.
    std::int64_t num_key_heads = 0;
    /// Queries and keys are turned by their positions: see rotary_embedding(). Not in PyTorch's layer.
    bool rotary = false;
    RotaryOptions rotary_options = {};
    DType dtype = float32;
  };
  /// Throws ValueError for a size below 1, heads that do not divide embed_dim, or key heads that do not
  /// divide heads.
  explicit MultiheadAttention(const Options& options);
  MultiheadAttention(std::int64_t embed_dim, std::int64_t num_heads);
  MultiheadAttention(std::int64_t embed_dim, std::int64_t num_heads, Options others);

  /// Undefined key and value: those of the cache alone, as for a memory that does not change.
  AttentionResult forward(const Tensor& query, const Tensor& key, const Tensor& value,
                          const AttentionCall& call = {}) const;
  /// Self-attention, with one product for all projections.
  AttentionResult forward(const Tensor& x, const AttentionCall& call = {}) const;

  const Options options;
  const Tensor in_proj_weight;                               ///< undefined if kdim or vdim differs
  const Tensor q_proj_weight, k_proj_weight, v_proj_weight;  ///< defined then
  const Tensor in_proj_bias;                                 ///< undefined without bias
  const Linear out_proj;

 private:
  AttentionResult attend(Tensor q, Tensor k, Tensor v, const AttentionCall& call) const;
  Tensor mask(const AttentionCall& call, std::int64_t batch, std::int64_t queries, std::int64_t keys) const;
};

}  // namespace taper::nn
