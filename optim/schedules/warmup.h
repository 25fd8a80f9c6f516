// Warmup: another schedule, after first steps with smaller learning rates.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <taper/optim/learning_rate.h>

namespace taper::optim {

struct WarmupOptions {
  static constexpr const char* class_name = "Warmup";
  static constexpr const char* module = "taper.optim";  // not Keras's
  /// A number or a schedule.
  LearningRate learning_rate = 0.001;
  std::int64_t warmup_steps;
  /// What the first learning rate is multiplied by at step 0; in [0, 1].
  double start_factor = 0;
  /// "linear": the factor grows to 1 along a line. "constant": it stays until the warmup ends.
  std::string mode = "linear";
  std::string name = "Warmup";
};
Fields fields(WarmupOptions& options);

/// For warmup_steps steps, the schedule's value at its step 0 times a factor; then the schedule from its step
/// 0. PyTorch's SequentialLR of LinearLR or ConstantLR and another scheduler. (CosineDecay has a warmup of
/// its own. For a factor that the schedule does not wait for, see ChainedSchedule.)
class Warmup : public ScheduleWith<WarmupOptions> {
 public:
  /// Throws what the base class throws, and ValueError for another mode.
  explicit Warmup(const Options& options);
  double operator()(std::int64_t step, DType dtype = DType::float64) const;
  /// That of the schedule, if it has one.
  std::optional<double> momentum(std::int64_t step) const;
};

}  // namespace taper::optim
