// Rows of the normalization layers.
#include "layer_cases.h"

using namespace taper;

std::vector<LayerRow> normalization_layers() {
  return {
      layer_row("BatchNorm1d", nn::BatchNorm1d(3)),
      layer_row("BatchNorm1d", nn::BatchNorm1d({.num_features = 3, .epsilon = 0.1, .momentum = 0.4})),
      layer_row("BatchNorm1d", nn::BatchNorm1d(3), false),
      layer_row("BatchNorm2d", nn::BatchNorm2d(2)),
      layer_row("BatchNorm2d", nn::BatchNorm2d({.num_features = 2, .affine = false})),
      layer_row("BatchNorm2d", nn::BatchNorm2d({.num_features = 2, .track_running_stats = false}), false),
      layer_row("LayerNorm", nn::LayerNorm({.normalized_shape = {4}})),
      layer_row("LayerNorm", nn::LayerNorm({.normalized_shape = {3, 4}, .epsilon = 0.1, .bias = false})),
      layer_row("LayerNorm", nn::LayerNorm({.normalized_shape = {4}, .affine = false})),
  };
}
