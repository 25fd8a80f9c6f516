// CosineDecay.
#include <algorithm>
#include <cmath>
#include <numbers>

#include <taper/optim/schedules/cosine_decay.h>

namespace taper::optim {

Fields fields(CosineDecayOptions& options) {
  return {{"initial_learning_rate", &options.initial_learning_rate, range::not_negative},
          {"decay_steps", &options.decay_steps, range::positive},
          {"alpha", &options.alpha, range::closed_fraction},
          {"name", &options.name},
          {"warmup_target", &options.warmup_target, range::not_negative, true},
          {"warmup_steps", &options.warmup_steps, range::not_negative}};
}

double CosineDecay::operator()(std::int64_t step, DType dtype) const {
  return visit_floating(dtype, [&]<class T>() -> double {
    const T steps = static_cast<T>(options_.decay_steps),
            initial = static_cast<T>(options_.initial_learning_rate);
    const bool warm = options_.warmup_target > 0;
    const T warmup = warm ? static_cast<T>(options_.warmup_steps) : 0;
    const T top = warm ? static_cast<T>(options_.warmup_target) : initial;
    const T at = std::min(static_cast<T>(step), steps + warmup);
    if (at < warmup) return (top - initial) * (at / warmup) + initial;
    const T wave = T(0.5) * (1 + std::cos(std::numbers::pi_v<T> * ((at - warmup) / steps)));
    return top * (static_cast<T>(1 - options_.alpha) * wave + static_cast<T>(options_.alpha));
  });
}

}  // namespace taper::optim
