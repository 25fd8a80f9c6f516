// Embeddings: rows of a table chosen by indices, and their sums, means and maxima.
#pragma once

#include <optional>

#include <taper/tensor/tensor.h>

namespace taper {

struct EmbeddingOptions {
  /// This row gets no gradient. A negative index counts from the end.
  std::optional<std::int64_t> padding_index = {};
  /// The rows that are read are first scaled, in place, to a norm of at most this.
  std::optional<double> max_norm = {};
  double norm_type = 2;             ///< the p of that norm
  bool scale_grad_by_freq = false;  ///< the gradient of a row is divided by how often it is read
};
/// The rows of the weight [rows, features] at integer indices [...], [..., features]. The gradient costs what
/// the rows that are read do, where there is one that it can be added to: see Note [Parts] in
/// autograd/node.h. Unlike elsewhere, indices count from 0 alone. Throws IndexError for an index out of
/// range, DTypeError unless the weight is floating and indices are integers, ShapeError for a weight of
/// another rank.
Tensor embedding(const Tensor& indices, const Tensor& weight, const EmbeddingOptions& options = {});

enum class BagMode { sum, mean, max };
struct EmbeddingBagOptions {
  BagMode mode = BagMode::mean;
  /// Rows with this index take no part. A negative index counts from the end.
  std::optional<std::int64_t> padding_index = {};
  std::optional<double> max_norm = {};  ///< and the next two: as in EmbeddingOptions
  double norm_type = 2;
  bool scale_grad_by_freq = false;
  bool include_last_offset = false;  ///< the last offset is the number of indices, and begins no bag
};
/// The sum, mean or maximum of the rows in each bag, [bags, features]; 0 for an empty one. Indices [bags,
/// count] are the bags; indices [count] are divided by offsets [bags], where bags begin, in ascending order
/// from 0 on. Sums may have a weight for each index, in its shape. Equal maxima share the gradient. Throws
/// like embedding(), and ValueError for other offsets, or for weights of a mean or maximum.
Tensor embedding_bag(const Tensor& indices, const Tensor& weight, const Tensor& offsets = {},
                     const EmbeddingBagOptions& options = {}, const Tensor& per_sample_weights = {});

}  // namespace taper
