// StepDecay.
#include <cmath>

#include <taper/optim/schedules/step_decay.h>

namespace taper::optim {

Fields fields(StepDecayOptions& options) {
  return {{"initial_learning_rate", &options.initial_learning_rate, range::not_negative},
          {"step_size", &options.step_size, range::positive},
          {"gamma", &options.gamma, range::not_negative},
          {"name", &options.name}};
}

double StepDecay::operator()(std::int64_t step) const {
  const std::int64_t falls = step / options_.step_size;
  return options_.initial_learning_rate * std::pow(options_.gamma, static_cast<double>(falls));
}

}  // namespace taper::optim
