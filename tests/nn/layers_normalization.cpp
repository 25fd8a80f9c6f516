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
      layer_row("LayerNorm", nn::LayerNorm(4)),
      layer_row("BatchNorm3d", nn::BatchNorm3d(2)),
      layer_row("BatchNorm3d", nn::BatchNorm3d({.num_features = 2, .momentum = 0.4}), false),
      layer_row("InstanceNorm1d", nn::InstanceNorm1d(3)),
      layer_row("InstanceNorm1d",
                nn::InstanceNorm1d({.num_features = 3, .epsilon = 0.1, .momentum = 0.4, .affine = true})),
      layer_row("InstanceNorm1d", nn::InstanceNorm1d({.num_features = 3, .affine = true}), false),
      layer_row("InstanceNorm2d",
                nn::InstanceNorm2d({.num_features = 2, .momentum = 0.4, .track_running_stats = true})),
      layer_row("InstanceNorm2d",
                nn::InstanceNorm2d({.num_features = 2, .affine = true, .track_running_stats = true}), false),
      layer_row("InstanceNorm3d", nn::InstanceNorm3d(2)),
      layer_row("InstanceNorm3d", nn::InstanceNorm3d({.num_features = 2, .track_running_stats = true})),
      layer_row("GroupNorm", nn::GroupNorm(2, 4)),
      layer_row("GroupNorm", nn::GroupNorm({.num_groups = 3, .num_channels = 3, .epsilon = 0.1})),
      layer_row("GroupNorm", nn::GroupNorm({.num_groups = 1, .num_channels = 4, .affine = false})),
      layer_row("RMSNorm", nn::RMSNorm(4)),
      layer_row("RMSNorm", nn::RMSNorm({.normalized_shape = {3, 4}, .epsilon = 0.1})),
      layer_row("RMSNorm", nn::RMSNorm({.normalized_shape = {4}, .affine = false})),
      layer_row("LocalResponseNorm", nn::LocalResponseNorm(2)),
      layer_row("LocalResponseNorm", nn::LocalResponseNorm(3, {.alpha = 0.5, .beta = 0.6, .k = 2})),
      layer_row("WeightNorm", nn::WeightNorm(nn::Linear(3, 4))),
      layer_row("WeightNorm", nn::WeightNorm(nn::Linear(3, 4, {.bias = false}))),
      layer_row("WeightNorm", nn::WeightNorm(nn::Conv2d(2, 3, 2, {.padding = 1}))),
      layer_row("SpectralNorm", nn::SpectralNorm(nn::Linear(3, 4))),
      layer_row("SpectralNorm", nn::SpectralNorm(nn::Linear(3, 4), {.iterations = 3, .epsilon = 0.1})),
      layer_row("SpectralNorm", nn::SpectralNorm(nn::Conv2d(2, 3, 2))),
      layer_row("SpectralNorm", nn::SpectralNorm(nn::Conv2d(2, 3, 2)), false),
  };
}
