// Rows of Linear, and of what is made of it.
#include "layer_cases.h"

using namespace taper;

std::vector<LayerRow> linear_layers() {
  return {
      layer_row("Linear", nn::Linear(3, 4)),
      layer_row("Linear", nn::Linear(3, 4, {.bias = false})),
      layer_row("Linear", nn::Sequential(nn::Linear(3, 4, {.activation = Activation::relu}))),
      layer_row("Flatten", nn::Flatten()),
      layer_row("Flatten", nn::Flatten(2)),
      layer_row("Identity", nn::Identity()),
      layer_row("Dropout", nn::Dropout(0.5), false),
      layer_row("Sequential", nn::Sequential(nn::Linear(3, 4), nn::Tanh(), nn::Linear(4, 2))),
  };
}
