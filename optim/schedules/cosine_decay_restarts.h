// CosineDecayRestarts: half waves, each longer and lower than the one before.
#pragma once

#include <cstdint>
#include <string>

#include <taper/optim/schedules/schedule.h>

namespace taper::optim {

struct CosineDecayRestartsOptions {
  static constexpr const char* class_name = "CosineDecayRestarts";
  double initial_learning_rate = required;
  /// The steps of the first wave.
  std::int64_t first_decay_steps;
  /// How much longer each wave is than the one before; at least 1.
  double t_mul = 2;
  /// How high it starts, compared with the one before.
  double m_mul = 1;
  /// The lowest learning rate, as a part of initial_learning_rate; in [0, 1].
  double alpha = 0;
  std::string name = "SGDRDecay";
};
Fields fields(CosineDecayRestartsOptions& options);

/// initial_learning_rate * ((1 - alpha) * m_mul^i * (1 + cos(pi * f)) / 2 + alpha), where f in [0, 1) of wave
/// i = 0, 1, ... has passed (Loshchilov, Hutter, 2016). As in Keras, i comes from logarithms in the dtype: at
/// the first step of a wave rounding can give the end of the one before.
/// keras.optimizers.schedules.CosineDecayRestarts.
class CosineDecayRestarts : public ScheduleWith<CosineDecayRestartsOptions> {
 public:
  using ScheduleWith::ScheduleWith;
  double operator()(std::int64_t step, DType dtype = DType::float64) const;
};

}  // namespace taper::optim
