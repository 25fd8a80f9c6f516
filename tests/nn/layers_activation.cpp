// Rows of the activation layers.
#include "layer_cases.h"

using namespace taper;

std::vector<LayerRow> activation_layers() {
  return {
      layer_row("ReLU", nn::ReLU()),
      layer_row("Sigmoid", nn::Sigmoid()),
      layer_row("Tanh", nn::Tanh()),
      layer_row("SiLU", nn::SiLU()),
      layer_row("Softplus", nn::Softplus()),
      layer_row("GELU", nn::GELU()),
      layer_row("GELU", nn::GELU(GeluApproximation::tanh)),
      layer_row("LeakyReLU", nn::LeakyReLU()),
      layer_row("LeakyReLU", nn::LeakyReLU(0.2)),
      layer_row("ELU", nn::ELU()),
      layer_row("ELU", nn::ELU(0.7)),
      layer_row("Softmax", nn::Softmax()),
      layer_row("Softmax", nn::Softmax(0)),
      layer_row("LogSoftmax", nn::LogSoftmax()),
      layer_row("LogSoftmax", nn::LogSoftmax(0)),
  };
}
