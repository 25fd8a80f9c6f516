// PiecewiseConstantDecay: a learning rate that is constant between given steps.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <taper/optim/schedules/schedule.h>

namespace taper::optim {

struct PiecewiseConstantDecayOptions {
  static constexpr const char* class_name = "PiecewiseConstantDecay";
  /// The last step at which each value applies, except for the last value: integers in ascending order.
  std::vector<double> boundaries;
  /// The learning rates; one more than boundaries.
  std::vector<double> values;
  std::string name = "PiecewiseConstant";
};
Fields fields(PiecewiseConstantDecayOptions& options);

/// values[0] up to and including step boundaries[0], then values[1] up to and including boundaries[1], and so
/// on. keras.optimizers.schedules.PiecewiseConstantDecay.
class PiecewiseConstantDecay : public ScheduleWith<PiecewiseConstantDecayOptions> {
 public:
  /// Throws what the base class throws, and ValueError for a wrong number of values or boundaries that are
  /// not ascending.
  explicit PiecewiseConstantDecay(const Options& options);
  double operator()(std::int64_t step, DType dtype = DType::float64) const;
};

}  // namespace taper::optim
