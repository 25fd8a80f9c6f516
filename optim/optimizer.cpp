// Optimizer: checks, and the order of one step.
#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include <taper/autograd/grad_mode.h>
#include <taper/autograd/ops/arithmetic.h>
#include <taper/optim/fused.h>
#include <taper/optim/optimizer.h>
#include <taper/tensor/elementwise.h>
#include <taper/tensor/error.h>
#include <taper/tensor/parallel.h>

namespace taper::optim {
namespace {

constexpr int max_slots = kernels::OptimizerKernels::max_slots;

// As Keras does: RMSprop -> rm_sprop, AdamW -> adam_w, SGD -> sgd.
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

struct Optimizer::Entry {
  std::string name;
  Tensor parameter;
  Slots slots;

  // Of the step that runs.
  Tensor gradient{}, dense{};  // contiguous; dense is the parameter itself if that is
  std::byte* data = nullptr;   // of dense
  double rate = 0, multiplier = 1, divisor = 1;
  std::optional<FusedRule> rule{};
  std::byte* slot_data[max_slots] = {};

  int type() const { return parameter.dtype() == DType::float64; }
  std::int64_t element_size() const { return size_of(parameter.dtype()); }
};

struct Optimizer::Piece {
  Entry* entry;
  std::int64_t begin, count;
  double sum_of_squares;
};

struct Optimizer::Cleanup {
  Optimizer& self;
  ~Cleanup() {
    // A gradient held here would keep autograd from adding to it in place.
    for (Entry* const entry : self.active_) entry->gradient = entry->dense = Tensor();
    self.active_.clear();
    self.rate_.reset();
    self.entry_ = nullptr;
  }
};

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
    if (!tensor.requires_grad() || !tensor.is_leaf())
      throw ValueError(fmt::format(
          "{}: parameter '{}' is not a leaf that requires a gradient; call set_requires_grad() on "
          "a tensor that no operation made",
          name, key));
    entries_.push_back({.name = key, .parameter = tensor, .slots = Slots(tensor)});
    storages_.push_back(tensor.value().storage.get());
  }
  std::sort(storages_.begin(), storages_.end());
  check_memory();
}

Optimizer::~Optimizer() = default;

// Pieces of different parameters are updated at the same time, so no two may share an element.
void Optimizer::check_memory() const {
  struct Range {
    const std::byte *begin, *end;
    const Entry* entry;
  };
  std::vector<Range> ranges;
  for (const Entry& entry : entries_) {
    const Layout& layout = entry.parameter.layout();
    if (layout.numel() == 0) continue;
    std::int64_t first = 0, last = 0;
    for (int axis = 0; axis < layout.rank(); ++axis) {
      const std::int64_t stride = layout.strides[axis], way = stride * (layout.shape[axis] - 1);
      if (stride == 0 && layout.shape[axis] > 1)
        throw ValueError(
            fmt::format("{}: the elements of parameter '{}' share memory; make a copy of what expand() gave",
                        name_, entry.name));
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
}

const std::string& Optimizer::parameter_name() const { return entry_->name; }
const Tensor& Optimizer::parameter() const { return entry_->parameter; }

double& Optimizer::scalar(std::string_view name, double initial) {
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

void Optimizer::zero_grad() {
  for (Entry& entry : entries_)
    if (entry.parameter.requires_grad()) entry.parameter.set_grad({});
}

void Optimizer::set_learning_rate(LearningRate rate) {
  if (options_.learning_rate.is_schedule() && !rate.is_schedule())
    throw ValueError(
        fmt::format("{}: the learning rate follows a schedule and can't be set to a number; construct the "
                    "optimizer with a number to be able to",
                    name_));
  options_.learning_rate = std::move(rate);
}

std::vector<NamedTensor> Optimizer::parameters() const {
  std::vector<NamedTensor> list;
  for (const Entry& entry : entries_) list.emplace_back(entry.name, entry.parameter);
  return list;
}

Tensor Optimizer::slot(std::size_t index, std::string_view name) const {
  if (index >= entries_.size())
    throw IndexError(fmt::format("slot: there are {} parameters, got index {}", entries_.size(), index));
  const Tensor* const slot = entries_[index].slots.find(name);
  return slot == nullptr ? Tensor() : compute::cast(*slot, slot->dtype());
}

Tensor Optimizer::update(const Tensor&, const Tensor&, Slots&) {
  throw Error(fmt::format("{}: this optimizer has no rule; override update()", name_));
}

std::optional<FusedRule> Optimizer::fused(DType) const { return {}; }

// Keras's BaseOptimizer.apply.
void Optimizer::step() {
  const NoGrad no_grad;
  const Cleanup cleanup{*this};
  collect();
  std::optional<double> rates[2];
  for (Entry* const entry : active_) {
    std::optional<double>& rate = rates[entry->type()];
    if (!rate) rate = options_.learning_rate(iterations_, entry->parameter.dtype());
    entry->rate = *rate;
  }
  at_hand(*active_.front());
  prepare();
  for (Entry* const entry : active_) {
    at_hand(*entry);
    entry->rule = fused(entry->parameter.dtype());
  }
  measure();
  run_updates();
  run_fused();
  ++iterations_;
}

void Optimizer::at_hand(const Entry& entry) {
  entry_ = &entry;
  rate_ = entry.rate;
}

// Finds the parameters that have gradients, and divides them into pieces.
void Optimizer::collect() {
  pieces_.clear();
  tasks_.clear();
  std::int64_t filled = grain::updated;
  for (Entry& entry : entries_) {
    const Tensor gradient = entry.parameter.grad();
    if (!gradient.defined()) continue;
    active_.push_back(&entry);
    // A gradient that is itself a parameter must not change meanwhile.
    const bool shared =
        std::binary_search(storages_.begin(), storages_.end(), gradient.value().storage.get());
    entry.gradient = shared ? compute::cast(gradient, gradient.dtype()) : compute::contiguous(gradient);
    entry.multiplier = entry.divisor = 1;
    const std::int64_t count = gradient.numel();
    for (std::int64_t begin = 0; begin < count; begin += grain::updated) {
      const std::int64_t length = std::min(grain::updated, count - begin);
      if (filled + length > grain::updated) {
        tasks_.push_back(pieces_.size());
        filled = 0;
      }
      filled += length;
      pieces_.push_back({&entry, begin, length, 0});
    }
  }
  tasks_.push_back(pieces_.size());
  if (active_.empty())
    throw ValueError(fmt::format(
        "{}::step: no gradients provided for any variable; call backward() on a loss that depends on them",
        name_));
}

/// Calls body(piece) for all pieces, in one parallel region. See Note [Determinism] in tensor/parallel.h.
template <class Body>
void Optimizer::sweep(Body&& body) {
  parallel_for(static_cast<std::int64_t>(tasks_.size()) - 1, [&](std::int64_t task) {
    const std::size_t at = static_cast<std::size_t>(task);
    for (std::size_t i = tasks_[at]; i < tasks_[at + 1]; ++i) body(pieces_[i]);
  });
}

bool Optimizer::clips() const noexcept {
  return options_.clipnorm > 0 || options_.clipvalue > 0 || options_.global_clipnorm > 0;
}

// What clipping by norm multiplies and divides each gradient by, with Keras's formulas.
void Optimizer::measure() {
  if (options_.clipnorm == 0 && options_.global_clipnorm == 0) return;
  const kernels::OptimizerKernels& kernels = kernels::optimizer();
  sweep([&](Piece& piece) {
    const Entry& entry = *piece.entry;
    const std::byte* const from = static_cast<const std::byte*>(entry.gradient.raw());
    piece.sum_of_squares =
        kernels.sum_of_squares[entry.type()](piece.count, from + piece.begin * entry.element_size());
  });
  double all = 0;
  for (const Piece& piece : pieces_) all += piece.sum_of_squares;
  auto piece = pieces_.begin();
  for (Entry* const entry : active_) {
    double own = 0;
    for (; piece != pieces_.end() && piece->entry == entry; ++piece) own += piece->sum_of_squares;
    visit_floating(entry->parameter.dtype(), [&]<class T>() {
      if (options_.clipnorm > 0) {
        const T limit = static_cast<T>(options_.clipnorm), norm = std::sqrt(static_cast<T>(own));
        entry->multiplier = limit;
        entry->divisor = norm < limit ? limit : norm;
      } else {
        const T norm = std::sqrt(static_cast<T>(all)), limit = static_cast<T>(options_.global_clipnorm);
        // The difference makes all NaN if the norm is not finite.
        entry->multiplier =
            limit * std::min(1 / norm, static_cast<T>(1 / options_.global_clipnorm)) + (norm - norm);
      }
    });
  }
}

// Clips elements begin..begin+count-1 of an entry's gradient.
void Optimizer::clip(const Entry& entry, std::int64_t begin, std::int64_t count, void* out) const {
  const double limit = options_.clipvalue > 0 ? options_.clipvalue : std::numeric_limits<double>::infinity();
  kernels::optimizer().clip[entry.type()](
      count, static_cast<const std::byte*>(entry.gradient.raw()) + begin * entry.element_size(), out,
      entry.multiplier, entry.divisor, limit);
}

// Note [One pass]
// A rule treats each element by itself, so decaying and updating block by block gives the bits of decaying
// all and then updating all, and the blocks stay in the cache.
void Optimizer::run_fused() {
  if (std::none_of(active_.begin(), active_.end(),
                   [](const Entry* entry) { return entry->rule.has_value(); }))
    return;
  for (Entry* const entry : active_) {
    if (!entry->rule) continue;
    entry->dense = compute::contiguous(entry->parameter);
    entry->data = static_cast<std::byte*>(entry->dense.mutable_raw());
    for (int k = 0; k < max_slots && entry->rule->slots[k].name != nullptr; ++k)
      entry->slot_data[k] = static_cast<std::byte*>(
          entry->slots.get(entry->rule->slots[k].name, entry->rule->slots[k].initial).mutable_raw());
  }
  const kernels::OptimizerKernels& kernels = kernels::optimizer();
  const bool clipping = clips(), decaying = options_.weight_decay > 0;
  sweep([&](const Piece& piece) {
    constexpr std::int64_t block_bytes = 4 * 1024;
    alignas(64) std::byte clipped[block_bytes];
    const Entry& entry = *piece.entry;
    if (!entry.rule) return;
    const std::int64_t size = entry.element_size(), end = piece.begin + piece.count,
                       block = clipping || decaying ? block_bytes / size : piece.count;
    const auto update = kernels.update[static_cast<int>(entry.rule->kernel)][entry.type()];
    for (std::int64_t i = piece.begin; i < end; i += block) {
      const std::int64_t count = std::min(block, end - i);
      std::byte* const parameter = entry.data + i * size;
      if (clipping) clip(entry, i, count, clipped);
      if (decaying) kernels.decay[entry.type()](count, parameter, options_.weight_decay, entry.rate);
      void* slots[max_slots] = {};
      for (int k = 0; k < max_slots && entry.rule->slots[k].name != nullptr; ++k)
        slots[k] = entry.slot_data[k] + i * size;
      const void* const gradient =
          clipping ? clipped : static_cast<const std::byte*>(entry.gradient.raw()) + i * size;
      update(count, parameter, gradient, slots, entry.rule->constants.data());
    }
  });
  for (Entry* const entry : active_)
    if (entry->rule && !entry->parameter.is_contiguous()) compute::copy(entry->parameter, entry->dense);
}

void Optimizer::run_updates() {
  for (Entry* const entry : active_) {
    if (entry->rule) continue;
    at_hand(*entry);
    if (clips()) {
      Tensor clipped = Tensor::empty(entry->parameter.shape(), entry->parameter.dtype());
      std::byte* const to = static_cast<std::byte*>(clipped.mutable_raw());
      parallel_for((clipped.numel() + grain::updated - 1) / grain::updated, [&](std::int64_t task) {
        const std::int64_t begin = task * grain::updated;
        clip(*entry, begin, std::min(grain::updated, entry->parameter.numel() - begin),
             to + begin * entry->element_size());
      });
      entry->gradient = std::move(clipped);
    }
    if (options_.weight_decay > 0)
      assign(*entry, entry->parameter - entry->parameter * options_.weight_decay * entry->rate);
    assign(*entry, update(entry->parameter, entry->gradient, entry->slots));
  }
}

// Overwrites a parameter with what its rule returned.
void Optimizer::assign(Entry& entry, Tensor value) {
  Tensor& parameter = entry.parameter;
  if (!value.defined() || value.shape() != parameter.shape() || value.dtype() != parameter.dtype())
    throw ShapeError(fmt::format(
        "{}::update: the new value of parameter '{}' must have its shape {} and dtype {}, got {}", name_,
        entry.name, to_string(parameter.shape()), taper::name(parameter.dtype()),
        value.defined() ? fmt::format("{} and {}", to_string(value.shape()), taper::name(value.dtype()))
                        : "an undefined tensor"));
  // What was kept of the old value must not change with it.
  const Reference<Storage>& storage = parameter.value().storage;
  for (auto& [name, slot] : entry.slots)
    if (slot.defined() && slot.value().storage == storage) slot = compute::cast(slot, slot.dtype());
  if (value.value().storage == storage) value = compute::cast(value, value.dtype());
  compute::copy(parameter, value);
}

}  // namespace taper::optim
