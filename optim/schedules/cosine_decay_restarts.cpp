// CosineDecayRestarts.
#include <cmath>
#include <numbers>

#include <taper/optim/schedules/cosine_decay_restarts.h>

namespace taper::optim {
namespace {

constexpr Range at_least_1{[](double x) { return x >= 1 && std::isfinite(x); }, "finite and at least 1"};

}  // namespace

Fields fields(CosineDecayRestartsOptions& options) {
  return {{"initial_learning_rate", &options.initial_learning_rate, range::not_negative},
          {"first_decay_steps", &options.first_decay_steps, range::positive},
          {"t_mul", &options.t_mul, at_least_1},
          {"m_mul", &options.m_mul, range::not_negative},
          {"alpha", &options.alpha, range::closed_fraction},
          {"name", &options.name}};
}

double CosineDecayRestarts::operator()(std::int64_t step, DType dtype) const {
  return visit_floating(dtype, [&]<class T>() -> double {
    const T t_mul = static_cast<T>(options_.t_mul), alpha = static_cast<T>(options_.alpha);
    T passed = static_cast<T>(step) / static_cast<T>(options_.first_decay_steps), restarts;
    if (t_mul == 1) {
      restarts = std::floor(passed);
      passed -= restarts;
    } else {
      restarts = std::floor(std::log(1 - passed * (1 - t_mul)) / std::log(t_mul));
      const T longer = std::pow(t_mul, restarts);
      passed = (passed - (1 - longer) / (1 - t_mul)) / longer;
    }
    const T wave = T(0.5) * std::pow(static_cast<T>(options_.m_mul), restarts) *
                   (1 + std::cos(std::numbers::pi_v<T> * passed));
    return static_cast<T>(options_.initial_learning_rate) * ((1 - alpha) * wave + alpha);
  });
}

}  // namespace taper::optim
