// Optimizer: its state as named tensors, and back.
#include <map>

#include <fmt/format.h>

#include <taper/autograd/grad_mode.h>
#include <taper/optim/entry.h>
#include <taper/tensor/create.h>
#include <taper/tensor/elementwise.h>
#include <taper/tensor/error.h>

namespace taper::optim {

// Makes what the first step would make, as far as it is known before.
void Optimizer::build() {
  for (Entry& entry : entries_) {
    at_hand(entry);
    entry.rule = fused(entry.parameter.dtype());
    if (entry.rule) entry.make_slots();
    entry.declared = declare(entry.slots) || entry.rule;
    if (options_.use_ema && !entry.average.defined())
      entry.average = zeros(entry.parameter.shape(), entry.parameter.dtype());
    if (options_.gradient_accumulation_steps > 0 && !entry.accumulator.defined())
      entry.accumulator = zeros(entry.parameter.shape(), entry.parameter.dtype());
  }
  entry_ = nullptr;
  rate_.reset();
}

namespace {

Tensor scalar_tensor(double value) { return full({}, value, float64); }

std::string rate_key(std::size_t group) {
  return group == 0 ? "learning_rate" : fmt::format("learning_rate_{}", group);
}

}  // namespace

// The tensors themselves, in Keras's order; numbers as copies.
std::vector<NamedTensor> Optimizer::state() {
  build();
  std::vector<NamedTensor> list{{"iteration", full({}, static_cast<double>(count_), int64)}};
  for (std::size_t i = 0; i <= groups_.size(); ++i)
    if (const LearningRate* const rate = i == 0                         ? &options_.learning_rate
                                         : groups_[i - 1].learning_rate ? &*groups_[i - 1].learning_rate
                                                                        : nullptr;
        rate != nullptr && !rate->is_schedule())
      list.emplace_back(rate_key(i), scalar_tensor((*rate)(0)));
  for (const Entry& entry : entries_)
    if (entry.average.defined()) list.emplace_back(entry.name + "_average", entry.average);
  for (const Entry& entry : entries_)
    if (entry.accumulator.defined())
      list.emplace_back(entry.name + "_gradient_accumulator", entry.accumulator);
  std::map<int, std::vector<NamedTensor>> slots;
  for (Entry& entry : entries_)
    for (auto& [name, slot] : entry.slots) {
      int group = 0;
      for (int k = 0; entry.rule && k < Entry::max_slots && entry.rule->slots[k].name != nullptr; ++k)
        if (name == entry.rule->slots[k].name) group = entry.rule->slots[k].group;
      slots[group].emplace_back(entry.name + "_" + name, slot);
    }
  for (const auto& [group, members] : slots) list.insert(list.end(), members.begin(), members.end());
  for (const auto& [name, value] : scalars_) list.emplace_back(name, scalar_tensor(value));
  for (Entry& entry : entries_) entry.rule.reset();
  for (std::size_t i = 0; i < list.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (list[i].first == list[j].first)
        throw ValueError(
            fmt::format("{}: two parts of the state are called '{}'; give the parameters different names",
                        name_, list[i].first));
  return list;
}

std::vector<NamedTensor> Optimizer::state_dict() {
  std::vector<NamedTensor> list = state();
  for (auto& [name, tensor] : list) tensor = compute::cast(tensor, tensor.dtype());
  return list;
}

void Optimizer::load_state_dict(const std::vector<NamedTensor>& given) {
  const NoGrad no_grad;
  const std::vector<NamedTensor> own = state();
  const auto find = [](const std::vector<NamedTensor>& list, std::string_view name) -> const Tensor* {
    for (const auto& [key, tensor] : list)
      if (key == name) return &tensor;
    return nullptr;
  };
  // Everything is checked before anything changes.
  struct New {
    Entry* entry;
    std::string slot;
    const Tensor* value;
  };
  std::vector<New> created;
  for (std::size_t i = 0; i < given.size(); ++i) {
    const auto& [key, tensor] = given[i];
    if (!tensor.defined())
      throw ValueError(fmt::format("{}::load_state_dict: '{}' is undefined", name_, key));
    for (std::size_t j = 0; j < i; ++j)
      if (given[j].first == key)
        throw ValueError(fmt::format("{}::load_state_dict: '{}' is given twice", name_, key));
    if (const Tensor* const mine = find(own, key)) {
      if (mine->shape() != tensor.shape())
        throw ShapeError(fmt::format("{}::load_state_dict: '{}' has shape {}, got {}", name_, key,
                                     to_string(mine->shape()), to_string(tensor.shape())));
      if (mine->dtype() != tensor.dtype())
        throw DTypeError(fmt::format("{}::load_state_dict: '{}' has dtype {}, got {}", name_, key,
                                     taper::name(mine->dtype()), taper::name(tensor.dtype())));
      continue;
    }
    // A rule that does not declare its slots tells them only when it runs.
    Entry* owner = nullptr;
    for (Entry& entry : entries_)
      if (key.starts_with(entry.name + "_") && key.size() > entry.name.size() + 1 &&
          (owner == nullptr || owner->name.size() < entry.name.size()) && !entry.declared)
        owner = &entry;
    if (owner == nullptr)
      throw ValueError(fmt::format(
          "{}::load_state_dict: '{}' is unexpected; it belongs to another optimizer or model", name_, key));
    created.push_back({owner, key.substr(owner->name.size() + 1), &tensor});
  }
  for (const auto& [key, tensor] : own)
    if (find(given, key) == nullptr)
      throw ValueError(fmt::format("{}::load_state_dict: '{}' is missing", name_, key));
  const std::int64_t count = find(given, "iteration")->item<std::int64_t>();
  if (count < 0)
    throw ValueError(
        fmt::format("{}::load_state_dict: iteration must not be negative, got {}", name_, count));
  std::vector<std::pair<LearningRate*, LearningRate>> rates;
  for (std::size_t i = 0; i <= groups_.size(); ++i)
    if (const Tensor* const rate = find(given, rate_key(i)); rate != nullptr && find(own, rate_key(i)))
      rates.emplace_back(i == 0 ? &options_.learning_rate : &*groups_[i - 1].learning_rate,
                         LearningRate(rate->item<double>()));

  count_ = count;
  for (auto& [to, rate] : rates) *to = std::move(rate);
  for (auto& [name, value] : scalars_) value = find(given, name)->item<double>();
  for (const auto& [entry, slot, value] : created) entry->slots[slot] = compute::cast(*value, value->dtype());
  for (auto [key, tensor] : own) compute::copy(tensor, *find(given, key));
}

}  // namespace taper::optim
