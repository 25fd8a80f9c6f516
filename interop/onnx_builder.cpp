// Builds a graph from two traces: names, constants, extents that follow from the batch.
#include <algorithm>
#include <bit>
#include <cstring>

#include <fmt/format.h>

#include <taper/autograd/ops/arithmetic.h>
#include <taper/interop/onnx_builder.h>
#include <taper/tensor/create.h>
#include <taper/tensor/elementwise.h>
#include <taper/tensor/error.h>

namespace taper::interop::detail {
namespace {

using Kind = TraceValue::Kind;

bool same_bytes(const Tensor& a, const Tensor& b) {
  if (a.dtype() != b.dtype() || a.shape() != b.shape()) return false;
  const Tensor x = compute::contiguous(a), y = compute::contiguous(b);
  return x.numel() == 0 ||
         std::memcmp(x.raw(), y.raw(), static_cast<std::size_t>(x.numel() * size_of(x.dtype()))) == 0;
}

// The value of all elements, in a tensor of rank 0; undefined if they differ.
Tensor only_value(const Tensor& x) {
  if (x.numel() == 0) return {};
  const Tensor flat = compute::contiguous(x).alias(Layout(Shape{x.numel()}));
  const Tensor one = compute::cast(flat.alias(flat.layout().select("save_onnx", 0, 0)), x.dtype());
  Tensor filled = Tensor::empty(x.shape(), x.dtype());
  compute::copy(filled, one);
  return same_bytes(filled, x) ? one : Tensor();
}

bool same(const Attribute& a, const Attribute& b) {
  return std::string(a.name) == b.name && a.value == b.value;
}

}  // namespace

OnnxBuilder::OnnxBuilder(const Trace& first, const Trace& second, const OnnxOptions& options)
    : first_(first), second_(second), options_(options) {
  const std::int64_t axis = options.batch_axis;
  for (const int input : first.inputs)
    if (const Shape& shape = value(input).tensor.shape();
        axis >= 0 && axis < shape.rank() && batches_[0] < 0) {
      batches_[0] = shape[axis];
      batches_[1] = second.values[static_cast<std::size_t>(input)].tensor.shape()[axis];
    }
}

void OnnxBuilder::fail(const std::string& why) const {
  throw ValueError(fmt::format("save_onnx: {} in {}: {}", step_ == nullptr ? "forward()" : step_->name,
                               step_ == nullptr || step_->place.empty() ? "no layer" : step_->place, why));
}

void OnnxBuilder::check_same_steps() const {
  const std::size_t count = std::min(first_.steps.size(), second_.steps.size());
  for (std::size_t i = 0; i <= count; ++i) {
    if (i == count && first_.steps.size() == second_.steps.size()) break;
    const TraceStep* const a = i < first_.steps.size() ? &first_.steps[i] : nullptr;
    const TraceStep* const b = i < second_.steps.size() ? &second_.steps[i] : nullptr;
    bool equal = a != nullptr && b != nullptr && a->name == b->name && a->inputs.size() == b->inputs.size() &&
                 a->results == b->results;
    for (std::size_t k = 0; equal && k < a->inputs.size(); ++k)
      equal = a->inputs[k].value == b->inputs[k].value && a->inputs[k].is_number == b->inputs[k].is_number;
    if (equal) continue;
    const TraceStep& at = a != nullptr ? *a : *b;
    throw ValueError(fmt::format(
        "save_onnx: forward() takes another path for other values or another batch, from {} in {} on; "
        "a graph has one path{}",
        at.name, at.place.empty() ? "no layer" : at.place,
        options_.batch_axis >= 0 ? " (with .batch_axis = -1 the batch's extent stays that of the examples)"
                                 : ""));
  }
  if (first_.outputs != second_.outputs)
    throw ValueError("save_onnx: forward() has other results for other values; a graph has one path");
}

bool OnnxBuilder::is_constant(int number) const { return constant_[static_cast<std::size_t>(number)] != 0; }

OnnxGraph OnnxBuilder::build() {
  check_same_steps();
  constant_.assign(first_.values.size(), 0);
  for (std::size_t i = 0; i < first_.values.size(); ++i)
    constant_[i] = first_.values[i].kind == Kind::constant ? 1 : 0;
  for (const TraceStep& step : first_.steps) {
    const bool folds = std::all_of(step.inputs.begin(), step.inputs.end(), [&](const TraceOperand& input) {
      return input.value < 0 || is_constant(input.value);
    });
    for (const int result : step.results)
      if (result >= 0) constant_[static_cast<std::size_t>(result)] = folds ? 1 : 0;
  }
  // What the outputs need, from the last step back.
  std::vector<char> needed(first_.values.size(), 0);
  for (const int output : first_.outputs) needed[static_cast<std::size_t>(output)] = 1;
  std::vector<const TraceStep*> steps;
  for (std::size_t i = first_.steps.size(); i-- > 0;) {
    const TraceStep& step = first_.steps[i];
    const bool wanted = std::any_of(step.results.begin(), step.results.end(), [&](int result) {
      return result >= 0 && needed[static_cast<std::size_t>(result)] != 0 &&
             value(result).step == static_cast<int>(i) && !is_constant(result);
    });
    if (!wanted) continue;
    steps.push_back(&step);
    for (const TraceOperand& input : step.inputs)
      if (input.value >= 0) needed[static_cast<std::size_t>(input.value)] = 1;
  }
  std::reverse(steps.begin(), steps.end());

  graph_.inputs = declared(first_.inputs, options_.input_names, "input");
  for (std::size_t i = 0; i < first_.inputs.size(); ++i) names_[first_.inputs[i]] = graph_.inputs[i].name;
  for (const TraceStep* const each : steps) {
    step_ = each;
    translate_to_onnx(*this);
  }
  step_ = nullptr;
  graph_.outputs = declared(first_.outputs, options_.output_names, "output");
  for (std::size_t i = 0; i < first_.outputs.size(); ++i)
    graph_.nodes.push_back(
        {"Identity", graph_.outputs[i].name, {name_of(first_.outputs[i])}, {graph_.outputs[i].name}, {}});
  return std::move(graph_);
}

std::vector<OnnxValue> OnnxBuilder::declared(const std::vector<int>& values,
                                             const std::vector<std::string>& names, const char* otherwise) {
  if (!names.empty() && names.size() != values.size())
    throw ValueError(
        fmt::format("save_onnx: expected {} {} names, got {}", values.size(), otherwise, names.size()));
  std::vector<OnnxValue> result;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::string wanted = !names.empty() ? names[i]
                               : i == 0       ? otherwise
                                              : fmt::format("{}_{}", otherwise, i);
    const std::string name = unique(wanted);
    if (name != wanted) throw ValueError(fmt::format("save_onnx: two tensors have the name {}", wanted));
    const Tensor &a = value(values[i]).tensor,
                 &b = second_.values[static_cast<std::size_t>(values[i])].tensor;
    OnnxValue one{name, a.dtype(), {}};
    if (a.rank() != b.rank()) fail("the rank of a result depends on the batch");
    for (int k = 0; k < a.rank(); ++k) {
      one.extents.push_back(a.size(k) == b.size(k) ? a.size(k) : a.size(k) == batches_[0] ? -1 : -2);
    }
    result.push_back(std::move(one));
  }
  return result;
}

std::string OnnxBuilder::unique(const std::string& name) {
  const int count = used_[name]++;
  if (count == 0) return name;
  return unique(fmt::format("{}_{}", name, count));
}

bool OnnxBuilder::has(std::size_t i) const { return i < step_->inputs.size() && step_->inputs[i].value >= 0; }

const Tensor& OnnxBuilder::tensor(std::size_t i) const {
  if (!has(i)) fail(fmt::format("expected a tensor as operand {}", i));
  return value(step_->inputs[i].value).tensor;
}

const Tensor& OnnxBuilder::result(std::size_t i) const {
  if (i >= step_->results.size() || step_->results[i] < 0) fail("a result is missing");
  return value(step_->results[i]).tensor;
}

bool OnnxBuilder::follows_batch(int input, int axis) const {
  const int number = input < 0 ? step_->results[0] : step_->inputs[static_cast<std::size_t>(input)].value;
  const Shape &a = value(number).tensor.shape(),
              &b = second_.values[static_cast<std::size_t>(number)].tensor.shape();
  return axis < a.rank() && a[axis] != b[axis];
}

std::string OnnxBuilder::input(std::size_t i) {
  if (i >= step_->inputs.size()) return {};
  const TraceOperand& operand = step_->inputs[i];
  if (operand.value >= 0) return name_of(operand.value);
  if (!operand.is_number) return {};
  const TraceOperand& other = second_.steps[static_cast<std::size_t>(step_ - first_.steps.data())].inputs[i];
  if (std::bit_cast<std::uint64_t>(other.number) != std::bit_cast<std::uint64_t>(operand.number))
    fail(fmt::format("the number {} is {} for other inputs", operand.number, other.number));
  // A number takes the dtype of the tensor beside it.
  for (std::size_t k = step_->inputs.size(); k-- > 0;)
    if (has(k) && tensor(k).dtype() != boolean) return constant(full({}, operand.number, tensor(k).dtype()));
  return constant(full({}, operand.number, result().dtype()));
}

std::string OnnxBuilder::input_or(std::size_t i, const Tensor& otherwise) {
  return has(i) ? input(i) : constant(otherwise);
}

Tensor OnnxBuilder::constant_input(std::size_t i, const char* what) {
  if (!is_constant(step_->inputs[i].value)) fail(fmt::format("{} must not depend on the inputs", what));
  constant_of(step_->inputs[i].value);  // checks it
  return tensor(i);
}

std::string OnnxBuilder::name_of(int number) {
  const auto known = names_.find(number);
  if (known != names_.end()) return known->second;
  if (is_constant(number)) return names_[number] = constant_of(number);
  switch (value(number).kind) {
    case Kind::inner:
      fail("it uses a tensor from within a function that is exported as a whole");
    case Kind::unknown:
      fail(fmt::format("its operand of shape {} is a view of a result that no operation has made",
                       to_string(value(number).tensor.shape())));
    default:
      fail("its operand has not been computed");
  }
}

std::string OnnxBuilder::constant_of(int number) {
  const TraceValue &a = value(number), &b = second_.values[static_cast<std::size_t>(number)];
  if (!is_storage_only(a.tensor.dtype()) && same_bytes(a.tensor, b.tensor))
    return constant(a.tensor, a.name.empty() ? "constant" : a.name);
  const Tensor one = only_value(a.tensor), other = only_value(b.tensor);
  if (!one.defined() || !other.defined() || !same_bytes(one, other) || a.tensor.rank() != b.tensor.rank())
    fail(fmt::format(
        "its operand of shape {} comes from no operation that can be exported, and is another one for "
        "other inputs",
        to_string(a.tensor.shape())));
  return node("Expand", {constant(one), shape_vector(a.tensor.shape(), b.tensor.shape(), false)});
}

const Attribute& OnnxBuilder::option(const char* name) const {
  const TraceStep& other = second_.steps[static_cast<std::size_t>(step_ - first_.steps.data())];
  for (const Attribute& attribute : step_->attributes)
    if (std::string(name) == attribute.name) {
      if (std::none_of(other.attributes.begin(), other.attributes.end(),
                       [&](const Attribute& each) { return same(each, attribute); }))
        fail(fmt::format("its option {} depends on the inputs or the batch", name));
      return attribute;
    }
  fail(fmt::format("its option {} is not known", name));
}

const Attributes& OnnxBuilder::options() const {
  const Attributes &first = step_->attributes,
                   &second = second_.steps[static_cast<std::size_t>(step_ - first_.steps.data())].attributes;
  if (!std::equal(first.begin(), first.end(), second.begin(), second.end(), same))
    fail("its options depend on the inputs or the batch");
  return first;
}

bool OnnxBuilder::has_option(const char* name) const {
  return std::any_of(step_->attributes.begin(), step_->attributes.end(),
                     [&](const Attribute& each) { return std::string(name) == each.name; });
}
double OnnxBuilder::number(const char* name) const { return std::get<double>(option(name).value); }
Shape OnnxBuilder::extents(const char* name) const { return std::get<Shape>(option(name).value); }
std::string OnnxBuilder::word(const char* name) const { return std::get<std::string>(option(name).value); }

std::vector<std::string> OnnxBuilder::node(const std::string& type, std::vector<std::string> inputs,
                                           std::vector<OnnxAttribute> attributes, std::size_t outputs) {
  while (!inputs.empty() && inputs.back().empty()) inputs.pop_back();
  std::string place = step_ == nullptr ? "" : step_->place.substr(0, step_->place.find(" ("));
  const std::string name = unique((place.empty() ? "" : place + ".") + type);
  std::vector<std::string> results;
  for (std::size_t i = 0; i < outputs; ++i)
    results.push_back(unique(i == 0 ? name + ".out" : fmt::format("{}.out{}", name, i)));
  graph_.nodes.push_back({type, name, std::move(inputs), results, std::move(attributes)});
  return results;
}

std::string OnnxBuilder::node(const std::string& type, std::vector<std::string> inputs,
                              std::vector<OnnxAttribute> attributes) {
  return node(type, std::move(inputs), std::move(attributes), 1)[0];
}

std::string OnnxBuilder::constant(const Tensor& value, const std::string& name) {
  std::string own = unique(name);
  graph_.initializers.emplace_back(own, compute::contiguous(value.detach()));
  return own;
}
std::string OnnxBuilder::number(double value) { return constant(full({}, value, result().dtype())); }
std::string OnnxBuilder::integers(const std::vector<std::int64_t>& values) {
  return constant(from_data(values, Shape{static_cast<std::int64_t>(values.size())}));
}

void OnnxBuilder::is(const std::string& output, std::size_t i) {
  if (i < step_->results.size() && step_->results[i] >= 0) names_[step_->results[i]] = output;
}

std::string OnnxBuilder::shape_of_result(bool inferred) {
  return shape_vector(result().shape(),
                      second_.values[static_cast<std::size_t>(step_->results[0])].tensor.shape(), inferred);
}

std::string OnnxBuilder::shape_vector(const Shape& first, const Shape& second, bool inferred) {
  std::vector<std::int64_t> extents(first.begin(), first.end());
  std::vector<int> moving;
  for (int i = 0; i < first.rank(); ++i)
    if (first[i] != second[i]) moving.push_back(i);
  const bool empty = std::find(extents.begin(), extents.end(), 0) != extents.end();
  if (moving.empty() && !(empty && inferred)) return integers(extents);
  if (inferred && moving.size() == 1 && !empty) {
    extents[static_cast<std::size_t>(moving[0])] = -1;
    return integers(extents);
  }
  // Extents that are multiples of the batch's.
  if (batch_.empty()) {
    std::size_t at = 0;
    while (at < first_.inputs.size() && value(first_.inputs[at]).tensor.rank() <= options_.batch_axis) ++at;
    if (batches_[0] <= 0 || at == first_.inputs.size()) fail("its extents depend on the inputs");
    batch_ = node("Gather", {node("Shape", {names_[first_.inputs[at]]}), integers({options_.batch_axis})},
                  {{"axis", std::int64_t{0}}});
  }
  std::vector<std::string> parts;
  for (int i = 0; i < first.rank(); ++i) {
    const std::int64_t times = batches_[0] > 0 ? first[i] / batches_[0] : 0;
    if (first[i] == second[i])
      parts.push_back(integers({first[i]}));
    else if (times > 0 && times * batches_[0] == first[i] && times * batches_[1] == second[i])
      parts.push_back(times == 1 ? batch_ : node("Mul", {batch_, integers({times})}));
    else
      fail(fmt::format("extent {} of {} does not follow from the batch", i, to_string(first)));
  }
  return node("Concat", parts, {{"axis", std::int64_t{0}}});
}

std::string OnnxBuilder::reduce(const std::string& type, const std::string& x,
                                const std::vector<std::int64_t>& axes, bool keepdims) {
  const OnnxAttribute keep{"keepdims", std::int64_t{keepdims ? 1 : 0}};
  if (axes.empty()) return node("Identity", {x});
  if (type == "ReduceSum" || options_.opset >= 18) return node(type, {x, integers(axes)}, {keep});
  return node(type, {x}, {{"axes", axes}, keep});
}

OnnxGraph graph_of(const Trace& first, const Trace& second, const OnnxOptions& options) {
  return OnnxBuilder(first, second, options).build();
}

}  // namespace taper::interop::detail
