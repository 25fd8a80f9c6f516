// CosineDecay: a learning rate that falls along half a wave, after a warmup if wanted.
#pragma once

#include <cstdint>
#include <string>

#include <taper/optim/schedules/schedule.h>

namespace taper::optim {

struct CosineDecayOptions {
  static constexpr const char* class_name = "CosineDecay";
  double initial_learning_rate = required;
  /// The steps of the fall, without the warmup.
  std::int64_t decay_steps;
  /// What is left at the end, as a part of the highest learning rate; in [0, 1].
  double alpha = 0;
  std::string name = "CosineDecay";
  /// If not 0: rise in a line from initial_learning_rate to here first, in warmup_steps.
  double warmup_target = 0;
  std::int64_t warmup_steps = 0;
};
Fields fields(CosineDecayOptions& options);

/// top * ((1 - alpha) * (1 + cos(pi * step / decay_steps)) / 2 + alpha) with top = initial_learning_rate, or
/// after a warmup, from which step counts then, top = warmup_target (Loshchilov, Hutter, 2016).
/// keras.optimizers.schedules.CosineDecay.
class CosineDecay : public ScheduleWith<CosineDecayOptions> {
 public:
  using ScheduleWith::ScheduleWith;
  double operator()(std::int64_t step, DType dtype = DType::float64) const;
};

}  // namespace taper::optim
