// Losses as layers: each calls the function of its name in autograd/ops, with the same options.
#pragma once

#include <type_traits>

#include <taper/autograd/ops/ctc_loss.h>
#include <taper/autograd/ops/loss.h>
#include <taper/autograd/ops/margin_loss.h>
#include <taper/autograd/ops/regression_loss.h>
#include <taper/autograd/ops/shape.h>
#include <taper/nn/layer.h>

namespace taper::nn {
namespace detail {
template <class Function>
struct LastArgument;
template <class... Arguments>
struct LastArgument<Tensor (*)(Arguments...)> {
  using Type = std::remove_cvref_t<typename decltype((std::type_identity<Arguments>(), ...))::type>;
};
}  // namespace detail

/// What all of them are: `function(inputs..., options)`. Weights of the options are copied to buffers
/// "weight" and "pos_weight", as in PyTorch, so that they are saved and converted with the module.
template <class Derived, auto function>
class Loss : public Layer<Derived> {
 public:
  using Options = typename detail::LastArgument<decltype(function)>::Type;
  explicit Loss(const Options& given = {}) : options(registered(given)) {}
  template <class... Inputs>
  std::invoke_result_t<decltype(function), const Inputs&..., const Options&> forward(
      const Inputs&... inputs) const {
    return function(inputs..., options);
  }

  const Options options;

 private:
  Options registered(Options given) {
    const auto keep = [&](const char* name, Tensor& weight) {
      if (weight.defined()) weight = this->buffer(name, clone(weight.detach()));
    };
    if constexpr (requires { given.weight; }) keep("weight", given.weight);
    if constexpr (requires { given.pos_weight; }) keep("pos_weight", given.pos_weight);
    return given;
  }
};

// Against classes and probabilities.

struct CrossEntropyLoss : Loss<CrossEntropyLoss, cross_entropy> {
  using Loss::Loss;
};
struct NLLLoss : Loss<NLLLoss, nll_loss> {
  using Loss::Loss;
};
struct BCELoss : Loss<BCELoss, binary_cross_entropy> {
  using Loss::Loss;
};
struct BCEWithLogitsLoss : Loss<BCEWithLogitsLoss, binary_cross_entropy_with_logits> {
  using Loss::Loss;
};
struct KLDivLoss : Loss<KLDivLoss, kl_div> {
  using Loss::Loss;
};
struct SigmoidFocalLoss : Loss<SigmoidFocalLoss, sigmoid_focal_loss> {
  using Loss::Loss;
};
struct DiceLoss : Loss<DiceLoss, dice_loss> {
  using Loss::Loss;
};
struct TverskyLoss : Loss<TverskyLoss, tversky_loss> {
  using Loss::Loss;
};

// Against numbers.

struct MSELoss : Loss<MSELoss, mse_loss> {
  using Loss::Loss;
};
struct L1Loss : Loss<L1Loss, l1_loss> {
  using Loss::Loss;
};
struct HuberLoss : Loss<HuberLoss, huber_loss> {
  using Loss::Loss;
};
struct SmoothL1Loss : Loss<SmoothL1Loss, smooth_l1_loss> {
  using Loss::Loss;
};
struct LogCoshLoss : Loss<LogCoshLoss, log_cosh_loss> {
  using Loss::Loss;
};
struct MeanAbsolutePercentageError : Loss<MeanAbsolutePercentageError, mean_absolute_percentage_error> {
  using Loss::Loss;
};
struct MeanSquaredLogarithmicError : Loss<MeanSquaredLogarithmicError, mean_squared_logarithmic_error> {
  using Loss::Loss;
};
struct PoissonNLLLoss : Loss<PoissonNLLLoss, poisson_nll_loss> {
  using Loss::Loss;
};
/// Called with x, a target and the variance.
struct GaussianNLLLoss : Loss<GaussianNLLLoss, gaussian_nll_loss> {
  using Loss::Loss;
};

// With margins.

struct HingeLoss : Loss<HingeLoss, hinge_loss> {
  using Loss::Loss;
};
struct SquaredHingeLoss : Loss<SquaredHingeLoss, squared_hinge_loss> {
  using Loss::Loss;
};
struct CategoricalHingeLoss : Loss<CategoricalHingeLoss, categorical_hinge_loss> {
  using Loss::Loss;
};
struct SoftMarginLoss : Loss<SoftMarginLoss, soft_margin_loss> {
  using Loss::Loss;
};
struct MultiMarginLoss : Loss<MultiMarginLoss, multi_margin_loss> {
  using Loss::Loss;
};
struct MultiLabelMarginLoss : Loss<MultiLabelMarginLoss, multilabel_margin_loss> {
  using Loss::Loss;
};
struct MultiLabelSoftMarginLoss : Loss<MultiLabelSoftMarginLoss, multilabel_soft_margin_loss> {
  using Loss::Loss;
};
struct HingeEmbeddingLoss : Loss<HingeEmbeddingLoss, hinge_embedding_loss> {
  using Loss::Loss;
};
struct CosineSimilarityLoss : Loss<CosineSimilarityLoss, cosine_similarity_loss> {
  using Loss::Loss;
};
/// Called with two tensors of scores and a target.
struct MarginRankingLoss : Loss<MarginRankingLoss, margin_ranking_loss> {
  using Loss::Loss;
};
/// Called with two tensors of vectors and a target.
struct CosineEmbeddingLoss : Loss<CosineEmbeddingLoss, cosine_embedding_loss> {
  using Loss::Loss;
};
/// Called with anchors, positives and negatives.
struct TripletMarginLoss : Loss<TripletMarginLoss, triplet_margin_loss> {
  using Loss::Loss;
};
struct TripletMarginWithDistanceLoss
    : Loss<TripletMarginWithDistanceLoss, triplet_margin_with_distance_loss> {
  using Loss::Loss;
};

// Of sequences.

/// Called with log-probabilities, targets, input lengths and target lengths.
struct CTCLoss : Loss<CTCLoss, ctc_loss> {
  using Loss::Loss;
};

}  // namespace taper::nn
