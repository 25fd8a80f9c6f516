// Module: registration, names, state.
#include <algorithm>
#include <cstdlib>
#include <set>
#include <typeinfo>

#include <cxxabi.h>
#include <fmt/format.h>

#include <taper/nn/module.h>
#include <taper/tensor/elementwise.h>
#include <taper/tensor/error.h>

namespace taper::nn {
namespace {

thread_local CallObserver* observer = nullptr;

std::vector<Tensor> without_names(const NamedTensors& named) {
  std::vector<Tensor> tensors;
  for (const auto& [name, tensor] : named) tensors.push_back(tensor);
  return tensors;
}

}  // namespace

struct Module::State {
  // state_dict() lists both: the parameters of a module, then its buffers.
  NamedTensors parameters, buffers;
  std::vector<std::pair<std::string, std::shared_ptr<Module>>> children;
  bool training = true;
};

Module::Module() : state_(std::make_shared<State>()) {}
Module::~Module() = default;

Tensor Module::forward(const Tensor&) {
  throw ValueError(fmt::format("{}: this module has no forward() that takes one tensor", type()));
}

Tensor Module::operator()(const Tensor& x) {
  if (!x.defined()) throw ValueError(fmt::format("{}: the input is an undefined tensor", type()));
  Tensor result = forward(x);
  if (observer != nullptr) [[unlikely]]
    observer->called(*this, result);
  return result;
}

std::string Module::type() const {
  const char* const mangled = typeid(*this).name();
  int status = 0;
  char* const readable = abi::__cxa_demangle(mangled, nullptr, nullptr, &status);
  std::string name = status == 0 ? readable : mangled;
  std::free(readable);
  // The last "::" outside of template arguments.
  const std::size_t colons = name.rfind("::", name.find('<'));
  return colons == std::string::npos ? name : name.substr(colons + 2);
}

void Module::check_name(const char* function, const std::string& name) const {
  const auto taken = [&](const auto& list) {
    return std::any_of(list.begin(), list.end(), [&](const auto& entry) { return entry.first == name; });
  };
  if (name.empty() || name.find('.') != std::string::npos)
    throw ValueError(
        fmt::format("{}: expected a name that is not empty and contains no dot, got \"{}\"", function, name));
  if (taken(state_->parameters) || taken(state_->buffers) || taken(state_->children))
    throw ValueError(fmt::format("{}: {} already uses the name \"{}\"", function, type(), name));
}

// A tensor whose elements share memory could neither be trained nor loaded.
void check_memory(const char* function, const std::string& name, const Tensor& tensor) {
  if (!tensor.defined()) throw ValueError(fmt::format("{}: \"{}\" is an undefined tensor", function, name));
  if (tensor.layout().overlaps())
    throw ValueError(
        fmt::format("{}: the elements of \"{}\" share memory; copy the result of expand() first, for example "
                    "with contiguous(x)",
                    function, name));
}

Tensor Module::register_parameter(const std::string& name, Tensor parameter) {
  check_name("register_parameter", name);
  check_memory("register_parameter", name, parameter);
  parameter.set_requires_grad();
  state_->parameters.emplace_back(name, parameter);
  return parameter;
}

Tensor Module::register_buffer(const std::string& name, Tensor buffer) {
  check_name("register_buffer", name);
  check_memory("register_buffer", name, buffer);
  if (buffer.requires_grad())
    throw ValueError(
        fmt::format("register_buffer: \"{}\" requires a gradient; register it as a parameter, "
                    "or detach() it",
                    name));
  state_->buffers.emplace_back(name, buffer);
  return buffer;
}

void Module::add_child(const std::string& name, std::shared_ptr<Module> child) {
  check_name("register_module", name);
  if (child == nullptr) throw ValueError(fmt::format("register_module: \"{}\" is null", name));
  for (const auto& [below, module] : child->named_modules())
    if (module->state_ == state_)
      throw ValueError(fmt::format("register_module: \"{}\" contains the module it would be part of", name));
  state_->children.emplace_back(name, std::move(child));
}

const std::vector<std::pair<std::string, std::shared_ptr<Module>>>& Module::named_children() const {
  return state_->children;
}

std::vector<std::pair<std::string, Module*>> Module::named_modules() {
  std::vector<std::pair<std::string, Module*>> result;
  std::set<const State*> seen;
  const auto visit = [&](const auto& self, const std::string& name, Module& module) -> void {
    if (!seen.insert(module.state_.get()).second) return;
    result.emplace_back(name, &module);
    for (const auto& [child_name, child] : module.state_->children)
      self(self, name.empty() ? child_name : fmt::format("{}.{}", name, child_name), *child);
  };
  visit(visit, "", *this);
  return result;
}

NamedTensors Module::tensors(bool parameters, bool buffers, bool repeated) const {
  NamedTensors result;
  std::set<const TensorValue*> seen;
  const auto visit = [&](const auto& self, const std::string& prefix, const Module& module) -> void {
    const auto add = [&](const NamedTensors& list) {
      for (const auto& [name, tensor] : list)
        if (seen.insert(&tensor.value()).second || repeated) result.emplace_back(prefix + name, tensor);
    };
    if (parameters) add(module.state_->parameters);
    if (buffers) add(module.state_->buffers);
    for (const auto& [name, child] : module.state_->children)
      self(self, fmt::format("{}{}.", prefix, name), *child);
  };
  visit(visit, "", *this);
  return result;
}

NamedTensors Module::named_parameters() const { return tensors(true, false, false); }
NamedTensors Module::named_buffers() const { return tensors(false, true, false); }
std::vector<Tensor> Module::parameters() const { return without_names(named_parameters()); }
std::vector<Tensor> Module::buffers() const { return without_names(named_buffers()); }

std::int64_t Module::num_parameters() const {
  std::int64_t count = 0;
  for (const Tensor& parameter : parameters()) count += parameter.numel();
  return count;
}

void Module::train(bool training) {
  for (const auto& [name, module] : named_modules()) module->state_->training = training;
}

bool Module::is_training() const { return state_->training; }

void Module::set_requires_grad(bool required) {
  for (Tensor& parameter : parameters()) parameter.set_requires_grad(required);
}

void Module::zero_grad() {
  for (Tensor& parameter : parameters())
    if (parameter.requires_grad()) parameter.set_grad({});
}

void Module::to(DType dtype) {
  if (!is_floating(dtype))
    throw DTypeError(fmt::format("to: expected float32 or float64, got {}", name(dtype)));
  for (auto& [name, tensor] : tensors(true, true, false)) {
    if (!is_floating(tensor.dtype()) || tensor.dtype() == dtype) continue;
    const bool learned = tensor.requires_grad();
    const Tensor gradient = learned ? tensor.grad() : Tensor();
    tensor.set_requires_grad(false);
    tensor.value().become(compute::cast(tensor, dtype).value());
    tensor.set_requires_grad(learned);
    if (gradient.defined()) tensor.set_grad(compute::cast(gradient, dtype));
  }
}

NamedTensors Module::state_dict() const {
  NamedTensors state = tensors(true, true, true);
  for (auto& [name, tensor] : state) tensor = tensor.detach();
  return state;
}

void Module::load_state_dict(const NamedTensors& state) {
  const NamedTensors own = state_dict();
  overwrite(own, matched("load_state_dict", own, state));
}

CallObserver::CallObserver() : before_(std::exchange(observer, this)) {}
CallObserver::~CallObserver() { observer = before_; }

}  // namespace taper::nn
