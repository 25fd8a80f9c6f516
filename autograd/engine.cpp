// The engine: visits the nodes that the outputs were computed from, in reverse order of creation, and adds up
// their gradients.
#include <algorithm>
#include <atomic>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

#include <taper/autograd/anomaly.h>
#include <taper/autograd/backward.h>
#include <taper/autograd/graph.h>
#include <taper/autograd/hooks.h>
#include <taper/autograd/ops/arithmetic.h>
#include <taper/autograd/ops/reduce.h>
#include <taper/autograd/queue.h>
#include <taper/autograd/record.h>
#include <taper/tensor/check.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>

namespace taper {

detail::BySequence detail::reachable(const std::vector<Tensor>& outputs) {
  BySequence found;
  std::vector<Node*, memory::Allocator<Node*>> stack;
  const auto reach = [&](Node* node) {
    if (node != nullptr && found.emplace(node->sequence, node).second) stack.push_back(node);
  };
  for (const Tensor& output : outputs) reach(node_of(output));
  while (!stack.empty()) {
    const Node* const node = stack.back();
    stack.pop_back();
    for (int i = 0; i < node->edge_count; ++i) reach(node->edges[i].node.get());
  }
  return found;
}

namespace {

using detail::Nodes;
using detail::Pending;
using detail::reachable;

class Run {
 public:
  Run(GradOptions options, const Nodes* wanted, const std::vector<Tensor>* inputs)
      : options_(options),
        wanted_(wanted),
        inputs_(inputs),
        results(inputs == nullptr ? 0 : inputs->size()) {}

  void start(const Tensor& output, Tensor gradient) { push(node_of(output), std::move(gradient)); }

  void work() {
    const detail::ScopedMode mode(detail::recorded, options_.create_graph);
    const bool observed = detail::observer != nullptr;
    std::optional<Section> section;
    while (!queue_.empty()) {
      Pending next = queue_.pop();
      if (observed) [[unlikely]]
        section.emplace(Section::Kind::gradient, next.node->name, next.node->sequence);
      visit(*next.node, std::move(next.gradient));
    }
  }

 private:
  // A leaf can accumulate each gradient as it comes, unless grad() or a hook needs their sum.
  bool accumulates_at_once(const Node& node) const {
    return node.is_leaf() && inputs_ == nullptr && node.hooks == nullptr;
  }

  void push(Node* node, Tensor gradient) {
    if (accumulates_at_once(*node)) return node->accumulate(std::move(gradient));
    Pending& entry = queue_.find(node->sequence);
    if (!entry.node)
      entry = {Reference(node), std::move(gradient)};
    else if (!options_.create_graph && may_change(entry.gradient))
      compute::accumulate(entry.gradient, gradient);
    else
      entry.gradient = entry.gradient + gradient;
  }

  void visit(Node& node, Tensor gradient) {
    if (node.hooks != nullptr && (options_.call_hooks || !node.is_leaf())) call_hooks(node, gradient);
    if (inputs_ != nullptr) {
      for (std::size_t i = 0; i < inputs_->size(); ++i)
        if (node_of((*inputs_)[i]) == &node) results[i] = gradient;
      if (node.is_leaf()) return;
    } else if (node.keeps_gradient) {
      if (node.is_leaf()) return node.accumulate(std::move(gradient));
      node.accumulate(gradient);
    }
    if (wanted_ == nullptr || has_wanted_input(node)) propagate(node, gradient);
  }

  bool has_wanted_input(const Node& node) const {
    for (int i = 0; i < node.edge_count; ++i)
      if (is_wanted(node.edges[i].node.get())) return true;
    return false;
  }
  bool is_wanted(const Node* node) const {
    return node != nullptr &&
           (wanted_ == nullptr || std::binary_search(wanted_->begin(), wanted_->end(), node));
  }

  void propagate(Node& node, const Tensor& gradient) {
    if (node.released)
      throw ValueError(
          fmt::format("backward: the saved values of {} were released by an earlier backward(); call that "
                      "one with {{.retain_graph = true}}",
                      node.name));
    if (!add_part(node, gradient)) apply(node, gradient);
    if (!options_.retain_graph && !options_.create_graph) node.release();
  }

  void apply(Node& node, const Tensor& gradient) {
    constexpr int few = 4;
    Tensor small[few];
    std::vector<Tensor, memory::Allocator<Tensor>> large(
        node.edge_count > few ? static_cast<std::size_t>(node.edge_count) : 0);
    Tensor* const gradients = large.empty() ? small : large.data();
    node.apply(Backward(node, wanted_), gradient, gradients);
    for (int i = 0; i < node.edge_count; ++i) {
      Node* const to = node.edges[i].node.get();
      if (!gradients[i].defined() || !is_wanted(to)) continue;
      push(to, fitted(node, i, std::move(gradients[i])));
    }
  }

  // Whether the gradient was added in place to a sum that there is already: see Note [Parts].
  bool add_part(Node& node, const Tensor& gradient) {
    if (!node.adds || options_.create_graph || detail::anomaly_mode()) return false;
    Node& to = *node.edges[0].node;
    const Backward at(node, wanted_);
    if (accumulates_at_once(to)) return to.accumulate_part(node, at, gradient);
    Pending& entry = queue_.find(to.sequence);  // if it is new, apply() fills it
    if (!entry.node || !may_change(entry.gradient)) return false;
    node.add(at, gradient, entry.gradient);
    return true;
  }

  // Checks a gradient and sums it over the axes along which its input was broadcast.
  static Tensor fitted(const Node& node, int i, Tensor gradient) {
    const Node& to = *node.edges[i].node;
    if (gradient.dtype() != to.dtype)
      throw DTypeError(fmt::format("{}: expected its gradient for input {} to have dtype {}, got {}",
                                   node.name, i, name(to.dtype), name(gradient.dtype())));
    if (gradient.shape() != to.shape) {
      const Shape& from = gradient.shape();
      bool fits = from.rank() >= to.shape.rank();
      for (int k = 1; fits && k <= to.shape.rank(); ++k) {
        const std::int64_t extent = to.shape[to.shape.rank() - k];
        fits = extent == 1 || extent == from[from.rank() - k];
      }
      if (!fits)
        throw ShapeError(fmt::format("{}: expected its gradient for input {} to have shape {}, got {}",
                                     node.name, i, to_string(to.shape), to_string(from)));
      gradient = sum_to(gradient, to.shape);
    }
    if (detail::anomaly_mode()) detail::check_backward(node, gradient, i);
    return gradient;
  }

  static void call_hooks(const Node& node, Tensor& gradient) {
    for (std::size_t i = 0; i < node.hooks->list.size(); ++i) {  // by index: a hook may register another
      const Hook hook = node.hooks->list[i].second;
      const Tensor replaced = hook(gradient);
      if (!replaced.defined()) continue;
      if (replaced.shape() != gradient.shape())
        throw ShapeError(fmt::format("backward: expected a hook to return a gradient of shape {}, got {}",
                                     to_string(gradient.shape()), to_string(replaced.shape())));
      if (replaced.dtype() != gradient.dtype())
        throw DTypeError(fmt::format("backward: expected a hook to return a gradient of dtype {}, got {}",
                                     name(gradient.dtype()), name(replaced.dtype())));
      gradient = replaced;
    }
  }

  GradOptions options_;
  const Nodes* wanted_;                // the nodes with a path to an input, sorted; null: all nodes
  const std::vector<Tensor>* inputs_;  // null: accumulate the gradients in the leaves
  detail::Queue queue_;

 public:
  std::vector<Tensor> results;
};

Tensor checked_cotangent(const char* function, const Tensor& output, const Tensor& cotangent) {
  compute::check_defined(function, output, "the output");
  if (!output.requires_grad())
    throw ValueError(fmt::format(
        "{}: this tensor does not require a gradient, and neither does any tensor that it was computed from",
        function));
  if (!cotangent.defined()) {
    if (output.numel() != 1)
      throw ShapeError(
          fmt::format("{}: expected a tensor with one element where no gradient is given, got shape {}; "
                      "reduce it first, for example with sum or mean",
                      function, to_string(output.shape())));
    return ones(output.shape(), output.dtype());
  }
  if (cotangent.shape() != output.shape())
    throw ShapeError(fmt::format("{}: expected a gradient of shape {}, got {}", function,
                                 to_string(output.shape()), to_string(cotangent.shape())));
  if (cotangent.dtype() != output.dtype())
    throw DTypeError(fmt::format("{}: expected a gradient of dtype {}, got {}", function,
                                 name(output.dtype()), name(cotangent.dtype())));
  return cotangent;
}

// The nodes from which there is a path to an input, sorted by address.
Nodes on_the_way(const std::vector<Tensor>& outputs, const std::vector<Tensor>& inputs) {
  std::set<const Node*, std::less<>, memory::Allocator<const Node*>> wanted;
  for (const Tensor& input : inputs) wanted.insert(node_of(input));
  for (const auto& [sequence, node] : reachable(outputs))
    for (int i = 0; i < node->edge_count; ++i)
      if (wanted.count(node->edges[i].node.get()) > 0) wanted.insert(node);
  return {wanted.begin(), wanted.end()};
}

Node& hooked_node(const char* function, const Tensor& tensor) {
  Node* const node = node_of(tensor, function);
  if (node == nullptr) throw ValueError(fmt::format("{}: this tensor does not require a gradient", function));
  return *node;
}

}  // namespace

void Tensor::backward(const Tensor& gradient, BackwardOptions options) const {
  Run run({.retain_graph = options.retain_graph}, nullptr, nullptr);
  run.start(*this, checked_cotangent("backward", *this, gradient));
  run.work();
}

std::vector<Tensor> grad(const std::vector<Tensor>& outputs, const std::vector<Tensor>& inputs,
                         const std::vector<Tensor>& cotangents, GradOptions options) {
  if (!cotangents.empty() && cotangents.size() != outputs.size())
    throw ValueError(fmt::format("grad: expected one cotangent for each of {} outputs, got {}",
                                 outputs.size(), cotangents.size()));
  for (const Tensor& output : outputs) compute::check_defined("grad", output, "an output");
  for (const Tensor& input : inputs) compute::check_defined("grad", input, "an input");
  for (const Tensor& input : inputs)
    if (!input.requires_grad())
      throw ValueError("grad: each input must require a gradient; call set_requires_grad() first");
  const Nodes wanted = on_the_way(outputs, inputs);
  Run run(options, &wanted, &inputs);
  for (std::size_t i = 0; i < outputs.size(); ++i)
    run.start(outputs[i],
              checked_cotangent("grad", outputs[i], cotangents.empty() ? Tensor() : cotangents[i]));
  run.work();
  return std::move(run.results);
}

int register_hook(const Tensor& tensor, Function<Tensor(const Tensor&)> hook) {
  Node& node = hooked_node("register_hook", tensor);
  if (!hook) throw ValueError("register_hook: the hook is empty");
  if (node.hooks == nullptr) node.hooks.reset(new Hooks);
  static std::atomic<int> last{0};  // numbers are never reused, so an old number cannot remove a newer hook
  const int number = ++last;
  node.hooks->list.emplace_back(number, std::move(hook));
  return number;
}

void remove_hook(const Tensor& tensor, int number) {
  Node& node = hooked_node("remove_hook", tensor);
  if (node.hooks != nullptr)
    std::erase_if(node.hooks->list, [&](const auto& entry) { return entry.first == number; });
}

std::string to_dot(const Tensor& output) {
  compute::check_defined("to_dot", output);
  std::string dot = "digraph {\n  rankdir=BT;\n";
  for (const auto& [sequence, node] : reachable({output})) {
    dot += fmt::format("  n{} [shape={}, label=\"{}{}\"];\n", sequence, node->is_leaf() ? "ellipse" : "box",
                       node->is_leaf() ? "" : fmt::format("{}\\n", node->name), to_string(node->shape));
    for (int i = 0; i < node->edge_count; ++i)
      if (node->edges[i].node) dot += fmt::format("  n{} -> n{};\n", node->edges[i].node->sequence, sequence);
  }
  return dot + "}\n";
}

}  // namespace taper
