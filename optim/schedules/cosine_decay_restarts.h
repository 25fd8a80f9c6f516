// CosineDecayRestarts: a sequence of half cosine waves of increasing length and, optionally, decreasing
// height.
#pragma once

#include <cstdint>
#include <string>

#include <taper/optim/schedules/schedule.h>

namespace taper::optim {

struct CosineDecayRestartsOptions {
  static constexpr const char* class_name = "CosineDecayRestarts";
  double initial_learning_rate = required;
  /// The number of steps of the first wave.
  std::int64_t first_decay_steps;
  /// The length of each wave divided by that of the previous one; at least 1.
  double t_mul = 2;
  /// The initial value of each wave divided by that of the previous one.
  double m_mul = 1;
  /// The lowest learning rate as a fraction of initial_learning_rate; in [0, 1].
  double alpha = 0;
  std::string name = "SGDRDecay";
};
Fields fields(CosineDecayRestartsOptions& options);

/// initial_learning_rate * ((1 - alpha) * m_mul^i * (1 + cos(pi * f)) / 2 + alpha), where i = 0, 1, ... is
/// the number of the wave and f in [0, 1) is the fraction of it that has passed (Loshchilov, Hutter, 2016).
/// As in Keras, i is computed with logarithms in the dtype: because of rounding, the first step of a wave can
/// have the value of the end of the previous one. keras.optimizers.schedules.CosineDecayRestarts.
class CosineDecayRestarts : public ScheduleWith<CosineDecayRestartsOptions> {
 public:
  using ScheduleWith::ScheduleWith;
  double operator()(std::int64_t step, DType dtype = DType::float64) const;
};

}  // namespace taper::optim
