// What an optimizer stores for each parameter. Internal: used by the source files of Optimizer.
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
  int group = -1;  // index in groups_; -1: none
  bool decays = true;
  bool declared = false;            // whether all its slots exist; set by build()
  Tensor average{}, accumulator{};  // if used
  std::int64_t updates = 0;         // if the generation counts them

  // The memory of the parameter at the last call of check_memory().
  const Storage* storage = nullptr;
  Layout layout{};

  // Valid during one step.
  Tensor gradient{};           // contiguous; undefined if there is none
  Tensor sum{};                // of the gradients since the last update, if it is needed as a tensor
  Tensor dense{};              // contiguous: the parameter, or what will be copied to it
  bool updated = false;        // a rule without a kernel has run; its result is in dense
  bool changes = false;        // whether the parameter will be written
  double rate = 0, decay = 0;  // learning rate and weight decay
  bool coupled = false;        // whether the decay is added to the gradient
  double shared_decay = 0;     // the weight decay before the rule's weight_decay()
  double sum_of_squares = 0;   // of the gradient, if norms are needed
  double multiplier = 1, divisor = 1;
  std::optional<FusedRule> rule{};
  // Pointers for the kernels. All come from memory(), which checks the tensors.
  const std::byte* gradient_data = nullptr;
  std::byte *data = nullptr, *sum_data = nullptr, *average_data = nullptr, *accumulator_data = nullptr;
  std::byte* slot_data[max_slots] = {};

  int type() const { return parameter.dtype() == DType::float64; }
  std::int64_t element_size() const { return size_of(parameter.dtype()); }
  Step step() { return {name, parameter, rate, slots, shared_decay, updates}; }
  void make_slots() {
    for (const FusedRule::Slot& slot : rule->slots()) slots.get(slot.name, slot.initial);
  }
};

// Note [Group options]
// A group may set any number of the rule (and what is true or false, as 1 or 0) by its name in fields(), and
// a schedule with a function momentum() drives the rule's beta_1 or, if it has none, its momentum. Rules know
// nothing of that: own_fields() says where their options lie, and while a rule is asked about a parameter,
// the values there are those for this parameter. So options must be read in declare(), prepare(), fused(),
// weight_decay() and update() only, and lie where they lay when the optimizer was made.

struct Optimizer::Override {
  Field field;
  double value;

  /// Puts the value into the option, and what was there here.
  void exchange() noexcept;
};

class Optimizer::WithOptions {
 public:
  WithOptions(Optimizer& optimizer, const Entry& entry);
  WithOptions(const WithOptions&) = delete;
  WithOptions& operator=(const WithOptions&) = delete;
  ~WithOptions();

 private:
  Optimizer& optimizer_;
  std::vector<Override>* overrides_ = nullptr;  // of the group
  std::optional<Override> momentum_;
};

struct Optimizer::Piece {
  Entry* entry;
  std::int64_t begin, count;
  double sum_of_squares;
};

}  // namespace taper::optim
