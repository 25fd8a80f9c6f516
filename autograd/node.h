// Node: one vertex of the graph, which records how a tensor was computed.
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
// Every operation has one result, so one node stands both for the operation that computed a tensor and for
// the place where the gradient of that tensor is collected. A tensor that requires a gradient points to its
// node, and a node points to the nodes of its inputs. The node of a leaf has no inputs. A node refers to a
// tensor only if its operation has marked it with save(), so values that no gradient needs are freed as soon
// as the program no longer uses them.

// Note [Versions]
// A saved value is the tensor itself, not a copy. Each storage counts its in-place changes. The count at the
// time of recording is stored with the saved tensor, and must still be the same when the gradient function
// reads it.

// Note [Gradients have no history]
// A gradient that can be differentiated refers, through its graph, to the leaf that it belongs to. If the
// leaf stored it, this would be a cycle (leaf, gradient, graph, leaf) that reference counting never frees. So
// backward() does not record, set_grad() rejects a tensor that requires a gradient, and higher derivatives
// come from grad(), whose results only the caller holds.

// Note [Parts]
// The gradient of a view's base, or of a table of which rows were selected, is 0 but for a part. If several
// such gradients arrived as whole tensors, a loop over n parts of one tensor would add up n whole tensors. So
// an operation of this kind also has a function that adds its gradient to a sum in place, and the engine
// calls that where there is a sum already that nobody else holds, and nothing is recorded.

/// What a node stores about one input.
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
  const char* name;
  /// Creation number. An input has a smaller one than what is computed from it.
  const std::uint64_t sequence;
  Shape shape;  // of the tensor that this node belongs to, and of its gradient
  DType dtype;

  Edge* edges = nullptr;  // allocated behind the node itself
  int edge_count = 0;
  bool released = false;  // backward() has released the saved values
  bool keeps_gradient;    // true for leaves, and after retain_grad()
  bool adds = false;      // add() is implemented: see Note [Parts]
  Tensor saved_output;
  std::uint32_t output_version = 0;

  std::unique_ptr<Hooks, DeleteHooks> hooks;  // null if there are none

  bool is_leaf() const noexcept { return edge_count == 0; }
  Tensor gradient() const;
  void set_gradient(Tensor gradient);
  /// Adds to the stored gradient. Several threads may call it at the same time.
  void accumulate(Tensor gradient);
  /// Lets `from` add its gradient to the stored one in place, and returns true, if there is one that nobody
  /// else holds. Several threads may call it at the same time.
  bool accumulate_part(Node& from, const Backward& at, const Tensor& gradient);

  /// Writes the gradients of the inputs to gradients[0..edge_count-1]; undefined ones where an input has
  /// none.
  virtual void apply(const Backward& at, const Tensor& gradient, Tensor* gradients) = 0;
  /// Adds the gradient of input 0 to `total` in place. See Note [Parts].
  virtual void add(const Backward& at, const Tensor& gradient, Tensor& total) = 0;
  /// Releases the saved values and the gradient function.
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

/// True if a gradient may be changed in place: no other tensor refers to it, and no two of its elements share
/// memory.
inline bool may_change(const Tensor& gradient) {
  return gradient.is_sole_owner() && gradient.is_contiguous() && !gradient.requires_grad();
}

/// The node of a tensor, or null if it requires no gradient. Throws a ValueError that begins with `function`
/// if it is undefined.
inline Node* node_of(const Tensor& tensor, const char* function = "node_of") {
  return static_cast<Node*>(tensor.value(function).slot.get());
}

}  // namespace taper
