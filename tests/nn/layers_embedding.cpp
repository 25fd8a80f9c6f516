// Rows of the embedding layers.
#include "layer_cases.h"

using namespace taper;

std::vector<LayerRow> embedding_layers() {
  using Inputs = LayerRow::Tensors;
  const auto with_offsets = [](const nn::EmbeddingBag& bag, const Inputs& in) {
    return Inputs{in.size() > 2 ? bag(in.at(0), in.at(1), in.at(2)) : bag(in.at(0), in.at(1))};
  };
  const auto bag = [](const nn::EmbeddingBag::Options& options) { return nn::EmbeddingBag(5, 3, options); };
  return {
      layer_row("Embedding", nn::Embedding(5, 3)),
      layer_row("Embedding", nn::Embedding(5, 3, {.padding_index = -2})),
      layer_row("Embedding", nn::Embedding(5, 3, {.scale_grad_by_freq = true})),
      layer_row("EmbeddingBag", nn::EmbeddingBag(5, 3)),
      layer_row("EmbeddingBag", bag({.mode = BagMode::max, .padding_index = 3})),
      layer_row("EmbeddingBag", bag({.mode = BagMode::mean}), with_offsets),
      layer_row("EmbeddingBag", bag({.mode = BagMode::sum, .include_last_offset = true}), with_offsets),
      layer_row("EmbeddingBag", bag({.mode = BagMode::sum}), with_offsets),
  };
}
