// FusedRule: an update rule that is computed by a kernel. For the optimizers of the library.
#pragma once

#include <cstring>
#include <span>

#include <taper/tensor/kernels/optimizer.h>

namespace taper::optim {

// Note [Fused rules]
// Most built-in optimizers override fused() instead of update(). It returns a rule of tensor/kernels/update
// with its constants for the current step. The base class then makes one pass over parameter, gradient and
// slots, for all parameters in one parallel region; clipping and weight decay are applied in the same pass,
// block by block, while a block is in the cache.

namespace update = kernels::update;

struct FusedRule {
  using Slot = update::Slot;

  template <class Rule>
  FusedRule(const Rule& rule) : kernel(index_in<Rule>(update::Rules{})) {
    static_assert(index_in<Rule>(update::Rules{}) >= 0, "the rule is not in kernels/update/rules.h");
    static_assert(sizeof(Rule) <= sizeof(constants) && sizeof(Rule) % sizeof(double) == 0);
    std::memcpy(constants, &rule, sizeof(Rule));
    for (const Slot& slot : Rule::slots) slots_[slot_count_++] = slot;
  }

  std::span<Slot> slots() { return {slots_, slot_count_}; }
  std::span<const Slot> slots() const { return {slots_, slot_count_}; }

  int kernel;  // the index of the rule in update::Rules
  double constants[kernels::OptimizerKernels::max_constants] = {};

 private:
  Slot slots_[kernels::OptimizerKernels::max_slots] = {};
  std::size_t slot_count_ = 0;
};

}  // namespace taper::optim
