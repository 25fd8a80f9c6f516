// InverseTimeDecay.
#include <cmath>

#include <taper/optim/schedules/inverse_time_decay.h>

namespace taper::optim {

Fields fields(InverseTimeDecayOptions& options) {
  return {{"initial_learning_rate", &options.initial_learning_rate, range::not_negative},
          {"decay_steps", &options.decay_steps, range::positive},
          {"decay_rate", &options.decay_rate, range::not_negative},
          {"staircase", &options.staircase},
          {"name", &options.name}};
}

double InverseTimeDecay::operator()(std::int64_t step, DType dtype) const {
  return visit_floating(dtype, [&]<class T>() -> double {
    const T passed = static_cast<T>(step) / static_cast<T>(options_.decay_steps);
    return static_cast<T>(options_.initial_learning_rate) /
           (1 + static_cast<T>(options_.decay_rate) * (options_.staircase ? std::floor(passed) : passed));
  });
}

}  // namespace taper::optim
