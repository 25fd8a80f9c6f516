// Optimizer: the checks of its arguments, and its properties. The step is in step.cpp.
#include <algorithm>

#include <fmt/format.h>

#include <taper/autograd/grad_mode.h>
#include <taper/autograd/ops/arithmetic.h>
#include <taper/optim/entry.h>
#include <taper/optim/pattern.h>
#include <taper/tensor/elementwise.h>
#include <taper/tensor/error.h>

namespace taper::optim {
namespace {

// The default names of Keras: RMSprop -> rm_sprop, AdamW -> adam_w, SGD -> sgd.
std::string snake_case(std::string_view name) {
  const auto upper = [&](std::size_t i) { return i < name.size() && name[i] >= 'A' && name[i] <= 'Z'; };
  const auto lower = [&](std::size_t i) { return i < name.size() && !upper(i); };
  std::string result;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (i > 0 && upper(i) && (lower(i - 1) || lower(i + 1))) result += '_';
    result += upper(i) ? static_cast<char>(name[i] - 'A' + 'a') : name[i];
  }
  return result;
}

}  // namespace

Optimizer::Optimizer(const Parameters& parameters, const OptimizerOptions& options, const char* name)
    : name_(name), options_(options) {
  check(name, shared_fields(options_));
  if ((options.clipnorm > 0) + (options.clipvalue > 0) + (options.global_clipnorm > 0) > 1)
    throw ValueError(fmt::format(
        "{}: only one of clipnorm, clipvalue and global_clipnorm can be set, got clipnorm={}, clipvalue={}, "
        "global_clipnorm={}",
        name, options.clipnorm, options.clipvalue, options.global_clipnorm));
  if (parameters.list().empty()) throw ValueError(fmt::format("{}: the list of parameters is empty", name));
  for (const auto& [key, tensor] : parameters.list()) {
    if (!tensor.defined())
      throw ValueError(fmt::format("{}: parameter '{}' is an undefined tensor", name, key));
    if (key.size() > most_characters)
      throw ValueError(fmt::format("{}: expected parameter names of at most {} characters, got {}", name,
                                   most_characters, key.size()));
    if (!is_floating(tensor.dtype()))
      throw DTypeError(fmt::format("{}: parameter '{}' must be float32 or float64, got {}", name, key,
                                   taper::name(tensor.dtype())));
    if (!tensor.is_leaf())
      throw ValueError(
          fmt::format("{}: parameter '{}' is not a leaf, but the result of {}; pass the tensors that it was "
                      "computed from, or detach() it",
                      name, key, tensor.operation()));
    entries_.push_back({.name = key, .parameter = tensor, .slots = Slots(tensor)});
  }
  if (std::none_of(entries_.begin(), entries_.end(),
                   [](const Entry& entry) { return entry.parameter.requires_grad(); }))
    throw ValueError(fmt::format(
        "{}: no parameter requires a gradient; call set_requires_grad() on those to be trained", name));
  std::size_t begin = 0;
  for (const auto& [end, group] : parameters.groups()) {
    groups_.push_back(group);
    if (group.weight_decay)
      check(name, {{"weight_decay", &*groups_.back().weight_decay, range::not_negative}});
    for (; begin < end; ++begin) entries_[begin].group = static_cast<int>(groups_.size()) - 1;
  }
  rates_.resize(groups_.size() + 1);
  check_memory();
}

Optimizer::~Optimizer() = default;

// Different parameters are updated at the same time, so no two of them may share an element.
void Optimizer::check_memory() {
  struct Range {
    const std::byte *begin, *end;
    const Entry* entry;
  };
  std::vector<Range> ranges;
  std::vector<const Storage*> storages;
  for (const Entry& entry : entries_) {
    const Layout& layout = entry.parameter.layout();
    storages.push_back(entry.parameter.value().storage.get());
    if (layout.numel() == 0) continue;
    if (layout.overlaps())
      throw ValueError(
          fmt::format("{}: the elements of parameter '{}' share memory; copy the result of expand() first, "
                      "for example with contiguous(x)",
                      name_, entry.name));
    std::int64_t first = 0, last = 0;
    for (int axis = 0; axis < layout.rank(); ++axis) {
      const std::int64_t way = layout.strides[axis] * (layout.shape[axis] - 1);
      (way < 0 ? first : last) += way;
    }
    const std::byte* const at = static_cast<const std::byte*>(entry.parameter.raw());
    ranges.push_back({at + first * entry.element_size(), at + (last + 1) * entry.element_size(), &entry});
  }
  std::sort(ranges.begin(), ranges.end(), [](const Range& a, const Range& b) { return a.begin < b.begin; });
  for (std::size_t i = 1; i < ranges.size(); ++i)
    if (ranges[i].begin < ranges[i - 1].end)
      throw ValueError(
          fmt::format("{}: parameters '{}' and '{}' are the same or share memory; list each once", name_,
                      ranges[i - 1].entry->name, ranges[i].entry->name));
  std::sort(storages.begin(), storages.end());
  storages_ = std::move(storages);
  for (Entry& entry : entries_) {
    entry.storage = entry.parameter.value().storage.get();
    entry.layout = entry.parameter.layout();
  }
}

// Called before slots and averages are used: since the last call, a parameter may have been converted to
// another dtype or have got another storage.
void Optimizer::follow() {
  bool moved = false;
  for (Entry& entry : entries_) {
    const Tensor& parameter = entry.parameter;
    if (parameter.shape() != entry.slots.shape())
      throw ShapeError(
          fmt::format("{}: parameter '{}' had shape {} and now has {}; create a new optimizer for it", name_,
                      entry.name, to_string(entry.slots.shape()), to_string(parameter.shape())));
    moved = moved || parameter.value().storage.get() != entry.storage || parameter.layout() != entry.layout;
    if (parameter.dtype() == entry.slots.dtype()) continue;
    for (Tensor* const kept : {&entry.average, &entry.accumulator})
      if (kept->defined()) *kept = compute::cast(*kept, parameter.dtype());
    entry.slots.convert(parameter.dtype());
  }
  if (moved) check_memory();
  find_group_options();
}

double& Optimizer::scalar(std::string_view name, double initial) {
  const std::string own = context_ == 0 ? std::string() : fmt::format("{}_{}", name, context_);
  if (context_ > 0) name = own;
  for (auto& [key, value] : scalars_)
    if (key == name) return value;
  return scalars_.emplace_back(name, initial).second;
}

std::string Optimizer::get_config() const {
  OptimizerOptions options = options_;
  if (options.name.empty()) options.name = snake_case(name_);
  Fields all = shared_fields(options);
  for (const Field& field : own_fields()) all.push_back(field);
  return to_json(all);
}

Tensor Optimizer::step_with(const Function<Tensor()>& closure) {
  Tensor loss = closure();
  step();
  return loss;
}

void Optimizer::zero_grad() {
  for (Entry& entry : entries_)
    if (entry.parameter.requires_grad()) entry.parameter.set_grad({});
}

void Optimizer::set_learning_rate(LearningRate rate) { replace(options_.learning_rate, std::move(rate)); }

void Optimizer::set_learning_rate(LearningRate rate, std::size_t group) {
  if (group >= groups_.size())
    throw IndexError(fmt::format("{}::set_learning_rate: group {} is out of range for {} groups", name_,
                                 group, groups_.size()));
  std::optional<LearningRate>& own = groups_[group].learning_rate;
  if (own)
    replace(*own, std::move(rate));
  else
    own = std::move(rate);
}

void Optimizer::replace(LearningRate& old, LearningRate rate) const {
  if (old.is_schedule() && !rate.is_schedule())
    throw ValueError(
        fmt::format("{}::set_learning_rate: the learning rate follows a schedule, which a number cannot "
                    "replace; construct the optimizer with a number instead",
                    name_));
  old = std::move(rate);
}

double Optimizer::learning_rate(const Entry& entry) {
  const bool own = entry.group >= 0 && groups_[static_cast<std::size_t>(entry.group)].learning_rate;
  const std::size_t group = static_cast<std::size_t>(entry.group);
  std::optional<double>& rate = rates_[own ? group + 1 : 0][entry.type()];
  if (!rate) {
    const DType dtype = generation() == Generation::tf_keras_2_3 ? DType::float32
                        : generation() == Generation::pytorch    ? DType::float64
                                                                 : entry.parameter.dtype();
    rate = (own ? *groups_[group].learning_rate : options_.learning_rate)(count_, dtype);
  }
  return *rate;
}

double Optimizer::weight_decay(const Entry& entry) const {
  if (entry.group < 0) return options_.weight_decay;
  return groups_[static_cast<std::size_t>(entry.group)].weight_decay.value_or(options_.weight_decay);
}

void Optimizer::exclude_from_weight_decay(const std::vector<std::string>& patterns) {
  const std::string owner = std::string(name_) + "::exclude_from_weight_decay";
  std::vector<Entry*> excluded;
  for (const std::string& text : patterns) {
    const Pattern pattern(owner, text);
    bool found = false;
    for (Entry& entry : entries_)
      if (pattern.found_in(entry.name)) {
        excluded.push_back(&entry);
        found = true;
      }
    if (!found) throw ValueError(fmt::format("{}: no parameter's name matches '{}'", owner, text));
  }
  for (Entry* const entry : excluded) entry->decays = false;
}

Tensor Optimizer::scale_loss(const Tensor& loss) const {
  return options_.loss_scale_factor == 0 ? loss : loss * options_.loss_scale_factor;
}

void Optimizer::assign_averages() {
  if (!options_.use_ema)
    throw ValueError(
        fmt::format("{}::assign_averages: there are no averages; set the option use_ema", name_));
  if (count_ == 0)
    throw ValueError(fmt::format(
        "{}::assign_averages: there are no averages before the first step; call step() first", name_));
  const NoGrad no_grad;
  follow();
  for (Entry& entry : entries_)
    if (entry.average.defined() && entry.parameter.requires_grad())
      compute::copy(entry.parameter, entry.average);
}

NamedTensors Optimizer::parameters() const {
  NamedTensors list;
  for (const Entry& entry : entries_) list.emplace_back(entry.name, entry.parameter);
  return list;
}

Tensor Optimizer::slot(std::size_t index, std::string_view name) const {
  if (index >= entries_.size())
    throw IndexError(
        fmt::format("{}::slot: index {} is out of range for {} parameters", name_, index, entries_.size()));
  Slots slots = entries_[index].slots;
  slots.convert(entries_[index].parameter.dtype());
  const Tensor* const slot = slots.find(name);
  return slot == nullptr ? Tensor() : compute::cast(*slot, slot->dtype());
}

Tensor Optimizer::update(const Tensor&, const Tensor&, Step&) {
  throw Error(fmt::format("{}: this optimizer has no rule; override update()", name_));
}

std::optional<FusedRule> Optimizer::fused(const Step&) const { return {}; }

}  // namespace taper::optim
