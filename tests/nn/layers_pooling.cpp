// Rows of the pooling layers.
#include "layer_cases.h"

using namespace taper;

std::vector<LayerRow> pooling_layers() {
  return {
      layer_row("MaxPool2d", nn::MaxPool2d(2)),
      layer_row("MaxPool2d", nn::MaxPool2d({.kernel_size = {3, 2}, .stride = {1, 2}, .padding = {1, 0}})),
      layer_row("AvgPool2d", nn::AvgPool2d(2)),
      layer_row("AvgPool2d", nn::AvgPool2d({.kernel_size = 3, .stride = 2, .padding = 1})),
      layer_row("AvgPool2d",
                nn::AvgPool2d({.kernel_size = 3, .stride = 2, .padding = 1, .count_include_pad = false})),
  };
}
