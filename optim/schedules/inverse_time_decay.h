// InverseTimeDecay: a learning rate that decreases as 1 / (1 + decay_rate * time).
#pragma once

#include <cstdint>
#include <string>

#include <taper/optim/schedules/schedule.h>

namespace taper::optim {

struct InverseTimeDecayOptions {
  static constexpr const char* class_name = "InverseTimeDecay";
  double initial_learning_rate = required;
  std::int64_t decay_steps;
  double decay_rate = required;
  /// Decrease in jumps every decay_steps steps instead of a little at every step.
  bool staircase = false;
  std::string name = "InverseTimeDecay";
};
Fields fields(InverseTimeDecayOptions& options);

/// initial_learning_rate / (1 + decay_rate * step / decay_steps), the quotient rounded down with `staircase`.
/// If decay_steps is the number of steps per epoch, `staircase` makes it initial_learning_rate / (1 +
/// decay_rate * epoch). keras.optimizers.schedules.InverseTimeDecay.
class InverseTimeDecay : public ScheduleWith<InverseTimeDecayOptions> {
 public:
  using ScheduleWith::ScheduleWith;
  double operator()(std::int64_t step, DType dtype = DType::float64) const;
};

}  // namespace taper::optim
