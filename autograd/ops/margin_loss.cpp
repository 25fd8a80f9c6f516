// Losses that want a margin: each with its gradient.
#include <fmt/format.h>

#include <taper/autograd/loss_parts.h>
#include <taper/autograd/ops/activation.h>
#include <taper/autograd/ops/arithmetic.h>
#include <taper/autograd/ops/distance.h>
#include <taper/autograd/ops/index.h>
#include <taper/autograd/ops/loss.h>
#include <taper/autograd/ops/margin_loss.h>
#include <taper/autograd/ops/math.h>
#include <taper/autograd/ops/reduce.h>
#include <taper/autograd/ops/shape.h>
#include <taper/autograd/record.h>
#include <taper/tensor/check.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>
#include <taper/tensor/margin_loss.h>

namespace taper {

using detail::reduced;
using detail::target_like;

namespace {

// target * x for a target of 1 and -1.
Tensor signed_scores(const char* function, const Tensor& x, const Tensor& target) {
  compute::check_floating(function, x);
  return target_like(function, x, target, x.shape()) * x;
}

// Throws unless x is [N, C] or [C].
void check_rows(const char* function, const Tensor& x) {
  compute::check_floating(function, x);
  if (x.rank() < 1 || x.rank() > 2)
    throw ShapeError(
        fmt::format("{}: expected scores of shape [N, C] or [C], got {}", function, to_string(x.shape())));
}

Tensor as_rows(const Tensor& x) { return x.rank() == 1 ? unsqueeze(x, 0) : x; }

// The losses of as_rows(x).
Tensor of_rows(const Tensor& losses, const Tensor& x) { return x.rank() == 1 ? squeeze(losses, 0) : losses; }

}  // namespace

Tensor hinge_loss(const Tensor& x, const Tensor& target, const LossOptions& options) {
  return reduced("hinge_loss", relu(1 - signed_scores("hinge_loss", x, target)), options.reduction,
                 options.weight);
}

Tensor squared_hinge_loss(const Tensor& x, const Tensor& target, const LossOptions& options) {
  return reduced("squared_hinge_loss", square(relu(1 - signed_scores("squared_hinge_loss", x, target))),
                 options.reduction, options.weight);
}

Tensor soft_margin_loss(const Tensor& x, const Tensor& target, const LossOptions& options) {
  return reduced("soft_margin_loss", softplus(-signed_scores("soft_margin_loss", x, target)),
                 options.reduction, options.weight);
}

Tensor hinge_embedding_loss(const Tensor& x, const Tensor& target, const HingeEmbeddingOptions& options) {
  compute::check_floating("hinge_embedding_loss", x);
  const Tensor wanted = target_like("hinge_embedding_loss", x, target, x.shape());
  const Tensor losses = where(wanted == -1, 0, x) + where(wanted == 1, 0, relu(options.margin - x));
  return reduced("hinge_embedding_loss", losses, options.reduction);
}

Tensor margin_ranking_loss(const Tensor& a, const Tensor& b, const Tensor& target,
                           const MarginRankingOptions& options) {
  constexpr const char* function = "margin_ranking_loss";
  compute::check_floating(function, a);
  compute::check_same_dtype(function, a, b, "second scores");
  compute::check_shape(function, b, a.shape(), "second scores");
  const Tensor wanted = target_like(function, a, target, a.shape());
  return reduced(function, relu(options.margin - wanted * (a - b)), options.reduction);
}

Tensor categorical_hinge_loss(const Tensor& x, const Tensor& target, const LossOptions& options) {
  constexpr const char* function = "categorical_hinge_loss";
  check_rows(function, x);
  if (x.size(-1) == 0)
    throw ShapeError(
        fmt::format("{}: expected at least one class, got shape {}", function, to_string(x.shape())));
  const Tensor wanted = target_like(function, x, target, x.shape());
  return reduced(function, relu(1 - sum(wanted * x, -1) + max((1 - wanted) * x, -1)), options.reduction,
                 options.weight);
}

Tensor multi_margin_loss(const Tensor& x, const Tensor& labels, const MultiMarginOptions& options) {
  constexpr const char* function = "multi_margin_loss";
  check_rows(function, x);
  compute::check_defined(function, labels, "the list of labels");
  if (options.p != 1 && options.p != 2)
    throw ValueError(fmt::format("{}: expected p = 1 or 2, got {}", function, options.p));
  const Tensor rows = as_rows(x);
  const std::int64_t classes = rows.size(1);
  const Tensor given = x.rank() == labels.rank() + 1 ? reshape(labels, {labels.numel()}) : labels;
  const Tensor chosen = compute::checked_labels(function, rows, given, {}).values;
  detail::check_class_weight(function, x, options.weight, classes);
  const Tensor violation = relu(options.margin - gather(rows, 1, unsqueeze(chosen, 1)) + rows);
  Tensor losses =
      sum(where(one_hot(chosen, classes, boolean), 0, options.p == 1 ? violation : square(violation)), 1) /
      static_cast<double>(classes);
  if (options.weight.defined()) losses = losses * take(options.weight, chosen);
  return reduced(function, of_rows(losses, x), options.reduction);
}

Tensor multilabel_margin_loss(const Tensor& x, const Tensor& target, const LossOptions& options) {
  constexpr const char* function = "multilabel_margin_loss";
  check_rows(function, x);
  compute::check_shape(function, target, x.shape(), "a target");
  if (target.dtype() != int64)
    throw DTypeError(fmt::format("{}: expected int64 labels, got {}; convert with to(labels, int64)",
                                 function, name(target.dtype())));
  const Tensor rows = as_rows(x);
  const auto [losses, slopes] = compute::multilabel_margin(function, rows.detach(), as_rows(target));
  const Tensor recorded = record(function, losses, {rows},
                                 [slopes = slopes](const Tensor& g) { return unsqueeze(g, 1) * slopes; });
  return reduced(function, of_rows(recorded, x), options.reduction, options.weight);
}

Tensor multilabel_soft_margin_loss(const Tensor& x, const Tensor& target, const LossOptions& options) {
  constexpr const char* function = "multilabel_soft_margin_loss";
  compute::check_floating(function, x);
  if (x.rank() == 0) throw ShapeError(fmt::format("{}: expected scores of shape [..., C], got []", function));
  const Tensor wanted = target_like(function, x, target, x.shape());
  const Tensor losses = binary_cross_entropy_with_logits(x, wanted, {.reduction = Reduction::none});
  return reduced(function, mean(reduced(function, losses, Reduction::none, options.weight), -1),
                 options.reduction);
}

namespace {

void check_vectors(const char* function, const Tensor& a, const Tensor& b, const char* what) {
  compute::check_floating(function, a);
  compute::check_same_dtype(function, a, b, what);
  if (a.rank() == 0)
    throw ShapeError(fmt::format("{}: expected vectors of shape [..., D], got []", function));
  compute::check_shape(function, b, a.shape(), what);
}

}  // namespace

Tensor cosine_embedding_loss(const Tensor& a, const Tensor& b, const Tensor& target,
                             const CosineEmbeddingOptions& options) {
  constexpr const char* function = "cosine_embedding_loss";
  check_vectors(function, a, b, "second vectors");
  const Tensor wanted = target_like(function, a, target, a.shape().without(a.rank() - 1));
  constexpr double epsilon = 1e-12;  // PyTorch's
  const auto squared = [](const Tensor& x) { return sum(square(x), -1) + epsilon; };
  const Tensor cosine = sum(a * b, -1) / sqrt(squared(a) * squared(b));
  const Tensor apart = where(wanted == -1, relu(cosine - options.margin), 0);
  return reduced(function, where(wanted == 1, 1 - cosine, apart), options.reduction);
}

Tensor cosine_similarity_loss(const Tensor& x, const Tensor& target, const CosineSimilarityOptions& options) {
  constexpr const char* function = "cosine_similarity_loss";
  detail::check_pair(function, x, target);
  const int axis = compute::axis_of(function, x, options.axis);
  return reduced(function, -cosine_similarity(x, target, axis), options.reduction, options.weight);
}

namespace {

template <class Distance, class Options>
Tensor triplet_loss(const char* function, const Tensor& anchor, const Tensor& positive,
                    const Tensor& negative, const Distance& distance, const Options& options) {
  check_vectors(function, anchor, positive, "a positive");
  check_vectors(function, anchor, negative, "a negative");
  if (!(options.margin > 0))
    throw ValueError(fmt::format("{}: expected a margin above 0, got {}", function, options.margin));
  Tensor far = distance(anchor, negative);
  if (options.swap) far = minimum(far, distance(positive, negative));
  return reduced(function, relu(options.margin + distance(anchor, positive) - far), options.reduction);
}

}  // namespace

Tensor triplet_margin_loss(const Tensor& anchor, const Tensor& positive, const Tensor& negative,
                           const TripletMarginOptions& options) {
  if (!(options.p >= 0))
    throw ValueError(fmt::format("triplet_margin_loss: expected p >= 0, got {}", options.p));
  const auto distance = [&](const Tensor& a, const Tensor& b) {
    return pairwise_distance(a, b, options.p, options.epsilon);
  };
  return triplet_loss("triplet_margin_loss", anchor, positive, negative, distance, options);
}

Tensor triplet_margin_with_distance_loss(const Tensor& anchor, const Tensor& positive, const Tensor& negative,
                                         const TripletMarginWithDistanceOptions& options) {
  const auto distance = [&](const Tensor& a, const Tensor& b) {
    return options.distance_function ? options.distance_function(a, b) : pairwise_distance(a, b);
  };
  return triplet_loss("triplet_margin_with_distance_loss", anchor, positive, negative, distance, options);
}

}  // namespace taper
