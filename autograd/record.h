// record: adds an operation to the graph. The library's operations and your own use the same function.
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
#include <taper/tensor/observer.h>

namespace taper {

/// Marks an input or the result of an operation whose value the gradient function needs: see record().
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

/// What a gradient function can read of the operation that it belongs to.
class Backward {
 public:
  Backward(Node& node, const detail::Nodes* wanted) : node_(node), wanted_(wanted) {}

  /// The value of input i. Throws ValueError unless the input was marked with save(), and if it was changed
  /// in place since.
  Tensor input(int i) const;
  /// The value of the result. Throws ValueError like input().
  Tensor output() const;
  /// True if the gradient of input i is needed; otherwise it may be left undefined.
  bool needs(int i) const;
  /// The shape of input i. Throws ValueError unless the input requires a gradient or is saved.
  const Shape& shape(int i) const;

  /// Computes the gradients of all inputs with one function for each, which is called only if needs(i):
  /// `return at.each([&] { return g * at.input(1); }, [&] { return g * at.input(0); });`
  template <class... Functions>
  std::array<Tensor, sizeof...(Functions)> each(Functions&&... functions) const {
    int i = 0;
    return {(needs(i++) ? functions() : Tensor())...};
  }

 private:
  const Edge& edge(int i) const;
  Node& node_;
  const detail::Nodes* wanted_;  // the nodes whose gradients are needed, sorted; null: all
};

namespace detail {

/// Of an operation that adds no parts: see Note [Parts].
struct NoParts {};

/// A node with its gradient functions. Its edges follow in the same block of memory.
template <class Function, class Add>
class FunctionNode final : public Node {
 public:
  static FunctionNode* make(const char* name, const Tensor& output, std::size_t inputs, Function&& function,
                            Add&& add) {
    void* const block = memory::allocate(bytes(static_cast<int>(inputs)));
    FunctionNode* const node =
        new (block) FunctionNode(name, output.shape(), output.dtype(), {std::move(function), std::move(add)});
    node->adds = !std::is_same_v<Add, NoParts>;
    node->edges = reinterpret_cast<Edge*>(static_cast<std::byte*>(block) + edges_at);
    for (std::size_t i = 0; i < inputs; ++i) new (node->edges + i) Edge;
    node->edge_count = static_cast<int>(inputs);
    return node;
  }

  void apply(const Backward& at, const Tensor& gradient, Tensor* gradients) override {
    auto result = [&] {
      if constexpr (std::is_invocable_v<Function&, const Backward&, const Tensor&>)
        return functions_->whole(at, gradient);
      else
        return functions_->whole(gradient);
    }();
    if constexpr (std::is_same_v<decltype(result), Tensor>) {
      check(1);
      gradients[0] = std::move(result);
    } else {
      check(result.size());
      for (Tensor& each : result) *gradients++ = std::move(each);
    }
  }
  void add([[maybe_unused]] const Backward& at, [[maybe_unused]] const Tensor& gradient,
           [[maybe_unused]] Tensor& total) override {
    if constexpr (!std::is_same_v<Add, NoParts>) functions_->part(at, gradient, total);
  }

 private:
  struct Functions {
    [[no_unique_address]] Function whole;
    [[no_unique_address]] Add part;
  };
  static constexpr std::size_t edges_at = (sizeof(Node) + sizeof(std::optional<Functions>) + 63) / 64 * 64;
  static std::size_t bytes(int inputs) { return edges_at + sizeof(Edge) * static_cast<std::size_t>(inputs); }

  FunctionNode(const char* operation, const Shape& extents, DType type, Functions&& functions)
      : Node(operation, extents, type, false), functions_(std::move(functions)) {
    static_assert(sizeof(FunctionNode) <= edges_at);
  }
  void check(std::size_t count) const;
  void release_function() noexcept override { functions_.reset(); }
  void destroy_self() noexcept override {
    const std::size_t size = bytes(edge_count);
    this->~FunctionNode();
    memory::release(this, size);
  }

  std::optional<Functions> functions_;
};

[[noreturn]] void wrong_gradient_count(const char* name, std::size_t given, int wanted);
void attach(Node* node, Output& output, std::span<const Input> inputs);
void report(const char* name, std::span<const Tensor> results, std::span<const Input> inputs);

template <class Function, class Add>
void FunctionNode<Function, Add>::check(std::size_t count) const {
  if (count != static_cast<std::size_t>(edge_count)) wrong_gradient_count(name, count, edge_count);
}

inline bool requires_record(const char* name, std::span<const Input> inputs) {
  if (!grad_enabled()) return false;
  for (const Input& input : inputs)
    if (input.operand.tensor != nullptr && input.operand.tensor->value(name).slot) return true;
  return false;
}

}  // namespace detail

/// Adds an operation to the graph and returns its result.
///
/// `output` is the computed value, a new tensor; `inputs` are the operands that it was computed from.
/// `backward` computes the gradients of the inputs from the gradient g of the result. Its signature is
/// `Tensor(const Tensor& g)` or `Tensor(const Backward& at, const Tensor& g)` for one input; for several
/// inputs it returns an array or vector of tensors, which are undefined where there is no gradient. If it is
/// written with differentiable operations, it can be differentiated again. It must not capture the inputs or
/// the result: mark the values that it needs with save(), and read them with at.input(i) and at.output().
///
/// The engine checks the count, shape and dtype of the returned gradients, and sums them over the axes along
/// which an input was broadcast. If no input requires a gradient, or inside NoGrad, record() only returns the
/// result. Otherwise it throws DTypeError if the result is not floating, ValueError if the result already
/// belongs to the graph.
///
///     Tensor cube(const Tensor& x) {
///       Tensor value = ...;
///       return record("cube", value, {save(x)}, [](const Backward& at, const Tensor& g) {
///         const Tensor x = at.input(0);
///         return 3 * g * x * x;
///       });
///     }
///
/// If the gradient of input 0 is 0 but for a part, and no other input has one, `add` may add it in place to a
/// sum of gradients, a contiguous tensor: `void(const Backward& at, const Tensor& g, Tensor& total)`. It must
/// do the same as `backward`, which is called as well: see Note [Parts] in autograd/node.h.
template <class Function, class Add = detail::NoParts>
Tensor record(const char* name, Output output, std::span<const Input> inputs, Function backward,
              Add add = {}) {
  if (detail::mode != 0) {
    if (detail::requires_record(name, inputs)) [[unlikely]]
      detail::attach(detail::FunctionNode<Function, Add>::make(name, output.tensor, inputs.size(),
                                                               std::move(backward), std::move(add)),
                     output, inputs);
    else if (detail::mode >= detail::observed_too) [[unlikely]]
      detail::report(name, {&output.tensor, 1}, inputs);
  }
  return std::move(output.tensor);
}
template <class Function, class Add = detail::NoParts>
Tensor record(const char* name, Output output, std::initializer_list<Input> inputs, Function backward,
              Add add = {}) {
  return record(name, std::move(output), std::span(inputs.begin(), inputs.size()), std::move(backward),
                std::move(add));
}

namespace detail {
/// The tensors as one vector, without history. Throws DTypeError unless all have one dtype.
Tensor pack(const char* name, const std::vector<Tensor>& tensors);
/// Views of a vector, one after the other.
std::vector<Tensor> unpack(const Tensor& packed, const std::vector<Shape>& shapes);
std::vector<Shape> shapes_of(const std::vector<Tensor>& tensors);
}  // namespace detail

/// The same for an operation with several results, of one dtype. Its gradient function gets the results and
/// their gradients, zeros for a result that was not used:
/// `(const Backward& at, const std::vector<Tensor>& results, const std::vector<Tensor>& gradients)`. Where it
/// is recorded, the results are views of one vector: see Note [Parts] in autograd/node.h.
///
///     auto [q, r] = ...;
///     return record("qr", std::vector{q, r}, {x},
///                   [](const Backward& at, const auto& results, const auto& gradients) { ... });
template <class Function>
std::vector<Tensor> record(const char* name, const std::vector<Tensor>& outputs,
                           std::span<const Input> inputs, Function backward) {
  if (!detail::requires_record(name, inputs)) {
    if (detail::observer != nullptr) [[unlikely]]
      detail::report(name, outputs, inputs);
    return outputs;
  }
  const std::vector<Shape> shapes = detail::shapes_of(outputs);
  const Tensor packed = detail::pack(name, outputs);
  return detail::unpack(record(name, save(packed), inputs,
                               [shapes, backward](const Backward& at, const Tensor& g) {
                                 return backward(at, detail::unpack(at.output(), shapes),
                                                 detail::unpack(g, shapes));
                               }),
                        shapes);
}
template <class Function>
std::vector<Tensor> record(const char* name, const std::vector<Tensor>& outputs,
                           std::initializer_list<Input> inputs, Function backward) {
  return record(name, outputs, std::span(inputs.begin(), inputs.size()), std::move(backward));
}

}  // namespace taper
