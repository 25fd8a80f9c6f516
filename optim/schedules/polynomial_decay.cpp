// PolynomialDecay.
#include <algorithm>
#include <cmath>

#include <taper/optim/schedules/polynomial_decay.h>

namespace taper::optim {

Fields fields(PolynomialDecayOptions& options) {
  return {{"initial_learning_rate", &options.initial_learning_rate, range::not_negative},
          {"decay_steps", &options.decay_steps, range::positive},
          {"end_learning_rate", &options.end_learning_rate, range::not_negative},
          {"power", &options.power, range::not_negative},
          {"cycle", &options.cycle},
          {"name", &options.name}};
}

double PolynomialDecay::operator()(std::int64_t step, DType dtype) const {
  return visit_floating(dtype, [&]<class T>() -> double {
    T at = static_cast<T>(step), steps = static_cast<T>(options_.decay_steps);
    if (options_.cycle)
      steps *= at == 0 ? 1 : std::ceil(at / steps);
    else
      at = std::min(at, steps);
    const T end = static_cast<T>(options_.end_learning_rate);
    return (static_cast<T>(options_.initial_learning_rate) - end) *
               std::pow(1 - at / steps, static_cast<T>(options_.power)) +
           end;
  });
}

}  // namespace taper::optim
