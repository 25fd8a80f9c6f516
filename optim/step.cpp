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
#include <taper/tensor/parallel.h>

namespace taper::optim {

// Note [One pass]
// A rule treats each element by itself, so going through all of a step block by block (add up the gradient,
// clip it, decay and update the weights, average them) gives the bits of doing each for all parameters in
// turn, and the blocks stay in the cache. Only what needs a norm of all gradients first costs a pass of its
// own, and so do rules written with tensor operations.

struct Optimizer::Cleanup {
  Optimizer& self;
  ~Cleanup() {
    // A gradient held here would keep autograd from adding to it in place.
    for (Entry& entry : self.entries_) {
      entry.gradient = entry.dense = Tensor();
      entry.rule.reset();
    }
    self.active_.clear();
    for (auto& rates : self.rates_) rates = {};
    self.rate_.reset();
    self.entry_ = nullptr;
  }
};

void Optimizer::step() {
  const NoGrad no_grad;
  const Cleanup cleanup{*this};
  collect();
  const std::int64_t steps = options_.gradient_accumulation_steps;
  const bool updating = steps == 0 || (count_ + 1) % steps == 0;
  bool accumulated = false;
  if (updating) {
    for (Entry* const entry : active_) {
      entry->rate = learning_rate(*entry);
      at_hand(*entry);
      entry->decay = entry->decays ? weight_decay(weight_decay(*entry)) : 0;
    }
    at_hand(*active_.front());
    prepare();
    bool all_fused = true;
    for (Entry* const entry : active_) {
      at_hand(*entry);
      entry->rule = fused(entry->parameter.dtype());
      all_fused = all_fused && entry->rule;
    }
    accumulated = steps > 0 && (!all_fused || options_.clipnorm > 0 || options_.global_clipnorm > 0);
    if (accumulated)
      sweep([&](const Piece& piece) { accumulate(piece.entry, piece.begin, piece.count, steps); });
    if (accumulated)
      for (Entry* const entry : active_) entry->gradient = entry->accumulator;
    measure();
    run_updates();
  }
  run_fused(updating, accumulated);
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
      const bool shared =
          std::binary_search(storages_.begin(), storages_.end(), gradient.value().storage.get());
      if (options_.loss_scale_factor != 0) gradient = gradient / options_.loss_scale_factor;
      entry.gradient = shared ? compute::cast(gradient, gradient.dtype()) : compute::contiguous(gradient);
    } else if (!options_.use_ema) {
      continue;
    }
    if (options_.gradient_accumulation_steps > 0 && !entry.accumulator.defined())
      entry.accumulator = zeros(entry.parameter.shape(), entry.parameter.dtype());
    if (options_.use_ema && !entry.average.defined())
      entry.average = zeros(entry.parameter.shape(), entry.parameter.dtype());
    // Once and here: mutable_raw() counts a change, which threads must not do at the same time.
    if (entry.accumulator.defined())
      entry.accumulator_data = static_cast<std::byte*>(entry.accumulator.mutable_raw());
    if (entry.average.defined()) entry.average_data = static_cast<std::byte*>(entry.average.mutable_raw());
    entry.multiplier = entry.divisor = 1;
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

/// Calls body(piece) for all pieces, in one parallel region. See Note [Determinism] in tensor/parallel.h.
template <class Body>
void Optimizer::sweep(Body&& body) {
  parallel_for(static_cast<std::int64_t>(tasks_.size()) - 1, [&](std::int64_t task) {
    const std::size_t at = static_cast<std::size_t>(task);
    for (std::size_t i = tasks_[at]; i < tasks_[at + 1]; ++i) body(pieces_[i]);
  });
}

// accumulator = (accumulator + gradient) / divisor, for a part of a parameter that has a gradient.
void Optimizer::accumulate(Entry* entry, std::int64_t begin, std::int64_t count, std::int64_t divisor) const {
  if (!entry->gradient.defined()) return;
  const std::int64_t offset = begin * entry->element_size();
  kernels::optimizer().accumulate[entry->type()](
      count, entry->accumulator_data + offset, static_cast<const std::byte*>(entry->gradient.raw()) + offset,
      static_cast<double>(divisor));
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
    if (!entry.gradient.defined()) return;
    const std::byte* const from = static_cast<const std::byte*>(entry.gradient.raw());
    piece.sum_of_squares =
        kernels.sum_of_squares[entry.type()](piece.count, from + piece.begin * entry.element_size());
  });
  double all = 0;
  for (const Piece& piece : pieces_) all += piece.sum_of_squares;
  auto piece = pieces_.begin();
  for (Entry* const entry : active_) {
    double own = 0;
    while (piece != pieces_.end() && piece->entry != entry) ++piece;
    for (; piece != pieces_.end() && piece->entry == entry; ++piece) own += piece->sum_of_squares;
    if (entry->parameter.numel() == 0) piece = pieces_.begin();
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

// Clips elements begin..begin+count-1 of an entry's gradient, or of its accumulated gradient.
void Optimizer::clip(const Entry& entry, const void* gradient, std::int64_t count, void* out) const {
  const double limit = options_.clipvalue > 0 ? options_.clipvalue : std::numeric_limits<double>::infinity();
  kernels::optimizer().clip[entry.type()](count, gradient, out, entry.multiplier, entry.divisor, limit);
}

// Everything that is done block by block: see Note [One pass].
void Optimizer::run_fused(bool updating, bool accumulated) {
  const std::int64_t steps = options_.gradient_accumulation_steps;
  const bool accumulating = steps > 0, averaging = options_.use_ema, clipping = clips();
  const std::int64_t frequency = options_.ema_overwrite_frequency;
  const bool overwriting = averaging && frequency > 0 && (iterations() + 1) % frequency == 0;
  const double momentum = iterations() == 0 ? 0 : options_.ema_momentum;
  const auto changes = [&](const Entry& entry) { return entry.rule || overwriting; };
  if (!averaging && !accumulating && std::none_of(active_.begin(), active_.end(), [](const Entry* entry) {
        return entry->rule.has_value();
      }))
    return;
  for (Entry& entry : entries_) {
    if (!entry.gradient.defined() && !averaging) continue;
    entry.dense = compute::contiguous(entry.parameter);
    entry.data = static_cast<std::byte*>(changes(entry) ? entry.dense.mutable_raw()
                                                        : const_cast<void*>(entry.dense.raw()));
    if (!entry.rule) continue;
    entry.make_slots();
    for (int k = 0; k < Entry::max_slots && entry.rule->slots[k].name != nullptr; ++k)
      entry.slot_data[k] = static_cast<std::byte*>(entry.slots[entry.rule->slots[k].name].mutable_raw());
  }
  const kernels::OptimizerKernels& kernels = kernels::optimizer();
  sweep([&](const Piece& piece) {
    constexpr std::int64_t block_bytes = 4 * 1024;
    alignas(64) std::byte clipped[block_bytes];
    Entry& entry = *piece.entry;
    const bool in_blocks = clipping || entry.decay > 0 || accumulating || averaging;
    const std::int64_t size = entry.element_size(), end = piece.begin + piece.count,
                       block = in_blocks ? block_bytes / size : piece.count;
    for (std::int64_t i = piece.begin; i < end; i += block) {
      const std::int64_t count = std::min(block, end - i), bytes = count * size;
      std::byte* const parameter = entry.data + i * size;
      if (accumulating && !accumulated) accumulate(&entry, i, count, updating ? steps : 1);
      if (entry.rule) {
        const Tensor& source = accumulating ? entry.accumulator : entry.gradient;
        const void* gradient = static_cast<const std::byte*>(source.raw()) + i * size;
        if (clipping) {
          clip(entry, gradient, count, clipped);
          gradient = clipped;
        }
        if (entry.decay > 0) kernels.decay[entry.type()](count, parameter, entry.decay, entry.rate);
        void* slots[Entry::max_slots] = {};
        for (int k = 0; k < Entry::max_slots && entry.rule->slots[k].name != nullptr; ++k)
          slots[k] = entry.slot_data[k] + i * size;
        kernels.update[static_cast<int>(entry.rule->kernel)][entry.type()](count, parameter, gradient, slots,
                                                                           entry.rule->constants.data());
      }
      if (averaging) {
        std::byte* const average = entry.average_data + i * size;
        kernels.average[entry.type()](count, average, parameter, momentum);
        if (overwriting) std::memcpy(parameter, average, static_cast<std::size_t>(bytes));
      }
    }
  });
  for (Entry& entry : entries_) {
    if (entry.dense.defined() && changes(entry) && !entry.parameter.is_contiguous())
      compute::copy(entry.parameter, entry.dense);
    if (accumulating && updating && entry.accumulator.defined())
      std::memset(entry.accumulator.mutable_raw(), 0,
                  static_cast<std::size_t>(entry.accumulator.numel() * entry.element_size()));
  }
}

// The rules that are written with tensor operations.
void Optimizer::run_updates() {
  for (Entry* const entry : active_) {
    if (entry->rule) continue;
    at_hand(*entry);
    if (clips()) {
      Tensor clipped = Tensor::empty(entry->parameter.shape(), entry->parameter.dtype());
      const auto* const from = static_cast<const std::byte*>(entry->gradient.raw());
      auto* const to = static_cast<std::byte*>(clipped.mutable_raw());
      parallel_for((clipped.numel() + grain::updated - 1) / grain::updated, [&](std::int64_t task) {
        const std::int64_t begin = task * grain::updated, offset = begin * entry->element_size();
        clip(*entry, from + offset, std::min(grain::updated, clipped.numel() - begin), to + offset);
      });
      entry->gradient = std::move(clipped);
    }
    if (entry->decay > 0) assign(*entry, entry->parameter - entry->parameter * entry->decay * entry->rate);
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
  // What was kept of the old value, or of the sum of gradients, must not change with it.
  const Reference<Storage>& storage = parameter.value().storage;
  const auto is_kept = [&](const Tensor& slot) {
    return slot.defined() &&
           (slot.value().storage == storage ||
            (entry.accumulator.defined() && slot.value().storage == entry.accumulator.value().storage));
  };
  for (auto& [name, slot] : entry.slots)
    if (is_kept(slot)) slot = compute::cast(slot, slot.dtype());
  if (value.value().storage == storage) value = compute::cast(value, value.dtype());
  compute::copy(parameter, value);
}

}  // namespace taper::optim
