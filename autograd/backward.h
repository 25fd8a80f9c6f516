// Gradients of outputs with respect to chosen inputs, hooks on gradients, and drawings of the graph. See also
// Tensor::backward().
#pragma once

#include <string>
#include <vector>

#include <taper/tensor/function.h>
#include <taper/tensor/tensor.h>

namespace taper {

/// Options of grad().
struct GradOptions {
  /// Keep the saved values, so that the same graph can be run backward again.
  bool retain_graph = false;
  /// Record the computation of the gradients, so that they can be differentiated again. Implies retain_graph.
  bool create_graph = false;
  /// Call the hooks of leaves. For a gradient that will arrive at the leaves once more, which calls them
  /// then.
  bool call_hooks = true;
};

/// The gradients of sum(cotangents[i] * outputs[i]) with respect to `inputs`, one for each input; no grad()
/// is changed. A cotangent has the shape and dtype of its output; if the list is empty or a cotangent is
/// undefined, it is 1, and the output must have one element. The gradient of an input that the outputs do not
/// depend on is undefined. Throws ValueError for an output or input that does not require a gradient, for a
/// wrong number of cotangents, or if the saved values of the graph were already released; ShapeError or
/// DTypeError for a cotangent that does not fit its output.
std::vector<Tensor> grad(const std::vector<Tensor>& outputs, const std::vector<Tensor>& inputs,
                         const std::vector<Tensor>& cotangents = {}, GradOptions options = {});

/// Calls `hook` with the gradient of `tensor` whenever it is computed; if the hook returns a defined tensor,
/// that replaces the gradient. Returns a number for remove_hook(). Throws ValueError if the tensor does not
/// require a gradient or the hook is empty. A hook that captures the tensor, or a result computed from it,
/// keeps the tensor and itself alive until it is removed.
int register_hook(const Tensor& tensor, Function<Tensor(const Tensor& gradient)> hook);
/// Removes the hook that register_hook() returned `number` for, if it is still there. Throws ValueError if
/// the tensor does not require a gradient.
void remove_hook(const Tensor& tensor, int number);

/// The graph that computed `output`, in Graphviz's DOT language: operations are boxes, leaves are ellipses;
/// both show their shapes.
std::string to_dot(const Tensor& output);

}  // namespace taper
