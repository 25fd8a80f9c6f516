// The graph of a model by its layers.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <taper/nn/module.h>

namespace taper::training {

/// A call of a layer without children, or the input (the first node, of type "Input").
struct GraphNode {
  std::string name, type;           ///< "encoder.0" and "Linear"; a second call is "encoder.0_1"
  Shape shape;                      ///< of the result
  std::vector<std::size_t> inputs;  ///< the nodes whose results it uses, directly or by operations between
};

/// The layers that a call of the model with this input goes through, in their order. Who uses whose results
/// is read from the graph of automatic differentiation, so that branches and residuals are seen. The model is
/// called in evaluation mode and stays as it is. Throws what forward() throws.
std::vector<GraphNode> model_graph(nn::Module& model, const Tensor& input);

}  // namespace taper::training
