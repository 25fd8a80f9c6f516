// Running the graph backward: gradients of outputs with respect to chosen inputs, hooks, and the graph as a
// picture.
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
  /// Record the gradients themselves, for gradients of gradients. Implies retain_graph.
  bool create_graph = false;
  /// Call the hooks of leaves. For a gradient that will arrive at the leaves once more, which calls them
  /// then.
  bool call_hooks = true;
};

/// The gradients of the outputs, weighted by `cotangents`, with respect to `inputs`, without touching any
/// grad(). An empty `cotangents` stands for ones, which only outputs with one element may leave out. An input
/// that the outputs do not depend on gets an undefined gradient. With create_graph the result can be
/// differentiated again. Throws ValueError for an output or input without gradient, or a graph whose saved
/// values are gone.
std::vector<Tensor> grad(const std::vector<Tensor>& outputs, const std::vector<Tensor>& inputs,
                         const std::vector<Tensor>& cotangents = {}, GradOptions options = {});

/// Calls `hook` with the gradient of `tensor` whenever one is computed; a defined result replaces it.
/// Returns a number for remove_hook. Throws ValueError if the tensor requires no gradient or the hook
/// is empty. A hook that holds the tensor itself, or what was computed from it, keeps both alive until it is
/// removed.
int register_hook(const Tensor& tensor, Function<Tensor(const Tensor& gradient)> hook);
void remove_hook(const Tensor& tensor, int number);

/// The graph behind `output` in Graphviz's DOT language: operations as boxes, leaves as ellipses with their
/// shapes.
std::string to_dot(const Tensor& output);

}  // namespace taper
