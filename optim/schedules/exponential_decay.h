// ExponentialDecay: a learning rate that shrinks by a constant factor.
#pragma once

#include <cstdint>
#include <string>

#include <taper/optim/schedules/schedule.h>
#include <taper/tensor/dtype.h>

namespace taper::optim {

struct ExponentialDecayOptions {
  static constexpr const char* class_name = "ExponentialDecay";
  double initial_learning_rate = required;
  /// Steps in which the learning rate is multiplied by decay_rate once.
  std::int64_t decay_steps;
  double decay_rate = required;
  /// Multiply after each decay_steps steps, rather than a little at every step.
  bool staircase = false;
  std::string name = "ExponentialDecay";
};
Fields fields(ExponentialDecayOptions& options);

/// initial_learning_rate * decay_rate ^ (step / decay_steps), the exponent rounded down with `staircase`.
/// keras.optimizers.schedules.ExponentialDecay, computed in the dtype of the parameters, as there.
class ExponentialDecay : public ScheduleWith<ExponentialDecayOptions> {
 public:
  using ScheduleWith::ScheduleWith;
  double operator()(std::int64_t step, DType dtype = DType::float64) const;
};

}  // namespace taper::optim
