// Anomaly detection: searching for NaN.
#include <mutex>
#include <set>

#include <fmt/format.h>

#include <taper/autograd/anomaly.h>
#include <taper/tensor/error.h>
#include <taper/tensor/walk.h>

namespace taper::detail {
namespace {

bool has_nan(const Tensor& x) {
  if (!is_floating(x.dtype())) return false;
  bool found = false;
  visit_floating(x.dtype(), [&]<class T>() {
    const T* const data = x.data<T>() - x.layout().offset;
    walk(x.layout(), [&](std::int64_t, std::int64_t at) { found = found || data[at] != data[at]; });
  });
  return found;
}

}  // namespace

void check_forward(const Node& node, const Tensor& output, std::span<const Input> inputs) {
  if (!has_nan(output)) return;
  for (const Input& input : inputs)
    if (input.operand.tensor != nullptr ? has_nan(*input.operand.tensor)
                                        : input.operand.number != input.operand.number)
      return;
  throw ValueError(fmt::format("DetectAnomaly: {} computed the first NaN, in its result of shape {}",
                               node.name, to_string(output.shape())));
}

const char* name_with_place(const char* name) {
  const std::string where = place == nullptr ? "" : place();
  if (where.empty()) return name;
  static std::mutex mutex;
  static std::set<std::string> names;
  const std::lock_guard lock(mutex);
  return names.insert(fmt::format("{} in {}", name, where)).first->c_str();
}

void check_backward(const Node& node, const Tensor& gradient, int i) {
  if (has_nan(gradient))
    throw ValueError(
        fmt::format("DetectAnomaly: the gradient of {} computed the first NaN, for its input {} of shape {}",
                    node.name, i, to_string(gradient.shape())));
}

}  // namespace taper::detail
