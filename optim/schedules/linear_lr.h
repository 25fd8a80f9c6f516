// LinearLR: a learning rate whose factor changes along a line.
#pragma once

#include <cstdint>
#include <string>

#include <taper/optim/schedules/schedule.h>

namespace taper::optim {

struct LinearLROptions {
  static constexpr const char* class_name = "LinearLR";
  static constexpr const char* module = "taper.optim";  // not Keras's
  double initial_learning_rate = required;
  /// What it is multiplied by at first, in (0, 1], and after total_iters steps, in [0, 1].
  double start_factor = 1. / 3;
  double end_factor = 1;
  std::int64_t total_iters = 5;
  std::string name = "LinearLR";
};
Fields fields(LinearLROptions& options);

/// initial_learning_rate * (start_factor + (end_factor - start_factor) * step / total_iters), where step is
/// limited to total_iters. PyTorch's LinearLR.
class LinearLR : public ScheduleWith<LinearLROptions> {
 public:
  using ScheduleWith::ScheduleWith;
  double operator()(std::int64_t step) const;
};

}  // namespace taper::optim
