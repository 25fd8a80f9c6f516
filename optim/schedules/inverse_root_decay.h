// InverseRootDecay: a learning rate that falls as 1 / sqrt(epoch).
#pragma once

#include <cstdint>
#include <string>

#include <taper/optim/schedules/schedule.h>

namespace taper::optim {

struct InverseRootDecayOptions {
  static constexpr const char* class_name = "InverseRootDecay";
  static constexpr const char* module = "taper.optim";  // not Keras's
  double initial_learning_rate = required;
  /// The steps of an epoch.
  std::int64_t decay_steps;
  double k = 1;
  std::string name = "InverseRootDecay";
};
Fields fields(InverseRootDecayOptions& options);

/// k / sqrt(epoch) * initial_learning_rate in epochs 1, 2, ... of decay_steps steps.
class InverseRootDecay : public ScheduleWith<InverseRootDecayOptions> {
 public:
  using ScheduleWith::ScheduleWith;
  double operator()(std::int64_t step, DType dtype = DType::float64) const;
};

}  // namespace taper::optim
