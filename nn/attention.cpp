// MultiheadAttention: attention with several heads and projections.
#include <limits>

#include <fmt/format.h>

#include <taper/autograd/ops/arithmetic.h>
#include <taper/autograd/ops/arrange.h>
#include <taper/autograd/ops/matmul.h>
#include <taper/autograd/ops/reduce.h>
#include <taper/autograd/ops/shape.h>
#include <taper/nn/attention.h>
#include <taper/nn/check.h>
#include <taper/tensor/check.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>

namespace taper::nn {
namespace {

constexpr const char* layer = "MultiheadAttention";
using Options = MultiheadAttention::Options;

// With all sizes.
Options complete(Options options) {
  at_least(1, layer, "embed_dim", options.embed_dim);
  at_least(1, layer, "num_heads", options.num_heads);
  if (options.kdim == 0) options.kdim = options.embed_dim;
  if (options.vdim == 0) options.vdim = options.embed_dim;
  if (options.num_key_heads == 0) options.num_key_heads = options.num_heads;
  at_least(1, layer, "kdim", options.kdim);
  at_least(1, layer, "vdim", options.vdim);
  at_least(1, layer, "num_key_heads", options.num_key_heads);
  if (options.embed_dim > (std::int64_t{1} << 40))  // so that rows of a weight can be counted
    throw ValueError(fmt::format("{}: embed_dim {} is too large", layer, options.embed_dim));
  if (options.embed_dim % options.num_heads != 0)
    throw ValueError(fmt::format("{}: num_heads must divide embed_dim, {}, got {}", layer, options.embed_dim,
                                 options.num_heads));
  if (options.num_heads % options.num_key_heads != 0)
    throw ValueError(fmt::format("{}: num_key_heads must divide num_heads, {}, got {}", layer,
                                 options.num_heads, options.num_key_heads));
  if (options.rotary && options.embed_dim / options.num_heads % 2 != 0)
    throw ValueError(fmt::format("{}: rotary needs an even number of features of a head, got {}", layer,
                                 options.embed_dim / options.num_heads));
  check_fraction(layer, "dropout", options.dropout);
  return options;
}

// Features of all heads of keys, or of values.
std::int64_t key_features(const Options& options) {
  return options.embed_dim / options.num_heads * options.num_key_heads;
}

bool one_weight(const Options& options) {
  return options.kdim == options.embed_dim && options.vdim == options.embed_dim;
}

// PyTorch's initial values.
Tensor initialized(const Tensor& weight) {
  init::glorot_uniform(weight);
  return weight;
}

// [batch, steps, heads * features] -> [batch, heads, steps, features].
Tensor to_heads(const Tensor& x, std::int64_t heads) {
  return transpose(unflatten(x, -1, {heads, -1}), 1, 2);
}

// A mask as what is added to scores, or a bool one of who is seen.
struct Masks {
  Tensor visible, added;
  void include(const Tensor& mask) {
    if (mask.dtype() == boolean) {
      const Tensor seen = !mask;
      visible = visible.defined() ? visible & seen : seen;
    } else {
      added = added.defined() ? added + mask : mask;
    }
  }
};

}  // namespace

MultiheadAttention::MultiheadAttention(const Options& given)
    : options(complete(given)),
      in_proj_weight(one_weight(options)
                         ? initialized(parameter("in_proj_weight",
                                                 Tensor::empty({options.embed_dim + 2 * key_features(options),
                                                                options.embed_dim},
                                                               options.dtype, layer)))
                         : Tensor()),
      q_proj_weight(
          one_weight(options)
              ? Tensor()
              : initialized(parameter("q_proj_weight", Tensor::empty({options.embed_dim, options.embed_dim},
                                                                     options.dtype, layer)))),
      k_proj_weight(
          one_weight(options)
              ? Tensor()
              : initialized(parameter("k_proj_weight", Tensor::empty({key_features(options), options.kdim},
                                                                     options.dtype, layer)))),
      v_proj_weight(
          one_weight(options)
              ? Tensor()
              : initialized(parameter("v_proj_weight", Tensor::empty({key_features(options), options.vdim},
                                                                     options.dtype, layer)))),
      in_proj_bias(options.bias
                       ? parameter("in_proj_bias",
                                   zeros({options.embed_dim + 2 * key_features(options)}, options.dtype))
                       : Tensor()),
      out_proj(child("out_proj", Linear({.in_features = options.embed_dim,
                                         .out_features = options.embed_dim,
                                         .bias = options.bias,
                                         .bias_initializer = init::zeros,
                                         .dtype = options.dtype}))) {}
MultiheadAttention::MultiheadAttention(std::int64_t embed_dim, std::int64_t num_heads)
    : MultiheadAttention(embed_dim, num_heads, {}) {}
MultiheadAttention::MultiheadAttention(std::int64_t embed_dim, std::int64_t num_heads, Options others)
    : MultiheadAttention(with(others, &Options::embed_dim, embed_dim, &Options::num_heads, num_heads)) {}

AttentionResult MultiheadAttention::forward(const Tensor& x, const AttentionCall& call) const {
  if (!one_weight(options)) return forward(x, x, x, call);
  const std::int64_t keys = key_features(options);
  const auto parts =
      split(linear(x, in_proj_weight, in_proj_bias), std::vector{options.embed_dim, keys, keys}, -1);
  return attend(parts[0], parts[1], parts[2], call);
}

AttentionResult MultiheadAttention::forward(const Tensor& query, const Tensor& key, const Tensor& value,
                                            const AttentionCall& call) const {
  compute::check_defined("attention", query, "the query");
  if (&query == &key && &key == &value && one_weight(options)) return forward(query, call);
  const std::int64_t keys = key_features(options);
  // The part of a projection that begins at row `first`.
  const auto project = [&](const Tensor& x, const Tensor& own, std::int64_t first, std::int64_t rows) {
    return linear(x, own.defined() ? own : narrow(in_proj_weight, 0, first, rows),
                  in_proj_bias.defined() ? narrow(in_proj_bias, 0, first, rows) : Tensor());
  };
  const Tensor q = project(query, q_proj_weight, 0, options.embed_dim);
  if (!key.defined() && !value.defined()) {
    if (call.cache == nullptr || call.cache->length() == 0)
      throw ValueError("expected a key and a value, or a cache that has some");
    return attend(q, {}, {}, call);
  }
  compute::check_defined("attention", key, "the key");
  compute::check_defined("attention", value, "the value");
  if (&key == &value && one_weight(options)) {  // one product for both
    const auto parts = chunk(project(key, {}, options.embed_dim, 2 * keys), 2, -1);
    return attend(q, parts[0], parts[1], call);
  }
  return attend(q, project(key, k_proj_weight, options.embed_dim, keys),
                project(value, v_proj_weight, options.embed_dim + keys, keys), call);
}

// What is hidden by masks, as scaled_dot_product_attention() wants it.
Tensor MultiheadAttention::mask(const AttentionCall& call, std::int64_t batch, std::int64_t queries,
                                std::int64_t keys) const {
  Masks masks;
  if (call.attn_mask.defined()) {
    const Tensor& given = call.attn_mask;
    const bool fits = given.rank() == 2 || (given.rank() == 3 && given.size(0) == batch * options.num_heads);
    if (!fits || given.size(-2) != queries || given.size(-1) != keys)
      throw ShapeError(fmt::format("expected an attn_mask [{}, {}] or [{}, {}, {}], got {}", queries, keys,
                                   batch * options.num_heads, queries, keys, to_string(given.shape())));
    masks.include(given.rank() == 2 ? given : reshape(given, {batch, options.num_heads, queries, keys}));
  }
  if (call.key_padding_mask.defined()) {
    compute::check_shape("attention", call.key_padding_mask,
                         call.key_padding_mask.rank() == 1 && batch == 1 ? Shape{keys} : Shape{batch, keys},
                         "the key_padding_mask");
    masks.include(reshape(call.key_padding_mask, {batch, 1, 1, keys}));
  }
  if (call.causal && queries > 1)
    masks.include(unsqueeze(arange(queries), 1) < arange(keys) - (keys - queries));
  if (!masks.added.defined()) return masks.visible;
  return masks.visible.defined() ? where(masks.visible, masks.added, -std::numeric_limits<double>::infinity())
                                 : masks.added;
}

AttentionResult MultiheadAttention::attend(Tensor q, Tensor k, Tensor v, const AttentionCall& call) const {
  if (q.rank() != 2 && q.rank() != 3)
    throw ShapeError(fmt::format("expected a query {}, or [L, {}], got {}",
                                 options.batch_first ? fmt::format("[batch, L, {}]", options.embed_dim)
                                                     : fmt::format("[L, batch, {}]", options.embed_dim),
                                 options.embed_dim, to_string(q.shape())));
  const bool alone = q.rank() == 2;
  for (Tensor* each : {&q, &k, &v}) {
    if (!each->defined()) continue;
    if (each->rank() != (alone ? 2 : 3))
      throw ShapeError(fmt::format("expected a query, a key and a value of one rank, got {} and {} axes",
                                   alone ? 2 : 3, each->rank()));
    if (alone) *each = unsqueeze(*each, 0);
    if (!alone && !options.batch_first) *each = transpose(*each, 0, 1);
  }
  const std::int64_t batch = q.size(0), queries = q.size(1);
  q = to_heads(q, options.num_heads);
  std::int64_t before = call.cache != nullptr ? call.cache->length() : 0;
  if (k.defined()) {
    if (k.size(0) != batch || v.size(0) != batch || k.size(1) != v.size(1))
      throw ShapeError(
          fmt::format("expected a key and a value for each query of a batch of {}, got batches of {} "
                      "and {}, and {} and {} steps",
                      batch, k.size(0), v.size(0), k.size(1), v.size(1)));
    k = to_heads(k, options.num_key_heads);
    v = to_heads(v, options.num_key_heads);
    if (options.rotary) k = rotary_embedding(k, arange(before, before + k.size(-2)), options.rotary_options);
  }
  if (options.rotary) q = rotary_embedding(q, arange(before, before + queries), options.rotary_options);
  if (call.cache != nullptr) {
    if (k.defined()) call.cache->append(k, v);
    k = call.cache->key();
    v = call.cache->value();
  }
  AttentionOptions how{.mask = mask(call, batch, queries, k.size(-2)),
                       .dropout = is_training() ? options.dropout : 0,
                       .grouped_queries = options.num_key_heads != options.num_heads};
  AttentionResult result = call.need_weights
                               ? attention_with_weights(q, k, v, how)
                               : AttentionResult{scaled_dot_product_attention(q, k, v, how), {}};
  Tensor output = flatten(transpose(result.output, 1, 2), 2);  // [batch, L, embed_dim]
  if (alone) output = squeeze(output, 0);
  if (!alone && !options.batch_first) output = transpose(output, 0, 1);
  if (result.weights.defined()) {
    if (call.average_weights) result.weights = mean(result.weights, 1);
    if (alone) result.weights = squeeze(result.weights, 0);
  }
  return {out_proj(output), result.weights};
}

}  // namespace taper::nn
