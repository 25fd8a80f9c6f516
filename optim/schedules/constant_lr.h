// ConstantLR: a learning rate that is smaller in the first steps.
#pragma once

#include <cstdint>
#include <string>

#include <taper/optim/schedules/schedule.h>

namespace taper::optim {

struct ConstantLROptions {
  static constexpr const char* class_name = "ConstantLR";
  static constexpr const char* module = "taper.optim";  // not Keras's
  double initial_learning_rate = required;
  /// What it is multiplied by in the first total_iters steps; in [0, 1].
  double factor = 1. / 3;
  std::int64_t total_iters = 5;
  std::string name = "ConstantLR";
};
Fields fields(ConstantLROptions& options);

/// initial_learning_rate * factor for total_iters steps, then initial_learning_rate. PyTorch's ConstantLR.
class ConstantLR : public ScheduleWith<ConstantLROptions> {
 public:
  using ScheduleWith::ScheduleWith;
  double operator()(std::int64_t step) const;
};

}  // namespace taper::optim
