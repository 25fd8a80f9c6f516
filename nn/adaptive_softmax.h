// AdaptiveLogSoftmaxWithLoss: a softmax over very many classes, most of which are rare.
#pragma once

#include <cstdint>
#include <vector>

#include <taper/nn/linear.h>
#include <taper/nn/module_list.h>
#include <taper/nn/sequential.h>

namespace taper::nn {

/// Classes are sorted by how frequent they are. The first ones have a score each; the others are in clusters,
/// each with one score, whose classes have scores of their own, made of fewer features (Grave et al.:
/// Efficient softmax approximation for GPUs; ICML 2017). Only the clusters that a batch needs are computed.
class AdaptiveLogSoftmaxWithLoss : public Layer<AdaptiveLogSoftmaxWithLoss> {
 public:
  struct Options {
    std::int64_t in_features = 0;
    std::int64_t n_classes = 0;
    std::vector<std::int64_t> cutoffs = {};  ///< the first class of each cluster
    double div_value = 4;  ///< how many times fewer features each cluster has than the one before
    bool head_bias = false;
    DType dtype = float32;
  };
  /// Throws ValueError unless the cutoffs increase from at least 1 to at most n_classes - 1, and each cluster
  /// has features.
  explicit AdaptiveLogSoftmaxWithLoss(const Options& options);

  struct Result {
    Tensor output;  ///< the log-probability of each label
    Tensor loss;    ///< the mean, negated
  };
  /// For x [N, in_features] and int64 labels [N], or without N.
  Result forward(const Tensor& x, const Tensor& labels) const;
  /// The log-probabilities of all classes, [N, n_classes], for x [N, in_features].
  Tensor log_prob(const Tensor& x) const;
  /// The most probable classes, int64 [N].
  Tensor predict(const Tensor& x) const;

  const Options options;
  const Linear head;                  ///< to the scores of the first classes, then of the clusters
  const ModuleList<Sequential> tail;  ///< to those within each cluster

 private:
  std::int64_t clusters() const { return static_cast<std::int64_t>(options.cutoffs.size()); }
  // The classes of cluster i are those from begin(i) to begin(i + 1) - 1.
  std::int64_t begin(std::int64_t i) const {
    return i < clusters() ? options.cutoffs[static_cast<std::size_t>(i)] : options.n_classes;
  }
};

}  // namespace taper::nn
