// The table of layers, with the rows that tests/golden/layers_FAMILY.py computes with PyTorch.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <taper/nn/nn.h>

/// One way to make a layer and to call it. It is converted to float64, and to float32 besides.
struct LayerRow {
  using Tensors = std::vector<taper::Tensor>;
  std::string name;  // that of PyTorch's layer
  std::shared_ptr<taper::nn::Module> module;
  taper::Function<Tensors(const Tensors& inputs)> call;
  bool training = true;
};

/// A layer of one tensor, with one tensor as its result.
template <class M>
LayerRow layer_row(const std::string& name, const M& module, bool training = true) {
  return {name, std::make_shared<M>(module),
          [module](const LayerRow::Tensors& inputs) { return LayerRow::Tensors{module(inputs.at(0))}; },
          training};
}

/// Any other: `call(module, inputs)` gives its results.
template <class M, class Call>
requires(std::is_invocable_r_v<LayerRow::Tensors, Call, const M&, const LayerRow::Tensors&>) LayerRow
    layer_row(const std::string& name, const M& module, Call call, bool training = true) {
  return {name, std::make_shared<M>(module),
          [module, call](const LayerRow::Tensors& inputs) { return call(module, inputs); }, training};
}

struct LayerFamily {
  std::string name;
  std::vector<LayerRow> (*rows)();
};
/// All of them.
std::vector<LayerFamily> layer_families();

// The lists, one for each family.
std::vector<LayerRow> activation_layers();
std::vector<LayerRow> attention_layers();
std::vector<LayerRow> convolution_layers();
std::vector<LayerRow> embedding_layers();
std::vector<LayerRow> linear_layers();
std::vector<LayerRow> loss_layers();
std::vector<LayerRow> normalization_layers();
std::vector<LayerRow> pooling_layers();
std::vector<LayerRow> recurrent_layers();
std::vector<LayerRow> shape_layers();
