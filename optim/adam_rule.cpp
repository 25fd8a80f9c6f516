// Adam's rule: the constants of a step.
#include <cmath>

#include <taper/optim/adam_rule.h>

namespace taper::optim {

FusedRule adam_rule(const AdamRule& with, std::int64_t step, DType dtype) {
  const double alpha = visit_floating(dtype, [&]<class T>() -> double {
    const auto corrected = [&](double beta) {
      return static_cast<T>(correction(kept(beta, with.generation), step, dtype));
    };
    const T rate = static_cast<T>(kept(with.rate, with.generation));
    return rate * std::sqrt(corrected(with.beta_2)) / corrected(with.beta_1);
  });
  FusedRule rule{kernels::Update::adam,
                 {alpha, rest(with.beta_1, dtype, with.generation), rest(with.beta_2, dtype, with.generation),
                  kept_epsilon(with.epsilon, with.generation)},
                 {{"momentum"}, {"velocity"}}};
  if (with.amsgrad) {
    rule.kernel = kernels::Update::adam_amsgrad;
    rule.slots[2] = {"velocity_hat", 0, 1};
  }
  return rule;
}

}  // namespace taper::optim
