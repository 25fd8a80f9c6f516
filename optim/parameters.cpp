// Parameters, with their names; and Slots, which are created at first use.
#include <map>

#include <taper/optim/parameters.h>
#include <taper/tensor/create.h>
#include <taper/tensor/elementwise.h>
#include <taper/tensor/error.h>

namespace taper::optim {

// Defined here, because ParameterGroup must be a complete type.
Parameters::Parameters() = default;
Parameters::Parameters(const Parameters&) = default;
Parameters::Parameters(Parameters&&) noexcept = default;
Parameters& Parameters::operator=(const Parameters&) = default;
Parameters& Parameters::operator=(Parameters&&) noexcept = default;
Parameters::~Parameters() = default;

Parameters::Parameters(NamedTensors named) : list_(std::move(named)) {}
Parameters::Parameters(std::initializer_list<NamedTensor> named) : list_(named) {}
Parameters::Parameters(const std::vector<Tensor>& tensors) : numbered_(true) {
  for (const Tensor& each : tensors) list_.emplace_back(std::to_string(list_.size()), each);
}
Parameters::Parameters(std::initializer_list<Tensor> tensors) : Parameters(std::vector<Tensor>(tensors)) {}
Parameters::Parameters(std::initializer_list<ParameterGroup> groups)
    : Parameters(std::vector<ParameterGroup>(groups)) {}

Parameters::Parameters(const std::vector<ParameterGroup>& groups) {
  for (const ParameterGroup& group : groups) {
    if (!group.parameters.groups().empty())
      throw ValueError("Parameters: a group cannot contain other groups");
    for (const auto& [name, tensor] : group.parameters.list())
      list_.emplace_back(group.parameters.numbered_ ? std::to_string(list_.size()) : name, tensor);
    groups_.push_back({list_.size(), {{}, group.learning_rate, group.weight_decay, group.options}});
  }
  // If a name occurs in two groups, all names get the number of their group, so that the entries of a state
  // have different names.
  const auto each_name = [&](auto&& body) {
    for (std::size_t group = 0, i = 0; group < groups_.size(); ++group)
      for (; i < groups_[group].first; ++i) body(list_[i].first, group);
  };
  std::map<std::string, std::size_t> group_of;
  bool repeated = false;
  each_name([&](const std::string& name, std::size_t group) {
    repeated = repeated || group_of.emplace(name, group).first->second != group;
  });
  if (repeated)
    each_name([](std::string& name, std::size_t group) { name = std::to_string(group) + "." + name; });
}

const Tensor* Slots::find(std::string_view name) const noexcept {
  for (const auto& [key, slot] : slots_)
    if (key == name) return &slot;
  return nullptr;
}

void Slots::convert(DType dtype) {
  for (auto& [name, slot] : slots_)
    if (slot.defined() && slot.dtype() == dtype_) slot = compute::cast(slot, dtype);
  dtype_ = dtype;
}

void Slots::remember() {
  before_.clear();
  for (const auto& [name, slot] : slots_) before_.push_back(slot);
  remembers_ = true;
}

void Slots::undo() noexcept {
  if (!remembers_) return;
  while (slots_.size() > before_.size()) slots_.pop_back();
  for (std::size_t i = 0; i < before_.size(); ++i) slots_[i].second = before_[i];
}

void Slots::forget() noexcept {
  before_.clear();
  remembers_ = false;
}

Tensor& Slots::get(std::string_view name, double initial) { return get(name, shape_, initial); }

Tensor& Slots::get(std::string_view name, const Shape& shape, double initial) {
  if (const Tensor* const slot = find(name)) return const_cast<Tensor&>(*slot);
  return slots_.emplace_back(name, full(shape, initial, dtype_)).second;
}

}  // namespace taper::optim
