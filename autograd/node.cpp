// Node: construction, destruction, and the accumulated gradient. Also the methods of Tensor that use its
// node.
#include <mutex>
#include <utility>

#include <fmt/format.h>

#include <taper/autograd/grad_mode.h>
#include <taper/autograd/hooks.h>
#include <taper/autograd/node.h>
#include <taper/tensor/error.h>
#include <taper/tensor/memory.h>

namespace taper {
namespace {

std::atomic<std::uint64_t> next_sequence{0};

class SpinLock {
 public:
  explicit SpinLock(std::atomic_flag& flag) : flag_(flag) {
    while (flag_.test_and_set(std::memory_order_acquire)) flag_.wait(true, std::memory_order_relaxed);
  }
  SpinLock(const SpinLock&) = delete;
  SpinLock& operator=(const SpinLock&) = delete;
  ~SpinLock() {
    flag_.clear(std::memory_order_release);
    flag_.notify_one();
  }

 private:
  std::atomic_flag& flag_;
};

class Leaf final : public Node {
 public:
  Leaf(const Shape& shape, DType dtype) noexcept : Node("", shape, dtype, true) {}
  void apply(const Backward&, const Tensor&, Tensor*) override {}
  void add(const Backward&, const Tensor&, Tensor&) override {}

 private:
  void release_function() noexcept override {}
  void destroy_self() noexcept override {
    this->~Leaf();
    memory::release(this, sizeof(Leaf));
  }
};

}  // namespace

void DeleteHooks::operator()(Hooks* hooks) const noexcept { delete hooks; }

Node::Node(const char* name, const Shape& shape, DType dtype, bool keeps_gradient) noexcept
    : name(name),
      sequence(next_sequence.fetch_add(1, std::memory_order_relaxed)),
      shape(shape),
      dtype(dtype),
      keeps_gradient(keeps_gradient) {}

// Note [Iterative destruction]
// Destroying a node releases the nodes of its inputs, which may destroy them and release the nodes of their
// inputs, and so on: recursion would overflow the stack for a long chain. So a node that is to be destroyed
// is put on a list of its thread, and only the outermost call destroys the nodes on the list.
void Node::dispose() noexcept {
  constinit thread_local Node* dying = nullptr;
  constinit thread_local bool working = false;
  next_dying_ = dying;
  dying = this;
  if (working) return;
  working = true;
  while (dying != nullptr) {
    Node* const node = std::exchange(dying, dying->next_dying_);
    for (int i = 0; i < node->edge_count; ++i) node->edges[i].~Edge();
    node->destroy_self();
  }
  working = false;
}

void Node::release() noexcept {
  released = true;
  for (int i = 0; i < edge_count; ++i) edges[i].saved = Tensor();
  saved_output = Tensor();
  release_function();
}

Tensor Node::gradient() const {
  const SpinLock guard(lock_);
  return gradient_;
}

void Node::set_gradient(Tensor gradient) {
  const SpinLock guard(lock_);
  gradient_ = std::move(gradient);
}

void Node::accumulate(Tensor gradient) {
  const SpinLock guard(lock_);
  if (!gradient_.defined()) {
    // Moved if no other tensor refers to it, else copied.
    gradient_ = may_change(gradient) ? std::move(gradient) : compute::cast(gradient, dtype);
  } else if (may_change(gradient_)) {
    compute::accumulate(gradient_, gradient);
  } else {
    gradient_ = compute::binary("accumulate", compute::Binary::add, gradient_, gradient);
  }
}

bool Node::accumulate_part(Node& from, const Backward& at, const Tensor& gradient) {
  const SpinLock guard(lock_);
  if (!gradient_.defined() || !may_change(gradient_)) return false;
  from.add(at, gradient, gradient_);
  return true;
}

Tensor& Tensor::set_requires_grad(bool required) {
  TensorValue& own = value("set_requires_grad");
  if (!is_leaf())
    throw ValueError(
        fmt::format("set_requires_grad: expected a leaf, got the result of {}; use detach()", operation()));
  if (required && !is_floating(dtype()))
    throw DTypeError(fmt::format("set_requires_grad: expected float32 or float64, got {}", name(dtype())));
  if (!required)
    own.slot = {};
  else if (!requires_grad())
    own.slot = Reference<AutogradSlot>(new (memory::allocate(sizeof(Leaf))) Leaf(shape(), dtype()));
  return *this;
}

bool Tensor::is_leaf() const {
  const Node* const node = node_of(*this, "is_leaf");
  return node == nullptr || node->is_leaf();
}

Tensor Tensor::grad() const {
  const Node* const node = node_of(*this, "grad");
  return node == nullptr ? Tensor() : node->gradient();
}

void Tensor::set_grad(const Tensor& gradient) {
  Node* const node = node_of(*this, "set_grad");
  if (node == nullptr)
    throw ValueError("set_grad: this tensor does not require a gradient; call set_requires_grad() first");
  if (gradient.defined() && gradient.shape() != shape())
    throw ShapeError(fmt::format("set_grad: expected a gradient of shape {}, got {}", to_string(shape()),
                                 to_string(gradient.shape())));
  if (gradient.defined() && gradient.dtype() != dtype())
    throw DTypeError(fmt::format("set_grad: expected a gradient of dtype {}, got {}", name(dtype()),
                                 name(gradient.dtype())));
  if (gradient.defined() && gradient.requires_grad())
    throw ValueError("set_grad: expected a gradient that does not require a gradient itself; use detach()");
  node->set_gradient(gradient);
}

void Tensor::retain_grad() {
  Node* const node = node_of(*this, "retain_grad");
  if (node == nullptr) throw ValueError("retain_grad: this tensor does not require a gradient");
  node->keeps_gradient = true;
}

const char* Tensor::operation() const {
  const Node* const node = node_of(*this, "operation");
  return node == nullptr ? "" : node->name;
}

}  // namespace taper
