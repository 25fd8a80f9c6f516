// ChainedSchedule: schedules at the same time, the product of their values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <taper/optim/learning_rate.h>

namespace taper::optim {

struct ChainedScheduleOptions {
  static constexpr const char* class_name = "ChainedSchedule";
  static constexpr const char* module = "taper.optim";  // not Keras's
  /// The first one gives a learning rate, the others factors (their initial_learning_rate is 1).
  std::vector<LearningRate> schedules;
  std::string name = "ChainedSchedule";
};
Fields fields(ChainedScheduleOptions& options);

/// schedules[0](step) * schedules[1](step) * ... PyTorch's ChainedScheduler, for schedulers that multiply the
/// learning rate by a factor.
///
///     optim::ChainedSchedule({.schedules = {
///         optim::ExponentialDecay({.initial_learning_rate = 0.1, .decay_steps = 10, .decay_rate = 0.5}),
///         optim::LinearLR({.initial_learning_rate = 1, .total_iters = 20})}})
class ChainedSchedule : public ScheduleWith<ChainedScheduleOptions> {
 public:
  /// Throws what the base class throws, and ValueError for an empty list.
  explicit ChainedSchedule(const Options& options);
  double operator()(std::int64_t step, DType dtype = DType::float64) const;
  /// That of the first schedule that has one.
  std::optional<double> momentum(std::int64_t step) const;
};

}  // namespace taper::optim
