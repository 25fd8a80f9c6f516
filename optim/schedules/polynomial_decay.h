// PolynomialDecay: a learning rate that decreases to a final value along a polynomial.
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
  /// After decay_steps, restart with the next multiple of decay_steps as length, instead of staying at the
  /// final value.
  bool cycle = false;
  std::string name = "PolynomialDecay";
};
Fields fields(PolynomialDecayOptions& options);

/// (initial_learning_rate - end_learning_rate) * (1 - step / decay_steps)^power + end_learning_rate, where
/// step is limited to decay_steps. With `cycle`, decay_steps is replaced by its smallest multiple, at least
/// decay_steps itself, that is not less than step. keras.optimizers.schedules.PolynomialDecay.
class PolynomialDecay : public ScheduleWith<PolynomialDecayOptions> {
 public:
  using ScheduleWith::ScheduleWith;
  double operator()(std::int64_t step, DType dtype = DType::float64) const;
};

}  // namespace taper::optim
