// Optimizer::step: the order of one step, which is that of Keras's BaseOptimizer.apply.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include <fmt/format.h>

#include <taper/autograd/grad_mode.h>
#include <taper/autograd/ops/arithmetic.h>
#include <taper/optim/entry.h>
#include <taper/tensor/create.h>
#include <taper/tensor/elementwise.h>
#include <taper/tensor/error.h>
#include <taper/tensor/observer.h>
#include <taper/tensor/parallel.h>

namespace taper::optim {

// Note [One pass]
// A rule treats each element by itself, so going through all of a step block by block (add up the gradient,
// clip it, decay and update the weights, average them) gives the bits of doing each for all parameters in
// turn, and the blocks stay in the cache. Only what needs a norm of all gradients first costs a pass of its
// own, and so do rules written with tensor operations.

// Note [All or nothing]
// Everything that can fail (schedules, rules written with tensor operations, memory for what they need) comes
// before anything changes: such rules compute the new values of all parameters first, slots and scalars are
// put back if one of them throws, and the memory that kernels will write is taken and checked. Then write()
// changes parameters, slots, accumulators and averages, and nothing in it can fail.

struct Optimizer::Attempt {
  Optimizer& self;
  bool succeeded = false;

  explicit Attempt(Optimizer& optimizer) : self(optimizer) {
    self.scalars_before_.clear();
    for (const auto& [name, value] : self.scalars_) self.scalars_before_.push_back(value);
  }
  Attempt(const Attempt&) = delete;
  Attempt& operator=(const Attempt&) = delete;
  ~Attempt() {
    if (!succeeded) {
      while (self.scalars_.size() > self.scalars_before_.size()) self.scalars_.pop_back();
      for (std::size_t i = 0; i < self.scalars_.size(); ++i)
        self.scalars_[i].second = self.scalars_before_[i];
    }
    for (Entry& entry : self.entries_) {
      if (!succeeded) entry.slots.undo();
      entry.slots.forget();
      // A gradient held here would keep autograd from adding to it in place.
      entry.gradient = entry.sum = entry.dense = Tensor();
      entry.updated = entry.changes = false;
      entry.rule.reset();
    }
    self.active_.clear();
    for (auto& rates : self.rates_) rates = {};
  }
};

void Optimizer::step() {
  const Section section(Section::Kind::optimizer, name());
  const NoGrad no_grad;
  follow();
  Attempt attempt(*this);
  collect();
  const std::int64_t steps = options_.gradient_accumulation_steps;
  const bool updating = steps == 0 || (count_ + 1) % steps == 0;
  bool added_up = false;
  if (updating) {
    choose_rules();
    // The sum as a whole is only wanted by norms, and by rules without a kernel.
    added_up = steps > 0 && (options_.clipnorm > 0 || options_.global_clipnorm > 0 ||
                             std::any_of(active_.begin(), active_.end(),
                                         [](const Entry* entry) { return !entry->rule.has_value(); }));
    if (added_up) add_up();
    measure();
    run_updates();
  }
  take_memory();
  attempt.succeeded = true;
  write(updating, added_up);
  ++count_;
}

// Finds the parameters that have gradients, and divides them into pieces; for averages, all parameters.
void Optimizer::collect() {
  pieces_.clear();
  tasks_.clear();
  std::int64_t filled = grain::updated;
  for (Entry& entry : entries_) {
    if (Tensor gradient = entry.parameter.grad(); gradient.defined()) {
      active_.push_back(&entry);
      // A gradient that is itself a parameter must not change meanwhile.
      const bool shared = is_of_a_parameter(gradient);
      if (options_.loss_scale_factor != 0) gradient = gradient / options_.loss_scale_factor;
      entry.gradient = shared ? compute::cast(gradient, gradient.dtype()) : compute::contiguous(gradient);
      entry.gradient_data = memory(entry, entry.gradient, "gradient");
    } else if (!options_.use_ema) {
      continue;
    }
    if (options_.gradient_accumulation_steps > 0 && !entry.accumulator.defined())
      entry.accumulator = zeros(entry.parameter.shape(), entry.parameter.dtype());
    if (options_.use_ema && !entry.average.defined())
      entry.average = zeros(entry.parameter.shape(), entry.parameter.dtype());
    entry.multiplier = options_.maximize ? -1 : 1;
    entry.divisor = 1;
    const std::int64_t count = entry.parameter.numel();
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

bool Optimizer::is_of_a_parameter(const Tensor& tensor) const {
  return std::binary_search(storages_.begin(), storages_.end(), tensor.value().storage.get());
}

// The memory of a tensor that belongs to a parameter, for a kernel. Kernels are chosen by the parameter's
// dtype and go through as many elements as it has: all pointers that they get come from here.
std::byte* Optimizer::memory(const Entry& entry, const Tensor& tensor, const char* what) const {
  const Tensor& parameter = entry.parameter;
  if (tensor.dtype() != parameter.dtype())
    throw DTypeError(fmt::format("{}::step: the {} of parameter '{}' must have its dtype {}, got {}", name_,
                                 what, entry.name, taper::name(parameter.dtype()),
                                 taper::name(tensor.dtype())));
  if (tensor.shape() != parameter.shape() || !tensor.is_contiguous())
    throw ShapeError(
        fmt::format("{}::step: the {} of parameter '{}' must have its shape {} and be contiguous, got "
                    "{} with strides {}",
                    name_, what, entry.name, to_string(parameter.shape()), to_string(tensor.shape()),
                    to_string(tensor.strides())));
  return static_cast<std::byte*>(const_cast<void*>(tensor.raw()));
}

// The learning rate and the rule of each parameter that has a gradient.
void Optimizer::choose_rules() {
  for (Entry* const entry : active_) {
    entry->rate = learning_rate(*entry);
    entry->shared_decay = entry->decays ? weight_decay(*entry) : 0;
  }
  for (std::size_t group = 0; group <= groups_.size(); ++group) {
    bool prepared = false;
    for (Entry* const entry : active_) {
      if (context(*entry) != group) continue;
      const WithOptions with(*this, *entry);
      if (!prepared) prepare(entry->parameter.dtype());
      prepared = true;
      entry->decay = entry->decays ? weight_decay(entry->step(), entry->shared_decay) : 0;
      entry->coupled = couples_decay();
      entry->rule = fused(entry->step());
    }
  }
}

/// Calls body(piece) for all pieces, in one parallel region. See Note [Determinism] in tensor/parallel.h.
template <class Body>
void Optimizer::sweep(Body&& body) {
  parallel_for(static_cast<std::int64_t>(tasks_.size()) - 1, [&](std::int64_t task) {
    const std::size_t at = static_cast<std::size_t>(task);
    for (std::size_t i = tasks_[at]; i < tasks_[at + 1]; ++i) body(pieces_[i]);
  });
}

// Makes each gradient the mean of those since the last update; the accumulators stay as they are.
void Optimizer::add_up() {
  for (Entry* const entry : active_) {
    entry->sum = Tensor::empty(entry->parameter.shape(), entry->parameter.dtype());
    entry->sum_data = memory(*entry, entry->sum, "sum of gradients");
    entry->accumulator_data = memory(*entry, entry->accumulator, "accumulator");
  }
  const double steps = static_cast<double>(options_.gradient_accumulation_steps);
  sweep([&](const Piece& piece) {
    const Entry& entry = *piece.entry;
    if (!entry.gradient.defined()) return;
    const std::int64_t size = entry.element_size(), offset = piece.begin * size;
    std::memcpy(entry.sum_data + offset, entry.accumulator_data + offset,
                static_cast<std::size_t>(piece.count * size));
    kernels::optimizer().accumulate[entry.type()](piece.count, entry.sum_data + offset,
                                                  entry.gradient_data + offset, steps);
  });
  for (Entry* const entry : active_) {
    entry->gradient = std::move(entry->sum);
    entry->gradient_data = entry->sum_data;
  }
}

// Whether clip() changes gradients; it also turns them around.
bool Optimizer::clips() const noexcept {
  return options_.maximize || options_.clipnorm > 0 || options_.clipvalue > 0 || options_.global_clipnorm > 0;
}

// What clipping by norm multiplies and divides each gradient by, with Keras's formulas.
void Optimizer::measure() {
  if (options_.clipnorm == 0 && options_.global_clipnorm == 0) return;
  const kernels::OptimizerKernels& kernels = kernels::optimizer();
  sweep([&](Piece& piece) {
    const Entry& entry = *piece.entry;
    if (!entry.gradient.defined()) return;
    piece.sum_of_squares = kernels.sum_of_squares[entry.type()](
        piece.count, entry.gradient_data + piece.begin * entry.element_size());
  });
  double all = 0;
  for (Entry* const entry : active_) entry->sum_of_squares = 0;
  for (const Piece& piece : pieces_) {
    piece.entry->sum_of_squares += piece.sum_of_squares;
    all += piece.sum_of_squares;
  }
  for (Entry* const entry : active_) {
    visit_floating(entry->parameter.dtype(), [&]<class T>() {
      if (options_.clipnorm > 0) {
        const T limit = static_cast<T>(options_.clipnorm),
                norm = std::sqrt(static_cast<T>(entry->sum_of_squares));
        entry->multiplier *= limit;
        entry->divisor = norm < limit ? limit : norm;
      } else {
        const T norm = std::sqrt(static_cast<T>(all)), limit = static_cast<T>(options_.global_clipnorm);
        // The difference makes all NaN if the norm is not finite.
        entry->multiplier *=
            limit * std::min(1 / norm, static_cast<T>(1 / options_.global_clipnorm)) + (norm - norm);
      }
    });
  }
}

// Clips elements begin..begin+count-1 of an entry's gradient, or of its accumulated gradient.
void Optimizer::clip(const Entry& entry, const void* gradient, std::int64_t count, void* out) const {
  const double limit = options_.clipvalue > 0 ? options_.clipvalue : std::numeric_limits<double>::infinity();
  kernels::optimizer().clip[entry.type()](count, gradient, out, entry.multiplier, entry.divisor, limit);
}

// The rules that are written with tensor operations: their results, which write() copies into the parameters.
void Optimizer::run_updates() {
  for (Entry* const entry : active_) {
    if (entry->rule) continue;
    if (clips()) {
      Tensor clipped = Tensor::empty(entry->parameter.shape(), entry->parameter.dtype());
      std::byte* const to = memory(*entry, clipped, "clipped gradient");
      parallel_for((clipped.numel() + grain::updated - 1) / grain::updated, [&](std::int64_t task) {
        const std::int64_t begin = task * grain::updated, offset = begin * entry->element_size();
        clip(*entry, entry->gradient_data + offset, std::min(grain::updated, clipped.numel() - begin),
             to + offset);
      });
      entry->gradient = std::move(clipped);
    }
    entry->slots.remember();
    const Tensor& parameter = entry->parameter;
    Tensor decayed = parameter;
    if (entry->decay > 0 && entry->coupled)
      entry->gradient = entry->gradient + parameter * entry->decay;
    else if (entry->decay > 0)
      decayed = generation() == Generation::pytorch ? parameter * (1 - entry->rate * entry->decay)
                                                    : parameter - parameter * entry->decay * entry->rate;
    const WithOptions with(*this, *entry);
    Step at = entry->step();
    Tensor value = update(decayed, entry->gradient, at);
    if (!value.defined() || value.shape() != parameter.shape() || value.dtype() != parameter.dtype())
      throw ShapeError(fmt::format(
          "{}::update: the new value of parameter '{}' must have its shape {} and dtype {}, got {}", name_,
          entry->name, to_string(parameter.shape()), taper::name(parameter.dtype()),
          value.defined() ? fmt::format("{} and {}", to_string(value.shape()), taper::name(value.dtype()))
                          : "an undefined tensor"));
    // What was kept of an old value must not change with the parameter, nor the new one with another's.
    for (auto& [name, slot] : entry->slots)
      if (slot.defined() && is_of_a_parameter(slot)) slot = compute::cast(slot, slot.dtype());
    const bool apart = !is_of_a_parameter(value) && !overwrites();  // which writes into the result
    entry->dense = apart ? compute::contiguous(value) : compute::cast(value, value.dtype());
    entry->updated = true;
  }
}

// Whether this step puts the averages in the parameters' place.
bool Optimizer::overwrites() const noexcept {
  const std::int64_t frequency = options_.ema_overwrite_frequency;
  return options_.use_ema && frequency > 0 && (iterations() + 1) % frequency == 0;
}

// All that write() goes through. (What has no gradient is averaged all the same.)
void Optimizer::take_memory() {
  for (Entry& entry : entries_) {
    if (entry.accumulator.defined()) entry.accumulator_data = memory(entry, entry.accumulator, "accumulator");
    if (!entry.gradient.defined() && !options_.use_ema) continue;
    entry.changes = entry.rule || entry.updated || (overwrites() && entry.parameter.requires_grad());
    if (!entry.updated) entry.dense = compute::contiguous(entry.parameter);
    entry.data = memory(entry, entry.dense, "value");
    if (options_.use_ema) entry.average_data = memory(entry, entry.average, "average");
    if (!entry.rule) continue;
    entry.make_slots();
    std::byte** data = entry.slot_data;
    for (const FusedRule::Slot& slot : entry.rule->slots())
      *data++ = memory(entry, entry.slots[slot.name], slot.name);
  }
}

// Everything that is done block by block, see Note [One pass], and what was computed before.
void Optimizer::write(bool updating, bool added_up) {
  const std::int64_t steps = options_.gradient_accumulation_steps;
  const bool accumulating = steps > 0, averaging = options_.use_ema, clipping = clips(),
             overwriting = overwrites(), pytorch = generation() == Generation::pytorch;
  const double momentum = iterations() == 0 ? 0 : options_.ema_momentum;
  const kernels::OptimizerKernels& kernels = kernels::optimizer();
  const auto write_piece = [&](const Piece& piece) {
    constexpr std::int64_t block_bytes = 4 * 1024;
    alignas(64) std::byte changed[block_bytes];  // the gradient
    const Entry& entry = *piece.entry;
    // A rule alone reads everything once and needs no blocks.
    const bool alone = !clipping && entry.decay == 0 && !accumulating && !averaging;
    const std::int64_t size = entry.element_size(), end = piece.begin + piece.count,
                       block = alone ? piece.count : block_bytes / size;
    for (std::int64_t i = piece.begin; i < end; i += block) {
      const std::int64_t count = std::min(block, end - i), offset = i * size;
      std::byte* const parameter = entry.data + offset;
      const std::byte* gradient = entry.gradient_data + offset;
      if (accumulating && !added_up && entry.gradient.defined()) {
        std::byte* const sum = entry.accumulator_data + offset;
        kernels.accumulate[entry.type()](count, sum, gradient, updating ? static_cast<double>(steps) : 1);
        gradient = sum;
      }
      if (entry.rule) {
        if (clipping) {
          clip(entry, gradient, count, changed);
          gradient = changed;
        }
        if (entry.decay > 0 && entry.coupled) {
          kernels.couple[entry.type()](count, gradient, parameter, entry.decay, changed);
          gradient = changed;
        } else if (entry.decay > 0 && pytorch) {
          kernels.scale[entry.type()](count, parameter, 1 - entry.rate * entry.decay);
        } else if (entry.decay > 0) {
          kernels.decay[entry.type()](count, parameter, entry.decay, entry.rate);
        }
        void* slots[Entry::max_slots] = {};
        for (std::size_t k = 0; k < entry.rule->slots().size(); ++k) slots[k] = entry.slot_data[k] + offset;
        kernels.update[entry.rule->kernel][entry.type()](count, parameter, gradient, slots,
                                                         entry.rule->constants);
      }
      if (averaging) {
        std::byte* const average = entry.average_data + offset;
        kernels.average[entry.type()](count, average, parameter, momentum);
        if (overwriting && entry.changes)
          std::memcpy(parameter, average, static_cast<std::size_t>(count * size));
      }
    }
  };
  if (averaging || (accumulating && !added_up) ||
      std::any_of(active_.begin(), active_.end(), [](const Entry* entry) { return entry->rule.has_value(); }))
    sweep(write_piece);
  if (updating && pytorch)
    for (Entry* const entry : active_) ++entry->updates;
  for (Entry& entry : entries_) {
    if (entry.changes && (entry.updated || !entry.parameter.is_contiguous()))
      compute::copy(entry.parameter, entry.dense);
    else if (entry.changes)
      entry.parameter.mutable_raw();  // counts the change
    if (accumulating && updating && entry.accumulator.defined())
      std::memset(entry.accumulator_data, 0,
                  static_cast<std::size_t>(entry.accumulator.numel() * entry.element_size()));
  }
}

}  // namespace taper::optim
