// Embedding and EmbeddingBag.
#include <fmt/format.h>

#include <taper/autograd/autograd.h>
#include <taper/nn/check.h>
#include <taper/nn/embedding.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>

namespace taper::nn {
namespace {

// The table of either layer, with its initial values.
template <class Options>
Tensor table(const char* type, const Options& options) {
  const std::int64_t rows = at_least(1, type, "num_embeddings", options.num_embeddings);
  Tensor weight =
      Tensor::empty({rows, at_least(1, type, "embedding_dim", options.embedding_dim)}, options.dtype);
  const std::int64_t padding = options.padding_index.value_or(0);
  if (padding < -rows || padding >= rows)
    throw IndexError(
        fmt::format("{}: padding_index {} is out of range for {} embeddings", type, padding, rows));
  options.weight_initializer ? options.weight_initializer(weight, default_generator())
                             : init::normal(weight, 0, 1);
  if (options.padding_index) assign(select(weight, 0, padding), 0);
  return weight;
}

}  // namespace

Embedding::Embedding(const Options& given)
    : options{.padding_index = given.padding_index,
              .max_norm = given.max_norm,
              .norm_type = given.norm_type,
              .scale_grad_by_freq = given.scale_grad_by_freq},
      weight(parameter("weight", table("Embedding", given))) {}
Embedding::Embedding(std::int64_t num_embeddings, std::int64_t embedding_dim)
    : Embedding(num_embeddings, embedding_dim, {}) {}
Embedding::Embedding(std::int64_t num_embeddings, std::int64_t embedding_dim, Options others)
    : Embedding(
          with(others, &Options::num_embeddings, num_embeddings, &Options::embedding_dim, embedding_dim)) {}

Tensor Embedding::forward(const Tensor& indices) const { return embedding(indices, weight, options); }

EmbeddingBag::EmbeddingBag(const Options& given)
    : options{.mode = given.mode,
              .padding_index = given.padding_index,
              .max_norm = given.max_norm,
              .norm_type = given.norm_type,
              .scale_grad_by_freq = given.scale_grad_by_freq,
              .include_last_offset = given.include_last_offset},
      weight(parameter("weight", table("EmbeddingBag", given))) {}
EmbeddingBag::EmbeddingBag(std::int64_t num_embeddings, std::int64_t embedding_dim)
    : EmbeddingBag(num_embeddings, embedding_dim, {}) {}
EmbeddingBag::EmbeddingBag(std::int64_t num_embeddings, std::int64_t embedding_dim, Options others)
    : EmbeddingBag(
          with(others, &Options::num_embeddings, num_embeddings, &Options::embedding_dim, embedding_dim)) {}

Tensor EmbeddingBag::forward(const Tensor& indices) const {
  return embedding_bag(indices, weight, {}, options);
}
Tensor EmbeddingBag::forward(const Tensor& indices, const Tensor& offsets,
                             const Tensor& per_sample_weights) const {
  return embedding_bag(indices, weight, offsets, options, per_sample_weights);
}

}  // namespace taper::nn
