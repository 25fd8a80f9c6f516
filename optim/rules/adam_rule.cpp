// Adam's rule: the constants of a step.
#include <cmath>

#include <taper/optim/rules/adam_rule.h>

namespace taper::optim {

namespace {

FusedRule pytorch_rule(const AdamRule& with, std::int64_t step) {
  const auto corrected = [&](double beta) { return bias_correction(beta, step, DType::float64); };
  const auto rule = [&]<bool amsgrad>() -> FusedRule {
    return update::PyTorchAdam<double, amsgrad>{.rate = with.rate / corrected(with.beta_1),
                                                .one_minus_beta_1 = 1 - with.beta_1,
                                                .beta_2 = with.beta_2,
                                                .one_minus_beta_2 = 1 - with.beta_2,
                                                .epsilon = with.epsilon,
                                                .correction = std::sqrt(corrected(with.beta_2))};
  };
  return with.amsgrad ? rule.operator()<true>() : rule.operator()<false>();
}

}  // namespace

FusedRule adam_rule(const AdamRule& with, std::int64_t step, DType dtype) {
  if (with.generation == Generation::pytorch) return pytorch_rule(with, step);
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
