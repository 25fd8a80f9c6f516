// InverseTimeDecay: a learning rate that falls as 1 / time.
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
  /// Fall after each decay_steps steps, rather than a little at every step.
  bool staircase = false;
  std::string name = "InverseTimeDecay";
};
Fields fields(InverseTimeDecayOptions& options);

/// initial_learning_rate / (1 + decay_rate * step / decay_steps), the quotient rounded down with `staircase`.
/// With the steps of an epoch as decay_steps and `staircase` it is alpha0 / (1 + decay_rate * epoch).
/// keras.optimizers.schedules.InverseTimeDecay.
class InverseTimeDecay : public ScheduleWith<InverseTimeDecayOptions> {
 public:
  using ScheduleWith::ScheduleWith;
  double operator()(std::int64_t step, DType dtype = DType::float64) const;
};

}  // namespace taper::optim
