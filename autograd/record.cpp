// record: fills in the edges of a new node. Backward: what a gradient function can read.
#include <algorithm>

#include <fmt/format.h>

#include <taper/autograd/anomaly.h>
#include <taper/autograd/part.h>
#include <taper/autograd/record.h>
#include <taper/tensor/check.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>

namespace taper {
namespace {

std::uint32_t version_of(const Tensor& tensor) {
  return tensor.value().storage->version.load(std::memory_order_relaxed);
}

[[noreturn]] void changed_in_place(const Node& node, const std::string& what) {
  throw ValueError(fmt::format(
      "{}: its gradient needs {}, which was changed in place after it had been saved; change a copy instead",
      node.name, what));
}

}  // namespace

const Edge& Backward::edge(int i) const {
  if (i < 0 || i >= node_.edge_count)
    throw ValueError(fmt::format("{}: its gradient function reads input {}, but the number of inputs is {}",
                                 node_.name, i, node_.edge_count));
  return node_.edges[i];
}

Tensor Backward::input(int i) const {
  const Edge& of = edge(i);
  if (!of.saved.defined()) {
    if (of.is_number) return scalar(of.number, node_.dtype);
    throw ValueError(fmt::format("{}: its gradient function reads input {}, which was not marked with save()",
                                 node_.name, i));
  }
  if (version_of(of.saved) != of.version)
    changed_in_place(node_, fmt::format("input {} of shape {}", i, to_string(of.saved.shape())));
  return of.saved;
}

Tensor Backward::output() const {
  if (!node_.saved_output.defined())
    throw ValueError(fmt::format(
        "{}: its gradient function reads the result, which was not marked with save()", node_.name));
  if (version_of(node_.saved_output) != node_.output_version) changed_in_place(node_, "its result");
  if (!grad_enabled()) return node_.saved_output;
  Tensor output = node_.saved_output.detach();
  output.value().slot = Reference<AutogradSlot>(&node_);
  return output;
}

bool Backward::needs(int i) const {
  const Node* const node = edge(i).node.get();
  return node != nullptr &&
         (wanted_ == nullptr || std::binary_search(wanted_->begin(), wanted_->end(), node));
}

const Shape& Backward::shape(int i) const {
  const Edge& of = edge(i);
  if (of.node) return of.node->shape;
  if (of.saved.defined()) return of.saved.shape();
  throw ValueError(
      fmt::format("{}: its gradient function reads the shape of input {}, which does not require a gradient "
                  "and was not marked with save()",
                  node_.name, i));
}

namespace detail {

void wrong_gradient_count(const char* name, std::size_t given, int wanted) {
  throw ValueError(
      fmt::format("{}: its gradient function returned {} gradients for {} inputs", name, given, wanted));
}

void attach(Node* node, Output& output, std::span<const Input> inputs) {
  const Reference<AutogradSlot> slot(node);
  if (!is_floating(output.tensor.dtype()))
    throw DTypeError(
        fmt::format("{}: expected a float32 or float64 result, because an input requires a gradient, got {}; "
                    "detach() the inputs",
                    node->name, name(output.tensor.dtype())));
  if (output.tensor.requires_grad())
    throw ValueError(fmt::format(
        "record: the result of {} already belongs to the graph; return a new tensor or alias()", node->name));
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const Operand& operand = inputs[i].operand;
    Edge& edge = node->edges[i];
    if (operand.tensor == nullptr) {
      edge.number = operand.number;
      edge.is_number = true;
    } else {
      edge.node = Reference(node_of(*operand.tensor));
      if (inputs[i].save) {
        edge.saved = *operand.tensor;
        edge.version = version_of(edge.saved);
      }
    }
  }
  if (output.save) {
    node->saved_output = output.tensor.detach();
    node->output_version = version_of(output.tensor);
  }
  output.tensor.value().slot = slot;
  if (mode == recorded) [[likely]]
    return;
  report(node->name, {&output.tensor, 1}, inputs);
  if (!anomaly_mode()) return;
  check_forward(*node, output.tensor, inputs);
  node->name = name_with_place(node->name);
}

void report(const char* name, std::span<const Tensor> results, std::span<const Input> inputs) {
  if (observer == nullptr) return;
  std::vector<Operand> operands;
  operands.reserve(inputs.size());
  for (const Input& input : inputs) operands.push_back(input.operand);
  observe(name, results, operands);
}

Tensor pack(const char* name, const std::vector<Tensor>& tensors) {
  const NoGrad guard;
  std::int64_t count = 0;
  for (const Tensor& x : tensors) {
    compute::check_defined(name, x, "a result");
    if (x.dtype() != tensors[0].dtype())
      throw DTypeError(fmt::format("{}: expected results of one dtype, got {} and {}", name,
                                   taper::name(tensors[0].dtype()), taper::name(x.dtype())));
    count += x.numel();
  }
  Tensor packed = Tensor::empty({count}, tensors.empty() ? float32 : tensors[0].dtype(), name);
  const std::vector<Tensor> places = unpack(packed, shapes_of(tensors));
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    Tensor place = places[i];
    compute::copy(place, tensors[i]);
  }
  return packed;
}

std::vector<Tensor> unpack(const Tensor& packed, const std::vector<Shape>& shapes) {
  std::vector<Tensor> parts;
  parts.reserve(shapes.size());
  std::int64_t begin = 0;
  for (const Shape& shape : shapes) {
    parts.push_back(part("part", packed, [begin, shape](const Layout& whole) {
      Layout layout(shape);
      layout.offset = whole.offset + begin;
      return layout;
    }));
    begin += shape.numel();
  }
  return parts;
}

std::vector<Shape> shapes_of(const std::vector<Tensor>& tensors) {
  std::vector<Shape> shapes;
  shapes.reserve(tensors.size());
  for (const Tensor& x : tensors) shapes.push_back(x.shape());
  return shapes;
}

}  // namespace detail
}  // namespace taper
