// PiecewiseConstantDecay: one learning rate after another.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <taper/optim/schedules/schedule.h>

namespace taper::optim {

struct PiecewiseConstantDecayOptions {
  static constexpr const char* class_name = "PiecewiseConstantDecay";
  /// The last step of each learning rate but the last: whole numbers, rising.
  std::vector<double> boundaries;
  /// One more than boundaries.
  std::vector<double> values;
  std::string name = "PiecewiseConstant";
};
Fields fields(PiecewiseConstantDecayOptions& options);

/// values[0] up to step boundaries[0] (and at it), values[1] up to boundaries[1], ...
/// keras.optimizers.schedules.PiecewiseConstantDecay.
class PiecewiseConstantDecay : public ScheduleWith<PiecewiseConstantDecayOptions> {
 public:
  /// Throws ValueError, besides, for another number of values, and boundaries that do not rise.
  explicit PiecewiseConstantDecay(const Options& options);
  double operator()(std::int64_t step, DType dtype = DType::float64) const;
};

}  // namespace taper::optim
