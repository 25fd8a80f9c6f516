// PolynomialDecay: a learning rate that falls to another along a power.
#pragma once

#include <cstdint>
#include <string>

#include <taper/optim/schedules/schedule.h>

namespace taper::optim {

struct PolynomialDecayOptions {
  static constexpr const char* class_name = "PolynomialDecay";
  double initial_learning_rate = required;
  std::int64_t decay_steps;
  double end_learning_rate = 0.0001;
  double power = 1;
  /// After decay_steps start again, for the next multiple of decay_steps, rather than stay at the end.
  bool cycle = false;
  std::string name = "PolynomialDecay";
};
Fields fields(PolynomialDecayOptions& options);

/// (initial_learning_rate - end_learning_rate) * (1 - step / decay_steps)^power + end_learning_rate, with
/// step at most decay_steps. With `cycle`, in place of decay_steps its first multiple that is not below step,
/// if that is not 0. keras.optimizers.schedules.PolynomialDecay.
class PolynomialDecay : public ScheduleWith<PolynomialDecayOptions> {
 public:
  using ScheduleWith::ScheduleWith;
  double operator()(std::int64_t step, DType dtype = DType::float64) const;
};

}  // namespace taper::optim
