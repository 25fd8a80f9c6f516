// Optimizer: the options of groups, and what schedules drive beside the learning rate. See Note [Group
// options] in entry.h.
#include <algorithm>
#include <cmath>
#include <string>
#include <type_traits>

#include <fmt/format.h>

#include <taper/optim/entry.h>
#include <taper/tensor/error.h>

namespace taper::optim {
namespace {

constexpr double most = 0x1p53;  // whole numbers are exact up to here

bool is_number(const Field& field) {
  return std::visit(
      [](auto* value) {
        using T = std::remove_pointer_t<decltype(value)>;
        return std::is_same_v<T, double> || std::is_same_v<T, std::int64_t> || std::is_same_v<T, bool>;
      },
      field.value);
}

const Field* find(const Fields& fields, std::string_view name) {
  const auto found =
      std::find_if(fields.begin(), fields.end(), [&](const Field& each) { return name == each.name; });
  return found == fields.end() ? nullptr : &*found;
}

void check_value(const std::string& owner, const Field& field, double value) {
  const auto expect = [&](bool holds, const char* text) {
    if (!holds) throw ValueError(fmt::format("{}: {} must be {}, got {}", owner, field.name, text, value));
  };
  expect(field.range.holds(value), field.range.text);
  if (std::holds_alternative<bool*>(field.value)) expect(value == 0 || value == 1, "0 or 1");
  if (std::holds_alternative<std::int64_t*>(field.value))
    expect(std::abs(value) <= most && std::trunc(value) == value, "a whole number");
}

}  // namespace

void Optimizer::Override::exchange() noexcept {
  const auto exchange_with = [&](auto* const* option) {
    if (option == nullptr) return;  // it is of another type
    const auto before = **option;
    **option = static_cast<std::remove_cvref_t<decltype(**option)>>(value);
    value = static_cast<double>(before);
  };
  exchange_with(std::get_if<double*>(&field.value));
  exchange_with(std::get_if<std::int64_t*>(&field.value));
  exchange_with(std::get_if<bool*>(&field.value));
}

Optimizer::WithOptions::WithOptions(Optimizer& optimizer, const Entry& entry) : optimizer_(optimizer) {
  // What can fail comes first.
  if (const std::optional<double> driven = optimizer.momentum(optimizer.rate_of(entry)))
    momentum_ = {optimizer.momentum_.front(), *driven};
  if (entry.group >= 0) {
    overrides_ = &optimizer.overrides_[static_cast<std::size_t>(entry.group)];
    for (Override& each : *overrides_) each.exchange();
  }
  if (momentum_) momentum_->exchange();
  optimizer.context_ = optimizer.context(entry);
}

Optimizer::WithOptions::~WithOptions() {
  optimizer_.context_ = 0;
  if (momentum_) momentum_->exchange();
  if (overrides_ != nullptr)
    for (auto each = overrides_->rbegin(); each != overrides_->rend(); ++each) each->exchange();
}

void Optimizer::find_group_options() {
  if (found_options_) return;
  Fields own = own_fields();
  const Fields shared = shared_fields(options_);
  if (generation() != Generation::pytorch)
    std::erase_if(own, [](const Field& field) { return field.pytorch_only; });
  std::vector<std::vector<Override>> overrides(groups_.size());
  for (std::size_t i = 0; i < groups_.size(); ++i)
    for (const auto& [name, value] : groups_[i].options) {
      const std::string owner = fmt::format("{}: group {}", name_, i);
      const Field* const field = find(own, name);
      if (field == nullptr || !is_number(*field) || find(shared, name) != nullptr) {
        std::string known;
        for (const Field& each : own)
          if (is_number(each) && find(shared, each.name) == nullptr)
            known += (known.empty() ? "" : ", ") + std::string(each.name);
        throw ValueError(fmt::format("{}: there is no option '{}' for groups; there are {}", owner,
                                     name.substr(0, most_characters), known.empty() ? "none" : known));
      }
      check_value(owner, *field, value);
      overrides[i].push_back({*field, value});
    }
  momentum_.clear();
  for (const char* const name : {"beta_1", "momentum"})
    if (const Field* const field = find(own, name); field != nullptr && momentum_.empty())
      momentum_.push_back(*field);
  momentum(options_.learning_rate);
  for (const ParameterGroup& group : groups_)
    if (group.learning_rate) momentum(*group.learning_rate);
  overrides_ = std::move(overrides);
  found_options_ = true;
}

void Optimizer::each_parameter(const Function<void(Step&)>& function) {
  follow();
  for (Entry& entry : entries_) {
    const WithOptions with(*this, entry);
    entry.rate = 0;
    Step at = entry.step();
    function(at);
  }
}

const LearningRate& Optimizer::rate_of(const Entry& entry) const {
  if (entry.group < 0) return options_.learning_rate;
  const std::optional<LearningRate>& own = groups_[static_cast<std::size_t>(entry.group)].learning_rate;
  return own ? *own : options_.learning_rate;
}

// What the schedule wants the momentum to be in the next step, if it wants anything.
std::optional<double> Optimizer::momentum(const LearningRate& rate) const {
  const std::optional<double> value = rate.momentum(count_);
  if (!value) return {};
  if (momentum_.empty())
    throw ValueError(fmt::format(
        "{}: the schedule of its learning rate drives the momentum, too, but there is no beta_1 and no "
        "momentum; switch that off, as with cycle_momentum = false",
        name_));
  check_value(fmt::format("{}: step {} of a schedule", name_, count_), momentum_.front(), *value);
  return value;
}

// Those that share what prepare() makes.
std::size_t Optimizer::context(const Entry& entry) const {
  if (entry.group < 0) return 0;
  const std::size_t group = static_cast<std::size_t>(entry.group);
  const bool own = !groups_[group].options.empty() ||
                   (groups_[group].learning_rate && groups_[group].learning_rate->drives_momentum());
  return own ? group + 1 : 0;
}

}  // namespace taper::optim
