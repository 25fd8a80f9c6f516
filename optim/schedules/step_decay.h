// StepDecay: a learning rate that is multiplied by a factor every so many steps.
#pragma once

#include <cstdint>
#include <string>

#include <taper/optim/schedules/schedule.h>

namespace taper::optim {

struct StepDecayOptions {
  static constexpr const char* class_name = "StepDecay";
  static constexpr const char* module = "taper.optim";  // not Keras's
  double initial_learning_rate = required;
  /// The number of steps between two changes.
  std::int64_t step_size;
  double gamma = 0.1;
  std::string name = "StepDecay";
};
Fields fields(StepDecayOptions& options);

/// initial_learning_rate * gamma^floor(step / step_size): ExponentialDecay with `staircase`, in PyTorch's
/// words. PyTorch's StepLR.
class StepDecay : public ScheduleWith<StepDecayOptions> {
 public:
  using ScheduleWith::ScheduleWith;
  double operator()(std::int64_t step) const;
};

}  // namespace taper::optim
