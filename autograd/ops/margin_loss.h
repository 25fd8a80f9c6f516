// Losses that want a margin: between scores, and between distances of vectors. Scores x are floating
// (DTypeError otherwise). Shapes must match exactly (ShapeError otherwise): nothing but weights is broadcast.
// Targets of 1 and -1 have any dtype.
#pragma once

#include <cstdint>

#include <taper/autograd/ops/loss_options.h>
#include <taper/tensor/function.h>
#include <taper/tensor/tensor.h>

namespace taper {

// Two classes: a target of 1 or -1 for each element.

/// max(0, 1 - target * x), and its square, as in Keras.
Tensor hinge_loss(const Tensor& x, const Tensor& target, const LossOptions& options = {});
Tensor squared_hinge_loss(const Tensor& x, const Tensor& target, const LossOptions& options = {});
/// log(1 + exp(-target * x)), without overflow.
Tensor soft_margin_loss(const Tensor& x, const Tensor& target, const LossOptions& options = {});

struct HingeEmbeddingOptions {
  Reduction reduction = Reduction::mean;
  double margin = 1;
};
/// Of distances x: x where the target is 1, max(0, margin - x) where it is -1, and for any other target the
/// sum of both.
Tensor hinge_embedding_loss(const Tensor& x, const Tensor& target, const HingeEmbeddingOptions& options = {});

struct MarginRankingOptions {
  Reduction reduction = Reduction::mean;
  double margin = 0;
};
/// max(0, margin - target * (a - b)): where the target is 1, a shall be larger; where it is -1, b.
Tensor margin_ranking_loss(const Tensor& a, const Tensor& b, const Tensor& target,
                           const MarginRankingOptions& options = {});

// Several classes: one loss for each row of x, [N, C] or [C].

/// max(0, 1 - wanted + best), where `wanted` is the sum of target * x and `best` the largest (1 - target) * x
/// along the last axis, for a target of 0 and 1, as in Keras.
Tensor categorical_hinge_loss(const Tensor& x, const Tensor& target, const LossOptions& options = {});

struct MultiMarginOptions {
  Reduction reduction = Reduction::mean;
  Tensor weight = {};  ///< a factor [C] for the class of the label
  int p = 1;           ///< 1 or 2
  double margin = 1;
};
/// The sum of max(0, margin - x[label] + x[i])^p over the other classes i, divided by C, for int64 labels [N]
/// or []. Throws IndexError for a label outside 0..C-1, ValueError for another p.
Tensor multi_margin_loss(const Tensor& x, const Tensor& labels, const MultiMarginOptions& options = {});

/// The sum of max(0, 1 - x[j] + x[i]) over all classes j of the target and all other classes i, divided by C.
/// The target, int64 and of the shape of x, lists the classes of each row up to the first -1. Throws
/// IndexError for another number outside 0..C-1.
Tensor multilabel_margin_loss(const Tensor& x, const Tensor& target, const LossOptions& options = {});
/// The mean of binary_cross_entropy_with_logits() along the last axis; `weight` is a factor for each element
/// of x, such as [C].
Tensor multilabel_soft_margin_loss(const Tensor& x, const Tensor& target, const LossOptions& options = {});

// Vectors along the last axis: one loss for each.

struct CosineEmbeddingOptions {
  Reduction reduction = Reduction::mean;
  double margin = 0;
};
/// With the cosine of the angle between a and b [..., D]: 1 - cosine where the target [...] is 1,
/// max(0, cosine - margin) where it is -1, else 0.
Tensor cosine_embedding_loss(const Tensor& a, const Tensor& b, const Tensor& target,
                             const CosineEmbeddingOptions& options = {});

struct CosineSimilarityOptions {
  Reduction reduction = Reduction::mean;
  Tensor weight = {};
  std::int64_t axis = -1;
};
/// -cosine_similarity(x, target), as in Keras: from -1 for the same direction to 1.
Tensor cosine_similarity_loss(const Tensor& x, const Tensor& target,
                              const CosineSimilarityOptions& options = {});

struct TripletMarginOptions {
  Reduction reduction = Reduction::mean;
  double margin = 1;
  double p = 2;           ///< of pairwise_distance()
  double epsilon = 1e-6;  ///< of pairwise_distance()
  bool swap = false;      ///< the distance of the positive from the negative counts, if it is smaller
};
/// max(0, margin + d(anchor, positive) - d(anchor, negative)), where d is pairwise_distance(), for vectors
/// [..., D]. Throws ValueError unless margin > 0 and p >= 0.
Tensor triplet_margin_loss(const Tensor& anchor, const Tensor& positive, const Tensor& negative,
                           const TripletMarginOptions& options = {});

struct TripletMarginWithDistanceOptions {
  Reduction reduction = Reduction::mean;
  Function<Tensor(const Tensor&, const Tensor&)> distance_function = {};  ///< pairwise_distance() if empty
  double margin = 1;
  bool swap = false;
};
/// The same for any distance.
Tensor triplet_margin_with_distance_loss(const Tensor& anchor, const Tensor& positive, const Tensor& negative,
                                         const TripletMarginWithDistanceOptions& options = {});

}  // namespace taper
