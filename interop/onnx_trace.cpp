// A trace: an observer that numbers the tensors it meets.
#include <algorithm>
#include <map>
#include <tuple>

#include <fmt/format.h>

#include <taper/autograd/grad_mode.h>
#include <taper/interop/onnx_trace.h>
#include <taper/nn/call.h>
#include <taper/tensor/error.h>

namespace taper::interop::detail {
namespace {

// Note [Identity]
// A tensor is known again by where its elements lie: storage, offset, shape and strides. Handles, detach()
// and a reshape to the same shape share them, and an operation that returns another one's result as its own
// has it, too. All tensors of a trace are held until its end, so that no address comes twice, and no
// operation that overwrites what nobody else holds does so.

class Tracer final : public Observer {
 public:
  explicit Tracer(bool (*wants)(const std::string&)) : wants_(wants) {}

  void operation(const ObservedOperation& operation) override {
    const bool wanted = wants_(operation.name);
    if (operation.composed) {
      const std::size_t first = functions_.empty() ? result.steps.size() : functions_.back();
      if (!wanted) return;
      for (std::size_t i = first; i < result.steps.size(); ++i)
        for (const int value : result.steps[i].results)
          if (value >= 0) value_of(value).kind = TraceValue::Kind::inner;
      result.steps.resize(first);
    }
    TraceStep step{operation.name, {}, {}, operation.attributes, nn::detail::Call::place()};
    for (const Operand& operand : operation.inputs) {
      TraceOperand input;
      input.is_number = operand.tensor == nullptr;
      input.number = operand.number;
      if (!input.is_number && operand.tensor->defined()) input.value = find(*operand.tensor);
      step.inputs.push_back(input);
    }
    bool changes = false;
    for (const Tensor& tensor : operation.results) {
      if (!tensor.defined()) {
        step.results.push_back(-1);
        continue;
      }
      const auto known = by_place_.find(place_of(tensor));
      const bool is_input = known != by_place_.end() && std::any_of(step.inputs.begin(), step.inputs.end(),
                                                                    [&](const TraceOperand& input) {
                                                                      return input.value == known->second;
                                                                    });
      if (is_input || (known != by_place_.end() && !wanted && !operation.composed)) {
        step.results.push_back(is_input ? -1 : known->second);
        continue;
      }
      changes = true;
      step.results.push_back(add(tensor, TraceValue::Kind::computed));
    }
    if (!changes) return;
    for (const int value : step.results)
      if (value >= 0) value_of(value).step = static_cast<int>(result.steps.size());
    result.steps.push_back(std::move(step));
  }
  void begin(const Section& section) override {
    if (section.kind == Section::Kind::function) functions_.push_back(result.steps.size());
  }
  void end(const Section& section) noexcept override {
    if (section.kind == Section::Kind::function) functions_.pop_back();
  }

  // The number of a tensor, which is new if it is not known.
  int find(const Tensor& tensor) {
    const auto known = by_place_.find(place_of(tensor));
    if (known != by_place_.end()) return known->second;
    TraceValue::Kind kind = TraceValue::Kind::constant;
    for (std::size_t i = result.values.size(); i-- > 0;) {
      const TraceValue& other = result.values[i];
      if (other.tensor.value().storage.get() != tensor.value().storage.get()) continue;
      if (other.kind == TraceValue::Kind::constant) continue;
      kind = TraceValue::Kind::unknown;
      if (!tensor.is_contiguous() || !other.tensor.is_contiguous() ||
          other.tensor.numel() != tensor.numel() || other.tensor.layout().offset != tensor.layout().offset ||
          other.tensor.dtype() != tensor.dtype() || other.kind == TraceValue::Kind::unknown ||
          other.kind == TraceValue::Kind::inner)
        continue;
      // The same elements in another shape.
      TraceStep step{"reshape", {{static_cast<int>(i), false, 0}}, {}, {}, nn::detail::Call::place()};
      step.results.push_back(add(tensor, TraceValue::Kind::computed));
      value_of(step.results[0]).step = static_cast<int>(result.steps.size());
      result.steps.push_back(step);
      return step.results[0];
    }
    return add(tensor, kind);
  }
  int add(const Tensor& tensor, TraceValue::Kind kind, const std::string& name = {}) {
    const int number = static_cast<int>(result.values.size());
    result.values.push_back({tensor.detach(), kind, -1, name});
    versions_.push_back(version_of(tensor));
    by_place_[place_of(tensor)] = number;
    return number;
  }

  void check_unchanged() const {
    for (std::size_t i = 0; i < versions_.size(); ++i)
      if (versions_[i] != version_of(result.values[i].tensor))
        throw ValueError(
            fmt::format("save_onnx: forward() changes a tensor of shape {} in place, which cannot be "
                        "exported; compute a new "
                        "one",
                        to_string(result.values[i].tensor.shape())));
  }

  Trace result;

 private:
  using Place = std::tuple<const void*, std::int64_t, DType, std::vector<std::int64_t>>;
  static Place place_of(const Tensor& tensor) {
    const Layout& layout = tensor.layout();
    std::vector<std::int64_t> extents(layout.shape.begin(), layout.shape.end());
    for (int i = 0; i < layout.shape.rank(); ++i)
      extents.push_back(layout.shape[i] == 1 ? 0 : layout.strides[i]);
    return {tensor.value().storage.get(), layout.offset, tensor.dtype(), std::move(extents)};
  }
  static std::uint32_t version_of(const Tensor& tensor) {
    return tensor.value().storage->version.load(std::memory_order_relaxed);
  }
  TraceValue& value_of(int number) { return result.values[static_cast<std::size_t>(number)]; }

  bool (*wants_)(const std::string&);
  std::map<Place, int> by_place_;
  std::vector<std::uint32_t> versions_;
  std::vector<std::size_t> functions_;  // where the steps of those that run begin
};

}  // namespace

Trace trace(const OnnxForward& forward, const std::vector<Tensor>& inputs, const NamedTensors& named,
            bool (*wants)(const std::string& operation)) {
  const NoGrad no_grad;
  Tracer tracer(wants);
  for (const auto& [name, tensor] : named) tracer.add(tensor, TraceValue::Kind::constant, name);
  for (const Tensor& input : inputs)
    tracer.result.inputs.push_back(tracer.add(input, TraceValue::Kind::input));
  const std::vector<Tensor> outputs = forward(inputs);
  for (const Tensor& output : outputs) {
    if (!output.defined()) throw ValueError("save_onnx: forward() has an undefined tensor among its results");
    tracer.result.outputs.push_back(tracer.find(output));
  }
  tracer.check_unchanged();
  return std::move(tracer.result);
}

}  // namespace taper::interop::detail
