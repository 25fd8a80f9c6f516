// ExponentialDecay: a learning rate that decreases exponentially.
#pragma once

#include <cstdint>
#include <string>

#include <taper/optim/schedules/schedule.h>
#include <taper/tensor/dtype.h>

namespace taper::optim {

struct ExponentialDecayOptions {
  static constexpr const char* class_name = "ExponentialDecay";
  double initial_learning_rate = required;
  /// The number of steps after which the learning rate has been multiplied by decay_rate.
  std::int64_t decay_steps;
  double decay_rate = required;
  /// Decrease in jumps every decay_steps steps instead of a little at every step.
  bool staircase = false;
  std::string name = "ExponentialDecay";
};
Fields fields(ExponentialDecayOptions& options);

/// initial_learning_rate * decay_rate ^ (step / decay_steps), the exponent rounded down with `staircase`.
/// keras.optimizers.schedules.ExponentialDecay, computed in the dtype of the parameters, as in Keras.
class ExponentialDecay : public ScheduleWith<ExponentialDecayOptions> {
 public:
  using ScheduleWith::ScheduleWith;
  double operator()(std::int64_t step, DType dtype = DType::float64) const;
};

}  // namespace taper::optim
