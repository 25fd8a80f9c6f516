// Rows of the shape layers.
#include "layer_cases.h"

using namespace taper;

std::vector<LayerRow> shape_layers() {
  const Unfold2dOptions windows{.kernel_size = {2, 3}, .padding = {1, 0}};
  return {
      layer_row("Upsample", nn::Upsample({.scale_factor = 2})),
      layer_row("Upsample",
                nn::Upsample({.size = {3, 5}, .mode = Resampling::bilinear, .align_corners = true})),
      layer_row("PixelShuffle", nn::PixelShuffle(2)),
      layer_row("PixelUnshuffle", nn::PixelUnshuffle(2)),
      layer_row("ChannelShuffle", nn::ChannelShuffle(2)),
      layer_row("Unfold", nn::Unfold(windows)),
      layer_row("Fold", nn::Fold({3, 4}, windows)),
      layer_row("ZeroPad1d", nn::ZeroPad1d({{1, 2}})),
      layer_row("ZeroPad2d", nn::ZeroPad2d({{1, 2}, {0, 3}})),
      layer_row("ZeroPad3d", nn::ZeroPad3d(1)),
      layer_row("ConstantPad1d", nn::ConstantPad1d(2, 0.5)),
      layer_row("ConstantPad2d", nn::ConstantPad2d({{1, 0}, {0, 1}}, -1.5)),
      layer_row("ConstantPad3d", nn::ConstantPad3d({{1, 0}, {0, 1}, {0, 2}}, 3)),
      layer_row("ReflectionPad1d", nn::ReflectionPad1d({{3, 1}})),
      layer_row("ReflectionPad2d", nn::ReflectionPad2d({{1, 0}, {2, 1}})),
      layer_row("ReflectionPad3d", nn::ReflectionPad3d(1)),
      layer_row("ReplicationPad1d", nn::ReplicationPad1d({{3, 1}})),
      layer_row("ReplicationPad2d", nn::ReplicationPad2d({{1, 0}, {2, 1}})),
      layer_row("ReplicationPad3d", nn::ReplicationPad3d(1)),
      layer_row("CircularPad1d", nn::CircularPad1d({{3, 1}})),
      layer_row("CircularPad2d", nn::CircularPad2d({{1, 0}, {2, 1}})),
      layer_row("CircularPad3d", nn::CircularPad3d(1)),
  };
}
