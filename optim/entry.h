// What an optimizer keeps for each parameter. Internal: shared by the sources of the base class.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include <taper/optim/fused.h>
#include <taper/optim/optimizer.h>

namespace taper::optim {

struct Optimizer::Entry {
  static constexpr int max_slots = kernels::OptimizerKernels::max_slots;

  std::string name;
  Tensor parameter;
  Slots slots;
  int group = -1;  // in groups_; -1: none
  bool decays = true;
  bool declared = false;            // all its slots are there; known after build()
  Tensor average{}, accumulator{};  // if used

  // Where the parameter lay when check_memory() saw it last.
  const Storage* storage = nullptr;
  Layout layout{};

  // Of the step that runs.
  Tensor gradient{};           // contiguous; undefined if there is none
  Tensor sum{};                // of the gradients since the last update, where that is wanted as a whole
  Tensor dense{};              // the parameter, or what will be copied into it: contiguous
  bool updated = false;        // by a rule without a kernel: dense is its result
  bool changes = false;        // the parameter will be written
  double rate = 0, decay = 0;  // of the weights
  double sum_of_squares = 0;   // of the gradient, where norms are wanted
  double multiplier = 1, divisor = 1;
  std::optional<FusedRule> rule{};
  // Memory for kernels, all taken by memory(): see there.
  const std::byte* gradient_data = nullptr;
  std::byte *data = nullptr, *sum_data = nullptr, *average_data = nullptr, *accumulator_data = nullptr;
  std::byte* slot_data[max_slots] = {};

  int type() const { return parameter.dtype() == DType::float64; }
  std::int64_t element_size() const { return size_of(parameter.dtype()); }
  Step step() { return {name, parameter, rate, slots}; }
  void make_slots() {
    for (const FusedRule::Slot& slot : rule->slots()) slots.get(slot.name, slot.initial);
  }
};

struct Optimizer::Piece {
  Entry* entry;
  std::int64_t begin, count;
  double sum_of_squares;
};

}  // namespace taper::optim
