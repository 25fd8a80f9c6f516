// InverseRootDecay: a learning rate proportional to 1 / sqrt(epoch).
#pragma once

#include <cstdint>
#include <string>

#include <taper/optim/schedules/schedule.h>

namespace taper::optim {

struct InverseRootDecayOptions {
  static constexpr const char* class_name = "InverseRootDecay";
  static constexpr const char* module = "taper.optim";  // not Keras's
  double initial_learning_rate = required;
  /// The number of steps per epoch.
  std::int64_t decay_steps;
  double k = 1;
  std::string name = "InverseRootDecay";
};
Fields fields(InverseRootDecayOptions& options);

/// k / sqrt(epoch) * initial_learning_rate, where epoch = 1, 2, ... and an epoch has decay_steps steps. Not a
/// schedule of Keras.
class InverseRootDecay : public ScheduleWith<InverseRootDecayOptions> {
 public:
  using ScheduleWith::ScheduleWith;
  double operator()(std::int64_t step, DType dtype = DType::float64) const;
};

}  // namespace taper::optim
