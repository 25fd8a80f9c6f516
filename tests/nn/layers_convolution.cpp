// Rows of the convolution layers.
#include "layer_cases.h"

using namespace taper;

std::vector<LayerRow> convolution_layers() {
  return {
      layer_row("Conv2d", nn::Conv2d(2, 3, 3)),
      layer_row(
          "Conv2d",
          nn::Conv2d(4, 6, {3, 2},
                     {.stride = {2, 1}, .padding = {1, 0}, .dilation = {1, 2}, .groups = 2, .bias = false})),
      layer_row("Conv2d", nn::Sequential(nn::Conv2d(
                              2, 3, 3, {.padding = 1, .activation = Activation::relu, .max_pool = 2}))),
  };
}
