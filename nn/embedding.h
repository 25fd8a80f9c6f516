// Embedding and EmbeddingBag: tables of vectors that are learned.
#pragma once

#include <taper/autograd/ops/embedding.h>
#include <taper/nn/init.h>
#include <taper/nn/layer.h>

namespace taper::nn {

/// Integers [...] -> vectors [..., embedding_dim]: see embedding().
class Embedding : public Layer<Embedding> {
 public:
  struct Options {
    std::int64_t num_embeddings = 0;
    std::int64_t embedding_dim = 0;
    /// The row for padding: initially 0, and not trained. A negative index counts from the end.
    std::optional<std::int64_t> padding_index = {};
    std::optional<double> max_norm = {};  ///< and the next two: see EmbeddingOptions
    double norm_type = 2;
    bool scale_grad_by_freq = false;
    Initializer weight_initializer = {};  ///< if empty, a standard normal distribution
    DType dtype = float32;
  };
  /// Throws ValueError unless num_embeddings and embedding_dim are at least 1, IndexError for a padding_index
  /// that is out of range.
  explicit Embedding(const Options& options);
  /// The same with the sizes first: `nn::Embedding(1000, 64)`, `nn::Embedding(1000, 64, {.padding_index =
  /// 0})`.
  Embedding(std::int64_t num_embeddings, std::int64_t embedding_dim);
  Embedding(std::int64_t num_embeddings, std::int64_t embedding_dim, Options others);
  Tensor forward(const Tensor& indices) const;

  const EmbeddingOptions options;
  const Tensor weight;  ///< [num_embeddings, embedding_dim]
};

/// The sum, mean or maximum of the vectors in each bag of integers, [bags, embedding_dim]: see
/// embedding_bag().
class EmbeddingBag : public Layer<EmbeddingBag> {
 public:
  struct Options {
    std::int64_t num_embeddings = 0;
    std::int64_t embedding_dim = 0;
    BagMode mode = BagMode::mean;
    std::optional<std::int64_t> padding_index = {};  ///< takes no part, initially 0
    std::optional<double> max_norm = {};             ///< and the next three: see EmbeddingBagOptions
    double norm_type = 2;
    bool scale_grad_by_freq = false;
    bool include_last_offset = false;
    Initializer weight_initializer = {};  ///< if empty, a standard normal distribution
    DType dtype = float32;
  };
  /// Throws like Embedding.
  explicit EmbeddingBag(const Options& options);
  EmbeddingBag(std::int64_t num_embeddings, std::int64_t embedding_dim);
  EmbeddingBag(std::int64_t num_embeddings, std::int64_t embedding_dim, Options others);
  /// Indices [bags, count], or [count] with the offsets at which bags begin.
  Tensor forward(const Tensor& indices) const;
  Tensor forward(const Tensor& indices, const Tensor& offsets, const Tensor& per_sample_weights = {}) const;

  const EmbeddingBagOptions options;
  const Tensor weight;  ///< [num_embeddings, embedding_dim]
};

}  // namespace taper::nn
