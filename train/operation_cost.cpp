// The cost of an operation, from its shapes.
#include <algorithm>
#include <set>
#include <string_view>

#include <taper/train/operation_cost.h>

namespace taper::detail {
namespace {

const Tensor* tensor_at(const ObservedOperation& operation, std::size_t i) {
  if (i >= operation.inputs.size()) return nullptr;
  const Tensor* const tensor = operation.inputs[i].tensor;
  return tensor != nullptr && tensor->defined() ? tensor : nullptr;
}

std::int64_t bytes_of(const Tensor& x) { return x.numel() * size_of(x.dtype()); }

bool is_view(const ObservedOperation& operation) {
  const Tensor* const x = tensor_at(operation, 0);
  return x != nullptr && operation.results.size() == 1 &&
         operation.results[0].value().storage.get() == x->value().storage.get();
}

// The positions of a pooled convolution's result, for each that is left.
std::int64_t pooled(const ObservedOperation& operation) {
  for (const Attribute& attribute : operation.attributes)
    if (std::string_view(attribute.name) == "max_pool")
      if (const Shape* const extents = std::get_if<Shape>(&attribute.value)) return extents->numel();
  return 1;
}

std::int64_t flops_of(const ObservedOperation& operation) {
  static const std::set<std::string_view> moves{"concat", "stack",  "embedding",  "index_select", "gather",
                                                "clone",  "to",     "contiguous", "pad",          "flip",
                                                "embed",  "repeat", "roll",       "part"};
  const std::string_view name = operation.name;
  const Tensor &result = operation.results[0], *const a = tensor_at(operation, 0),
               *const b = tensor_at(operation, 1);
  if (moves.contains(name)) return 0;
  if (a != nullptr && b != nullptr && a->rank() > 0 && b->rank() > 0) {
    const std::int64_t outputs = std::max<std::int64_t>(b->size(0), 1);
    if (name == "matmul") return 2 * result.numel() * a->size(-1);
    if (name == "linear")
      return 2 * result.numel() * b->size(-1) + (tensor_at(operation, 2) != nullptr ? result.numel() : 0);
    if (name == "conv1d" || name == "conv2d" || name == "conv3d")
      return 2 * result.numel() * pooled(operation) * (b->numel() / outputs);
    if (name == "conv2d_input_gradient") return 2 * a->numel() * (b->numel() / outputs);
    if (name == "conv2d_weight_gradient")
      return 2 * b->numel() * (result.numel() / std::max<std::int64_t>(result.size(0), 1));
    if (name == "lstm" || name == "gru")  // [states, steps, batch, hidden] from weight_hh [gates, hidden]
      return 2 * a->numel() * b->size(-1) + 10 * a->numel();
  }
  std::int64_t largest = 0;
  for (const Tensor& each : operation.results) largest = std::max(largest, each.numel());
  for (std::size_t i = 0; i < operation.inputs.size(); ++i)
    if (const Tensor* const each = tensor_at(operation, i)) largest = std::max(largest, each->numel());
  return largest;
}

}  // namespace

Cost cost_of(const ObservedOperation& operation) {
  if (operation.results.empty() || !operation.results[0].defined() || is_view(operation)) return {};
  Cost cost{0, flops_of(operation)};
  for (const Tensor& each : operation.results)
    if (each.defined()) cost.bytes += bytes_of(each);
  for (std::size_t i = 0; i < operation.inputs.size(); ++i)
    if (const Tensor* const each = tensor_at(operation, i)) cost.bytes += bytes_of(*each);
  return cost;
}

}  // namespace taper::detail
