// record: how an operation enters the graph. For operations of the library and of its users alike.
#pragma once

#include <array>
#include <new>
#include <optional>
#include <span>
#include <type_traits>
#include <vector>

#include <taper/autograd/grad_mode.h>
#include <taper/autograd/node.h>
#include <taper/tensor/memory.h>

namespace taper {

/// Marks an input or the result of an operation whose value the gradient needs: see record().
struct Saved {
  const Tensor& tensor;
};
inline Saved save(const Tensor& tensor) { return {tensor}; }

/// An input of an operation: a tensor or a number, saved or not.
struct Input {
  Input(const Tensor& x) : operand(x) {}                            // NOLINT: implicit on purpose
  Input(const Saved& saved) : operand(saved.tensor), save(true) {}  // NOLINT
  Input(const Operand& x) : operand(x) {}                           // NOLINT
  Operand operand;
  bool save = false;
};
inline Input save(const Operand& operand) {
  Input input(operand);
  input.save = true;
  return input;
}

/// The result of an operation.
struct Output {
  Output(Tensor value) : tensor(std::move(value)) {}                // NOLINT: implicit on purpose
  Output(const Saved& saved) : tensor(saved.tensor), save(true) {}  // NOLINT
  Tensor tensor;
  bool save = false;
};

namespace detail {
using Nodes = std::vector<const Node*, memory::Allocator<const Node*>>;
}

/// What a gradient function can ask about the operation that it belongs to.
class Backward {
 public:
  Backward(Node& node, const detail::Nodes* wanted) : node_(node), wanted_(wanted) {}

  /// The value of input i, which record() was told to save. Throws ValueError if it was changed in place
  /// since.
  Tensor input(int i) const;
  /// The value of the result, if that was saved.
  Tensor output() const;
  /// True if the gradient of input i is asked for; computing it otherwise is wasted work.
  bool needs(int i) const;
  /// The shape of input i. Throws ValueError unless that requires a gradient or is saved.
  const Shape& shape(int i) const;

  /// The gradients of all inputs, one function for each, called only where needed:
  /// `return at.each([&] { return g * at.input(1); }, [&] { return g * at.input(0); });`
  template <class... Functions>
  std::array<Tensor, sizeof...(Functions)> each(Functions&&... functions) const {
    int i = 0;
    return {(needs(i++) ? functions() : Tensor())...};
  }

 private:
  const Edge& edge(int i) const;
  Node& node_;
  const detail::Nodes* wanted_;  // sorted; null: all
};

namespace detail {

/// A node with its gradient function; the edges follow in the same block.
template <class Function>
class FunctionNode final : public Node {
 public:
  static FunctionNode* make(const char* name, const Tensor& output, std::size_t inputs, Function&& function) {
    void* const block = memory::allocate(bytes(static_cast<int>(inputs)));
    FunctionNode* const node =
        new (block) FunctionNode(name, output.shape(), output.dtype(), std::move(function));
    node->edges = reinterpret_cast<Edge*>(static_cast<std::byte*>(block) + edges_at);
    for (std::size_t i = 0; i < inputs; ++i) new (node->edges + i) Edge;
    node->edge_count = static_cast<int>(inputs);
    return node;
  }

  void apply(const Backward& at, const Tensor& gradient, Tensor* gradients) override {
    auto result = [&] {
      if constexpr (std::is_invocable_v<Function&, const Backward&, const Tensor&>)
        return (*function_)(at, gradient);
      else
        return (*function_)(gradient);
    }();
    if constexpr (std::is_same_v<decltype(result), Tensor>) {
      check(1);
      gradients[0] = std::move(result);
    } else {
      check(result.size());
      for (Tensor& each : result) *gradients++ = std::move(each);
    }
  }

 private:
  static constexpr std::size_t edges_at = (sizeof(Node) + sizeof(std::optional<Function>) + 63) / 64 * 64;
  static std::size_t bytes(int inputs) { return edges_at + sizeof(Edge) * static_cast<std::size_t>(inputs); }

  FunctionNode(const char* operation, const Shape& extents, DType type, Function&& function)
      : Node(operation, extents, type, false), function_(std::move(function)) {
    static_assert(sizeof(FunctionNode) <= edges_at);
  }
  void check(std::size_t count) const;
  void release_function() noexcept override { function_.reset(); }
  void destroy_self() noexcept override {
    const std::size_t size = bytes(edge_count);
    this->~FunctionNode();
    memory::release(this, size);
  }

  std::optional<Function> function_;
};

[[noreturn]] void wrong_gradient_count(const char* name, std::size_t given, int wanted);
void attach(Node* node, Output& output, std::span<const Input> inputs);

template <class Function>
void FunctionNode<Function>::check(std::size_t count) const {
  if (count != static_cast<std::size_t>(edge_count)) wrong_gradient_count(name, count, edge_count);
}

inline bool requires_record(const char* name, std::span<const Input> inputs) {
  if (!grad_enabled()) return false;
  for (const Input& input : inputs)
    if (input.operand.tensor != nullptr && input.operand.tensor->value(name).slot) return true;
  return false;
}

}  // namespace detail

/// Enters an operation into the graph and returns its result.
///
/// `output` is the computed value (a tensor that nobody else refers to), `inputs` what it was computed from.
/// `backward` maps the gradient of the result to those of the inputs: `Tensor(const Tensor& g)` or
/// `Tensor(const Backward& at, const Tensor& g)` for one input, the same returning an array or vector of
/// tensors for several (undefined ones where there is no gradient). Written with differentiable operations,
/// it can itself be differentiated. It must not capture the inputs or the result: values that it needs are
/// marked with save() and read back with at.input(i) and at.output().
///
/// The engine checks the count, shape and dtype of the returned gradients, and sums them over the axes along
/// which an input was broadcast. Nothing happens when no input requires a gradient. Throws DTypeError if one
/// does and the result is not floating, ValueError if the result is in the graph already.
///
///     Tensor cube(const Tensor& x) {
///       Tensor value = ...;
///       return record("cube", value, {save(x)}, [](const Backward& at, const Tensor& g) {
///         const Tensor x = at.input(0);
///         return 3 * g * x * x;
///       });
///     }
template <class Function>
Tensor record(const char* name, Output output, std::span<const Input> inputs, Function backward) {
  if (detail::requires_record(name, inputs)) [[unlikely]]
    detail::attach(
        detail::FunctionNode<Function>::make(name, output.tensor, inputs.size(), std::move(backward)), output,
        inputs);
  return std::move(output.tensor);
}
template <class Function>
Tensor record(const char* name, Output output, std::initializer_list<Input> inputs, Function backward) {
  return record(name, std::move(output), std::span(inputs.begin(), inputs.size()), std::move(backward));
}

}  // namespace taper
