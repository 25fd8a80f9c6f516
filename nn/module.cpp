// Module: registration, names, state.
#include <algorithm>
#include <set>
#include <typeinfo>

#include <fmt/format.h>

#include <taper/autograd/ops/shape.h>
#include <taper/nn/check.h>
#include <taper/nn/module_state.h>
#include <taper/tensor/elementwise.h>
#include <taper/tensor/error.h>

namespace taper::nn {
namespace {

std::vector<Tensor> without_names(const NamedTensors& named) {
  std::vector<Tensor> tensors;
  for (const auto& [name, tensor] : named) tensors.push_back(tensor);
  return tensors;
}

}  // namespace

Module::Module() : state_(std::make_shared<State>()) {}
Module::~Module() = default;

Tensor Module::call(const Tensor&) const {
  throw ValueError(fmt::format("{}: its forward() does not take one tensor and return one", type()));
}

std::string Module::type() const { return name_of(typeid(*this)); }

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

Tensor Module::parameter(const std::string& name, Tensor tensor) {
  check_name("parameter", name);
  check_memory("parameter", name, tensor);
  tensor.set_requires_grad();
  state_->parameters.emplace_back(name, tensor);
  return tensor;
}

Tensor Module::buffer(const std::string& name, Tensor tensor) {
  check_name("buffer", name);
  check_memory("buffer", name, tensor);
  if (tensor.requires_grad())
    throw ValueError(
        fmt::format("buffer: \"{}\" requires a gradient; register it as a parameter, or detach() it", name));
  state_->buffers.emplace_back(name, tensor);
  return tensor;
}

void Module::check_child(const char* function, const std::string& name,
                         const std::shared_ptr<Module>& module) const {
  if (module == nullptr) throw ValueError(fmt::format("{}: \"{}\" is null", function, name));
  for (const auto& [below, each] : module->named_modules())
    if (each->state_ == state_)
      throw ValueError(fmt::format("{}: \"{}\" contains the module it would be part of", function, name));
}

void Module::add_child(const std::string& name, std::shared_ptr<Module> module) {
  check_name("child", name);
  check_child("child", name, module);
  state_->adopt(*module);
  state_->children.emplace_back(name, std::move(module));
}

void Module::replace_child(const std::string& name, std::shared_ptr<Module> module) {
  check_child("replace", name, module);
  for (auto& [each, child] : state_->children)
    if (each == name) {
      state_->adopt(*module);
      state_->release(*child);
      child = std::move(module);
      return;
    }
  throw ValueError(fmt::format("replace: {} has no child called \"{}\"", type(), name));
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

Module& Module::get_submodule(const std::string& name) {
  for (const auto& [each, module] : named_modules())
    if (each == name) return *module;
  throw ValueError(fmt::format("get_submodule: {} has no descendant called \"{}\"", type(), name));
}

void Module::apply(const Function<void(Module& module)>& function) {
  const auto modules = named_modules();
  for (auto each = modules.rbegin(); each != modules.rend(); ++each) function(*each->second);
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

NamedTensors Module::state_dict(const StateOptions& options) const {
  NamedTensors state = tensors(true, true, true);
  for (auto& [name, tensor] : state) tensor = options.share ? tensor.detach() : clone(tensor.detach());
  return state;
}

LoadResult Module::load_state_dict(const NamedTensors& state, const LoadOptions& options) {
  NamedTensors own = state_dict({.share = true}), given = state;
  LoadResult result;
  const auto in = [](const NamedTensors& list, const std::string& name) {
    return std::find_if(list.begin(), list.end(), [&](const auto& each) { return each.first == name; });
  };
  if (!options.strict) {
    const NamedTensors all = own;
    const auto drop = [&](NamedTensors& from, const NamedTensors& other, std::vector<std::string>& names) {
      std::erase_if(from, [&](const auto& each) {
        const bool alone = in(other, each.first) == other.end();
        if (alone) names.push_back(each.first);
        return alone;
      });
    };
    drop(own, given, result.missing);
    drop(given, all, result.unexpected);
  }
  if (options.convert)
    for (auto& [name, tensor] : given) {
      const auto place = in(own, name);
      if (place != own.end() && tensor.defined() && is_floating(place->second.dtype()))
        tensor = compute::cast(tensor, place->second.dtype());
    }
  overwrite(own, matched("load_state_dict", own, given));
  return result;
}

int Module::register_forward_hook(Function<Tensor(const Tensor& result)> hook) {
  if (!hook) throw ValueError("register_forward_hook: the hook is empty");
  state_->forward_hooks.emplace_back(state_->next_hook, std::move(hook));
  return state_->next_hook++;
}

int Module::register_gradient_hook(Function<Tensor(const Tensor& gradient)> hook) {
  if (!hook) throw ValueError("register_gradient_hook: the hook is empty");
  state_->gradient_hooks.emplace_back(state_->next_hook, std::move(hook));
  return state_->next_hook++;
}

void Module::remove_hook(int number) {
  for (State::Hooks* const list : {&state_->forward_hooks, &state_->gradient_hooks})
    std::erase_if(*list, [&](const auto& hook) { return hook.first == number; });
}

}  // namespace taper::nn
