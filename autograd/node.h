// Node: one vertex of the graph; what a tensor remembers of how it was made.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include <taper/tensor/elementwise.h>
#include <taper/tensor/tensor.h>

namespace taper {

class Backward;
class Node;

// Note [Graph]
// Every operation has one result, so a node is both "the function that made it" and "the place where its
// gradient arrives": a tensor that requires a gradient points to its node, and a node points to the nodes of
// its inputs. Leaves have a node without inputs. A node refers to tensors only where its operation asked for
// it with save(), so values that no gradient needs are freed as soon as the program drops them.

// Note [Versions]
// A saved value is the tensor itself, not a copy. Each storage counts its changes in place; the count at
// recording is kept beside the saved tensor and compared when the gradient asks for it.

// Note [Gradients have no history]
// A gradient that can be differentiated depends on its own leaf. Kept by that leaf, it would close a cycle
// (leaf, gradient, graph, leaf) that reference counts never free. So backward() records nothing, set_grad()
// refuses what requires a gradient, and gradients of gradients come from grad(), whose results belong to the
// caller alone.

/// What a node keeps of one input.
struct Edge {
  Reference<Node> node;  // null if the input requires no gradient
  Tensor saved;          // undefined unless saved
  double number = 0;     // the value, if the operand was a number
  bool is_number = false;
  std::uint32_t version = 0;
};

struct Hooks;  // see autograd/hooks.h
struct DeleteHooks {
  void operator()(Hooks* hooks) const noexcept;
};

/// A vertex of the graph.
class Node : public AutogradSlot {
 public:
  const char* const name;
  /// Creation number: inputs come before what is computed from them.
  const std::uint64_t sequence;
  Shape shape;  // of the tensor whose gradient arrives here
  DType dtype;

  Edge* edges = nullptr;  // allocated behind the node itself
  int edge_count = 0;
  bool released = false;  // saved values are gone: backward has been here
  bool keeps_gradient;    // leaves, and where retain_grad() was called
  Tensor saved_output;
  std::uint32_t output_version = 0;

  std::unique_ptr<Hooks, DeleteHooks> hooks;  // null if there are none

  bool is_leaf() const noexcept { return edge_count == 0; }
  Tensor gradient() const;
  void set_gradient(Tensor gradient);
  /// Adds to the kept gradient; safe when several threads do.
  void accumulate(Tensor gradient);

  /// Computes the gradients of the inputs (undefined where there is none) into gradients[0..edge_count-1].
  virtual void apply(const Backward& at, const Tensor& gradient, Tensor* gradients) = 0;
  /// Drops what was saved.
  void release() noexcept;

 protected:
  Node(const char* name, const Shape& shape, DType dtype, bool keeps_gradient) noexcept;
  ~Node() = default;
  void dispose() noexcept final;
  virtual void release_function() noexcept = 0;
  virtual void destroy_self() noexcept = 0;

 private:
  mutable std::atomic_flag lock_;  // guards gradient_
  Tensor gradient_;
  Node* next_dying_ = nullptr;
};

/// True if a gradient may be added to in place: nobody else can see it, and its elements are all its own.
inline bool may_change(const Tensor& gradient) {
  return gradient.is_sole_owner() && gradient.is_contiguous() && !gradient.requires_grad();
}

/// The node of a tensor, or null if it requires no gradient. Throws a ValueError that begins with `function`
/// if it is undefined.
inline Node* node_of(const Tensor& tensor, const char* function = "node_of") {
  return static_cast<Node*>(tensor.value(function).slot.get());
}

}  // namespace taper
