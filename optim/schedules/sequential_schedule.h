// SequentialSchedule: schedules one after the other.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <taper/optim/learning_rate.h>

namespace taper::optim {

struct SequentialScheduleOptions {
  static constexpr const char* class_name = "SequentialSchedule";
  static constexpr const char* module = "taper.optim";  // not Keras's
  /// Numbers or schedules.
  std::vector<LearningRate> schedules;
  /// The steps at which the second, third, ... begins, in ascending order.
  std::vector<double> milestones;
  std::string name = "SequentialSchedule";
};
Fields fields(SequentialScheduleOptions& options);

/// The first schedule up to the first milestone, then the second one from its step 0, and so on. PyTorch's
/// SequentialLR.
///
///     optim::SequentialSchedule({.schedules = {optim::LinearLR({.initial_learning_rate = 0.1}), 0.1,
///                                              optim::CosineDecay({.initial_learning_rate = 0.1,
///                                                                  .decay_steps = 50})},
///                                .milestones = {5, 20}})
class SequentialSchedule : public ScheduleWith<SequentialScheduleOptions> {
 public:
  /// Throws what the base class throws, and ValueError for a wrong number of schedules or milestones that are
  /// not ascending.
  explicit SequentialSchedule(const Options& options);
  double operator()(std::int64_t step, DType dtype = DType::float64) const;
  /// That of the schedule, if it has one.
  std::optional<double> momentum(std::int64_t step) const;

 private:
  struct At {
    const LearningRate& schedule;
    std::int64_t step;  // since it began
  };
  At at(std::int64_t step) const;
};

}  // namespace taper::optim
