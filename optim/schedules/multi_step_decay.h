// MultiStepDecay: a learning rate that is multiplied by a factor at given steps.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <taper/optim/schedules/schedule.h>

namespace taper::optim {

struct MultiStepDecayOptions {
  static constexpr const char* class_name = "MultiStepDecay";
  static constexpr const char* module = "taper.optim";  // not Keras's
  double initial_learning_rate = required;
  /// The steps, in ascending order; one that comes twice counts twice.
  std::vector<double> milestones;
  double gamma = 0.1;
  std::string name = "MultiStepDecay";
};
Fields fields(MultiStepDecayOptions& options);

/// initial_learning_rate * gamma^(the number of milestones up to and with the step). PyTorch's MultiStepLR.
class MultiStepDecay : public ScheduleWith<MultiStepDecayOptions> {
 public:
  /// Throws what the base class throws, and ValueError for milestones that are not ascending.
  explicit MultiStepDecay(const Options& options);
  double operator()(std::int64_t step) const;
};

}  // namespace taper::optim
