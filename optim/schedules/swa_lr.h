// SWALR: a learning rate that goes to a constant value, at which weights are averaged.
#pragma once

#include <cstdint>
#include <string>

#include <taper/optim/schedules/schedule.h>

namespace taper::optim {

struct SWALROptions {
  static constexpr const char* class_name = "SWALR";
  static constexpr const char* module = "taper.optim";  // not Keras's
  double initial_learning_rate = required;
  double swa_learning_rate = required;
  /// The number of steps on the way from one to the other.
  std::int64_t anneal_steps = 10;
  /// "cos": along half a cosine wave. "linear": along a line.
  std::string anneal_strategy = "cos";
  std::string name = "SWALR";
};
Fields fields(SWALROptions& options);

/// From initial_learning_rate to swa_learning_rate in anneal_steps steps, and constant then: for the last
/// part of a SequentialSchedule, with a WeightAverage. PyTorch's SWALR.
class SWALR : public ScheduleWith<SWALROptions> {
 public:
  /// Throws what the base class throws, and ValueError for another anneal_strategy.
  explicit SWALR(const Options& options);
  double operator()(std::int64_t step) const;
};

}  // namespace taper::optim
