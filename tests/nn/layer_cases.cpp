// The families of layers, each with its rows.
#include "layer_cases.h"

std::vector<LayerFamily> layer_families() {
  return {{"activation", activation_layers},
          {"attention", attention_layers},
          {"convolution", convolution_layers},
          {"embedding", embedding_layers},
          {"linear", linear_layers},
          {"loss", loss_layers},
          {"normalization", normalization_layers},
          {"pooling", pooling_layers},
          {"recurrent", recurrent_layers},
          {"shape", shape_layers}};
}
