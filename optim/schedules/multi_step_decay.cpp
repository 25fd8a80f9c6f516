// MultiStepDecay.
#include <algorithm>
#include <cmath>

#include <taper/optim/schedules/anneal.h>
#include <taper/optim/schedules/multi_step_decay.h>

namespace taper::optim {

Fields fields(MultiStepDecayOptions& options) {
  return {{"initial_learning_rate", &options.initial_learning_rate, range::not_negative},
          {"milestones", &options.milestones, range::whole},
          {"gamma", &options.gamma, range::not_negative},
          {"name", &options.name}};
}

MultiStepDecay::MultiStepDecay(const Options& options) : ScheduleWith(options) {
  check_ascending("MultiStepDecay", "milestones", options.milestones, true);
}

double MultiStepDecay::operator()(std::int64_t step) const {
  const std::vector<double>& milestones = options_.milestones;
  const auto next = std::upper_bound(milestones.begin(), milestones.end(), static_cast<double>(step));
  return options_.initial_learning_rate *
         std::pow(options_.gamma, static_cast<double>(next - milestones.begin()));
}

}  // namespace taper::optim
