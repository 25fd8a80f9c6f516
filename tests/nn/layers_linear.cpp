// Rows of Linear, and of what is made of it.
#include "layer_cases.h"

using namespace taper;

std::vector<LayerRow> linear_layers() {
  const auto two = [](const nn::Bilinear& layer, const LayerRow::Tensors& in) {
    return LayerRow::Tensors{layer(in.at(0), in.at(1))};
  };
  return {
      layer_row("Linear", nn::Linear(3, 4)),
      layer_row("Linear", nn::Linear(3, 4, {.bias = false})),
      layer_row("Linear", nn::Sequential(nn::Linear(3, 4, {.activation = Activation::relu}))),
      layer_row("Flatten", nn::Flatten()),
      layer_row("Flatten", nn::Flatten(2)),
      layer_row("Identity", nn::Identity()),
      layer_row("Dropout", nn::Dropout(0.5), false),
      layer_row("Sequential", nn::Sequential(nn::Linear(3, 4), nn::Tanh(), nn::Linear(4, 2))),
      layer_row("Dropout1d", nn::Dropout1d(), false),
      layer_row("Dropout2d", nn::Dropout2d(0.2), false),
      layer_row("Dropout3d", nn::Dropout3d(), false),
      layer_row("AlphaDropout", nn::AlphaDropout(), false),
      layer_row("FeatureAlphaDropout", nn::FeatureAlphaDropout(), false),
      layer_row("GaussianDropout", nn::GaussianDropout(), false),
      layer_row("GaussianNoise", nn::GaussianNoise(0.3), false),
      layer_row("Bilinear", nn::Bilinear(3, 4, 2), two),
      layer_row("Bilinear",
                nn::Bilinear({.in1_features = 3, .in2_features = 2, .out_features = 2, .bias = false}), two),
      layer_row("Unflatten", nn::Unflatten(1, {2, -1})),
  };
}
