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
      layer_row("Conv2d", nn::Conv2d(2, 3, {2, 3}, {.padding = Padding::same, .bias = false})),
      layer_row("Conv2d", nn::Conv2d(1, 2, 3, {.padding = {1, 2}, .padding_mode = PadMode::circular})),
      layer_row("Conv1d", nn::Conv1d(2, 3, 3)),
      layer_row("Conv1d",
                nn::Conv1d(4, 6, 3, {.stride = 2, .padding = 2, .dilation = 2, .groups = 2, .bias = false})),
      layer_row("Conv1d",
                nn::Conv1d(2, 2, 4, {.padding = Padding::same, .padding_mode = PadMode::replicate})),
      layer_row("Conv1d", nn::Conv1d(1, 2, 3, {.padding = 2, .padding_mode = PadMode::reflect})),
      layer_row("Conv3d", nn::Conv3d(1, 2, 2)),
      layer_row("Conv3d",
                nn::Conv3d(2, 2, {1, 2, 2}, {.stride = {1, 2, 1}, .padding = {0, 1, 1}, .groups = 2})),
      layer_row("ConvTranspose1d", nn::ConvTranspose1d(2, 3, 3)),
      layer_row(
          "ConvTranspose1d",
          nn::ConvTranspose1d(
              4, 2, 3,
              {.stride = 2, .padding = 1, .output_padding = 1, .groups = 2, .bias = false, .dilation = 2})),
      layer_row("ConvTranspose2d", nn::ConvTranspose2d(2, 3, {2, 3})),
      layer_row(
          "ConvTranspose2d",
          nn::ConvTranspose2d(2, 2, 2, {.stride = {2, 1}, .padding = {1, 0}, .output_padding = {1, 0}})),
      layer_row("ConvTranspose3d", nn::ConvTranspose3d(1, 2, 2)),
  };
}
