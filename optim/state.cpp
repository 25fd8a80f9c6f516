// Optimizer: saving and loading its state as named tensors.
#include <algorithm>
#include <map>
#include <set>
#include <string_view>

#include <fmt/format.h>

#include <taper/autograd/grad_mode.h>
#include <taper/optim/entry.h>
#include <taper/tensor/create.h>
#include <taper/tensor/elementwise.h>
#include <taper/tensor/error.h>

namespace taper::optim {

// Creates the slots and averages that the first step would create, as far as they are known before it.
void Optimizer::build() {
  for (Entry& entry : entries_) {
    const WithOptions with(*this, entry);
    Step at = entry.step();
    entry.rule = fused(at);
    if (entry.rule) entry.make_slots();
    entry.declared = declare(at) || entry.rule;
    if (options_.use_ema && !entry.average.defined())
      entry.average = zeros(entry.parameter.shape(), entry.parameter.dtype());
    if (options_.gradient_accumulation_steps > 0 && !entry.accumulator.defined())
      entry.accumulator = zeros(entry.parameter.shape(), entry.parameter.dtype());
  }
}

namespace {

Tensor scalar_tensor(double value) { return full({}, value, float64); }

std::string rate_key(std::size_t group) {
  return group == 0 ? "learning_rate" : fmt::format("learning_rate_{}", group);
}

std::string updates_key(const std::string& parameter) { return parameter + "_step"; }

}  // namespace

// The state in Keras's order. Tensors are shared, numbers are copied.
NamedTensors Optimizer::state() {
  follow();
  build();
  NamedTensors list{{"iteration", full({}, static_cast<double>(count_), int64)}};
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
  if (generation() == Generation::pytorch)
    for (const Entry& entry : entries_)
      list.emplace_back(updates_key(entry.name), full({}, static_cast<double>(entry.updates), int64));
  std::map<int, NamedTensors> slots;
  for (Entry& entry : entries_)
    for (auto& [name, slot] : entry.slots) {
      int group = 0;
      if (entry.rule)
        for (const FusedRule::Slot& of_rule : entry.rule->slots())
          if (name == of_rule.name) group = of_rule.group;
      slots[group].emplace_back(entry.name + "_" + name, slot);
    }
  for (const auto& [group, members] : slots) list.insert(list.end(), members.begin(), members.end());
  for (const auto& [name, value] : scalars_) list.emplace_back(name, scalar_tensor(value));
  for (Entry& entry : entries_) entry.rule.reset();
  std::set<std::string_view> names;
  for (const auto& [name, tensor] : list)
    if (!names.insert(name).second)
      throw ValueError(fmt::format(
          "{}: two parts of the state are called '{}'; give the parameters different names", name_, name));
  return list;
}

NamedTensors Optimizer::state_dict() {
  NamedTensors list = state();
  for (auto& [name, tensor] : list) tensor = compute::cast(tensor, tensor.dtype());
  return list;
}

void Optimizer::load_state_dict(const NamedTensors& given) {
  const NoGrad no_grad;
  const NamedTensors own = state();
  // The slots of a rule without declare() are not known before it runs.
  const auto owner_of = [&](const std::string& key) {
    Entry* owner = nullptr;
    for (Entry& entry : entries_)
      if (!entry.declared && key.size() > entry.name.size() + 1 && key.starts_with(entry.name + "_") &&
          (owner == nullptr || owner->name.size() < entry.name.size()))
        owner = &entry;
    return owner;
  };
  const std::vector<Tensor> values =
      matched(fmt::format("{}::load_state_dict", name_), own, given,
              [&](const std::string& key) { return owner_of(key) != nullptr; });

  // Everything that can fail is done before anything is changed.
  std::map<std::string_view, const Tensor*> found;
  for (std::size_t i = 0; i < own.size(); ++i) found[own[i].first] = &values[i];
  const auto count_of = [&](const std::string& key) {
    const std::int64_t count = found.at(key)->item<std::int64_t>();
    if (count < 0 || count > std::int64_t{1} << 53)
      throw ValueError(fmt::format("{}::load_state_dict: {} must not be negative, nor above 2^53, got {}",
                                   name_, key, count));
    return count;
  };
  const std::int64_t count = count_of("iteration");
  std::vector<std::int64_t> updates(entries_.size());
  if (generation() == Generation::pytorch)
    std::transform(entries_.begin(), entries_.end(), updates.begin(),
                   [&](const Entry& entry) { return count_of(updates_key(entry.name)); });
  std::vector<std::pair<LearningRate*, LearningRate>> rates;
  for (std::size_t i = 0; i <= groups_.size(); ++i)
    if (const auto rate = found.find(rate_key(i)); rate != found.end())
      rates.emplace_back(i == 0 ? &options_.learning_rate : &*groups_[i - 1].learning_rate,
                         LearningRate(rate->second->item<double>()));
  std::map<Entry*, Slots> slots;
  for (const auto& [key, tensor] : given)
    if (!found.contains(key)) {
      Entry* const entry = owner_of(key);
      slots.emplace(entry, entry->slots).first->second[key.substr(entry->name.size() + 1)] =
          compute::cast(tensor, tensor.dtype());
    }
  overwrite(own, values);
  count_ = count;
  for (std::size_t i = 0; i < updates.size(); ++i) entries_[i].updates = updates[i];
  for (auto& [to, rate] : rates) *to = std::move(rate);
  for (auto& [name, value] : scalars_) value = found.at(name)->item<double>();
  for (auto& [entry, all] : slots) entry->slots = std::move(all);
}

}  // namespace taper::optim
