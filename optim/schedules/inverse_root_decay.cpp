// InverseRootDecay.
#include <cmath>

#include <taper/optim/schedules/inverse_root_decay.h>

namespace taper::optim {

Fields fields(InverseRootDecayOptions& options) {
  return {{"initial_learning_rate", &options.initial_learning_rate, range::not_negative},
          {"decay_steps", &options.decay_steps, range::positive},
          {"k", &options.k, range::not_negative},
          {"name", &options.name}};
}

double InverseRootDecay::operator()(std::int64_t step, DType dtype) const {
  return visit_floating(dtype, [&]<class T>() -> double {
    const std::int64_t epoch = step / options_.decay_steps + 1;
    return static_cast<T>(options_.k) / std::sqrt(static_cast<T>(epoch)) *
           static_cast<T>(options_.initial_learning_rate);
  });
}

}  // namespace taper::optim
