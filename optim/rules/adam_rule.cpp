// Adam's rule: the constants of a step.
#include <cmath>

#include <taper/optim/rules/adam_rule.h>

namespace taper::optim {

FusedRule adam_rule(const AdamRule& with, std::int64_t step, DType dtype) {
  const double alpha = visit_floating(dtype, [&]<class T>() -> double {
    const auto corrected = [&](double beta) {
      return static_cast<T>(bias_correction(stored(beta, with.generation), step, dtype));
    };
    const T rate = static_cast<T>(stored(with.rate, with.generation));
    return rate * std::sqrt(corrected(with.beta_2)) / corrected(with.beta_1);
  });
  const auto rule = [&]<bool amsgrad>() -> FusedRule {
    return update::Adam<double, amsgrad>{.alpha = alpha,
                                         .one_minus_beta_1 = one_minus(with.beta_1, dtype, with.generation),
                                         .one_minus_beta_2 = one_minus(with.beta_2, dtype, with.generation),
                                         .epsilon = stored_epsilon(with.epsilon, with.generation)};
  };
  return with.amsgrad ? rule.operator()<true>() : rule.operator()<false>();
}

}  // namespace taper::optim
