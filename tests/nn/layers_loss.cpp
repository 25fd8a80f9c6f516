// Rows of the loss layers.
#include "layer_cases.h"
#include <taper/autograd/autograd.h>
#include <taper/tensor/create.h>

using namespace taper;

namespace {

using In = LayerRow::Tensors;

// A loss of as many tensors as are given.
template <class M>
LayerRow row(const std::string& name, const M& module) {
  return layer_row(name, module, [](const M& loss, const In& in) {
    if constexpr (requires { loss.forward(in[0], in[0], in[0]); })
      return In{loss(in.at(0), in.at(1), in.at(2))};
    else
      return In{loss(in.at(0), in.at(1))};
  });
}

LayerRow ctc(const nn::CTCLoss& module) {
  return layer_row("CTCLoss", module, [](const nn::CTCLoss& loss, const In& in) {
    return In{loss(log_softmax(in.at(0), 2), in.at(1), in.at(2), in.at(3))};
  });
}

LayerRow adaptive(const nn::AdaptiveLogSoftmaxWithLoss::Options& options) {
  return layer_row("AdaptiveLogSoftmaxWithLoss", nn::AdaptiveLogSoftmaxWithLoss(options),
                   [](const nn::AdaptiveLogSoftmaxWithLoss& module, const In& in) {
                     const auto [output, loss] = module(in.at(0), in.at(1));
                     return In{output, loss, module.log_prob(in.at(0)), module.predict(in.at(0))};
                   });
}

}  // namespace

std::vector<LayerRow> loss_layers() {
  const Tensor classes = tensor({0.5, 1., 2.}), elements = tensor({{0.5, 1., 2.}, {1., 3., 0.}});
  const auto squared = [](const Tensor& a, const Tensor& b) { return sum(square(a - b), -1); };
  constexpr Reduction sums = Reduction::sum, each = Reduction::none;
  return {
      row("CrossEntropyLoss", nn::CrossEntropyLoss()),
      row("CrossEntropyLoss",
          nn::CrossEntropyLoss({.weight = classes, .label_smoothing = 0.1, .ignore_index = 1})),
      row("CrossEntropyLoss", nn::CrossEntropyLoss({.reduction = sums, .weight = classes})),
      row("NLLLoss", nn::NLLLoss()),
      row("NLLLoss", nn::NLLLoss({.reduction = each, .weight = classes})),
      row("BCELoss", nn::BCELoss()),
      row("BCELoss", nn::BCELoss({.weight = classes})),
      row("BCEWithLogitsLoss", nn::BCEWithLogitsLoss()),
      row("BCEWithLogitsLoss", nn::BCEWithLogitsLoss({.weight = elements, .pos_weight = classes})),
      row("KLDivLoss", nn::KLDivLoss({.reduction = Reduction::batch_mean})),
      row("KLDivLoss", nn::KLDivLoss({.reduction = sums, .log_target = true})),
      row("SigmoidFocalLoss", nn::SigmoidFocalLoss({.alpha = 0.4})),
      row("DiceLoss", nn::DiceLoss()),
      row("TverskyLoss", nn::TverskyLoss({.alpha = 0.2, .beta = 0.8})),
      row("MSELoss", nn::MSELoss()),
      row("MSELoss", nn::MSELoss({.reduction = sums})),
      row("L1Loss", nn::L1Loss()),
      row("HuberLoss", nn::HuberLoss({.delta = 0.5})),
      row("SmoothL1Loss", nn::SmoothL1Loss({.reduction = each, .beta = 0.7})),
      row("LogCoshLoss", nn::LogCoshLoss()),
      row("MeanAbsolutePercentageError", nn::MeanAbsolutePercentageError()),
      row("MeanSquaredLogarithmicError", nn::MeanSquaredLogarithmicError()),
      row("PoissonNLLLoss", nn::PoissonNLLLoss()),
      row("PoissonNLLLoss", nn::PoissonNLLLoss({.log_input = false, .full = true})),
      row("GaussianNLLLoss", nn::GaussianNLLLoss({.full = true})),
      row("HingeLoss", nn::HingeLoss()),
      row("SquaredHingeLoss", nn::SquaredHingeLoss()),
      row("CategoricalHingeLoss", nn::CategoricalHingeLoss()),
      row("SoftMarginLoss", nn::SoftMarginLoss()),
      row("MultiMarginLoss", nn::MultiMarginLoss()),
      row("MultiMarginLoss", nn::MultiMarginLoss({.weight = classes, .p = 2, .margin = 0.5})),
      row("MultiLabelMarginLoss", nn::MultiLabelMarginLoss()),
      row("MultiLabelSoftMarginLoss", nn::MultiLabelSoftMarginLoss()),
      row("MultiLabelSoftMarginLoss", nn::MultiLabelSoftMarginLoss({.weight = classes})),
      row("HingeEmbeddingLoss", nn::HingeEmbeddingLoss({.margin = 0.8})),
      row("CosineSimilarityLoss", nn::CosineSimilarityLoss()),
      row("MarginRankingLoss", nn::MarginRankingLoss({.margin = 0.3})),
      row("CosineEmbeddingLoss", nn::CosineEmbeddingLoss({.margin = -0.5})),
      row("TripletMarginLoss", nn::TripletMarginLoss({.margin = 2, .swap = true})),
      row("TripletMarginWithDistanceLoss",
          nn::TripletMarginWithDistanceLoss({.distance_function = squared, .margin = 5})),
      ctc(nn::CTCLoss()),
      ctc(nn::CTCLoss({.reduction = sums, .blank = 2, .zero_infinity = true})),
      row("CosineSimilarity", nn::CosineSimilarity()),
      row("CosineSimilarity", nn::CosineSimilarity({.axis = 0, .epsilon = 2})),
      row("PairwiseDistance", nn::PairwiseDistance()),
      row("PairwiseDistance", nn::PairwiseDistance({.p = 1, .epsilon = 0.1, .keepdim = true})),
      adaptive({.in_features = 8, .n_classes = 12, .cutoffs = {3, 7}, .div_value = 2}),
      adaptive({.in_features = 6, .n_classes = 9, .cutoffs = {4}, .head_bias = true}),
  };
}
