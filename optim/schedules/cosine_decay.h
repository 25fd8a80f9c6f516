// CosineDecay: a learning rate that decreases along half a cosine wave, optionally after a warmup.
#pragma once

#include <cstdint>
#include <string>

#include <taper/optim/schedules/schedule.h>

namespace taper::optim {

struct CosineDecayOptions {
  static constexpr const char* class_name = "CosineDecay";
  double initial_learning_rate = required;
  /// The number of steps of the decay, without the warmup.
  std::int64_t decay_steps;
  /// The final learning rate as a fraction of the highest one; in [0, 1].
  double alpha = 0;
  std::string name = "CosineDecay";
  /// If not 0, the learning rate first increases linearly from initial_learning_rate to this value, over
  /// warmup_steps steps.
  double warmup_target = 0;
  std::int64_t warmup_steps = 0;
};
Fields fields(CosineDecayOptions& options);

/// top * ((1 - alpha) * (1 + cos(pi * step / decay_steps)) / 2 + alpha) with top = initial_learning_rate;
/// after a warmup, top = warmup_target and step counts from the end of the warmup (Loshchilov, Hutter, 2016).
/// keras.optimizers.schedules.CosineDecay.
class CosineDecay : public ScheduleWith<CosineDecayOptions> {
 public:
  using ScheduleWith::ScheduleWith;
  double operator()(std::int64_t step, DType dtype = DType::float64) const;
};

}  // namespace taper::optim
