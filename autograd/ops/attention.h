// Attention, and what tells it positions.
#pragma once

#include <taper/tensor/random.h>
#include <taper/tensor/tensor.h>

namespace taper {

struct AttentionOptions {
  /// Broadcasts to the scores [..., L, S]: bool (true: this key takes part), or of the query's dtype (added
  /// to the scores, with a gradient).
  Tensor mask = {};
  /// Query i sees the keys up to i alone; with a mask, of those.
  bool causal = false;
  double dropout = 0;  ///< the probability with which a weight is 0: pass 0 when not training
  double scale = 0;    ///< of the scores; 0: 1 / sqrt(E)
  /// The third axis from the last counts heads, of which queries have a multiple of those of keys and values:
  /// query head h uses key head h / (query heads / key heads) (Ainslie et al.: GQA; 2023). PyTorch's
  /// enable_gqa.
  bool grouped_queries = false;
};
/// softmax(query key^T * scale + mask) value: query [..., L, E], key [..., S, E], value [..., S, V] -> [...,
/// L, V], where leading axes broadcast (Vaswani et al.: Attention is all you need; 2017). The result of a
/// query that no key takes part for is 0. Throws ShapeError or DTypeError for operands that do not fit
/// together, ValueError for a dropout that is not in [0, 1].
Tensor scaled_dot_product_attention(const Tensor& query, const Tensor& key, const Tensor& value,
                                    const AttentionOptions& options = {});

/// The result, and the weights of the values [..., L, S], after dropout: 0 for a query that no key takes part
/// for.
struct AttentionResult {
  Tensor output, weights;
};
/// scaled_dot_product_attention() with the weights, which cost a pass over them where queries see no key.
AttentionResult attention_with_weights(const Tensor& query, const Tensor& key, const Tensor& value,
                                       const AttentionOptions& options = {});

struct RotaryOptions {
  double base = 10000;
  /// Which features turn together: i and i + D / 2, as in LLaMA and Hugging Face's models; or, if true, 2 i
  /// and 2 i + 1, as in the paper.
  bool interleaved = false;
};
/// The rotary position embedding: x [..., D] with an even D, of which each pair i of features is turned by
/// the angle position / base^(2 i / D), so that products of queries and keys depend on the distance of their
/// positions alone (Su et al.: RoFormer; 2021). positions [...] are numbers of any dtype and broadcast to x's
/// leading axes: for x [batch, heads, L, D], [L] or [batch, 1, L]. They get no gradient. Throws ShapeError
/// for an odd D or positions that do not broadcast.
Tensor rotary_embedding(const Tensor& x, const Tensor& positions, const RotaryOptions& options = {});

/// Sines and cosines of positions [...] -> [..., features]: element 2 i is sin(position / base^(2 i /
/// features)), element 2 i + 1 its cosine (Vaswani et al.: Attention is all you need; 2017). No gradient.
/// Throws ValueError unless features is at least 1.
Tensor sinusoidal_positions(const Tensor& positions, std::int64_t features, double base = 10000,
                            DType dtype = default_dtype());

}  // namespace taper
