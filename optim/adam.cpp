// Adam.
#include <cmath>

#include <taper/optim/adam.h>
#include <taper/optim/fused.h>

namespace taper::optim {

Fields fields(AdamOptions& options) {
  return {{"beta_1", &options.beta_1, range::fraction},
          {"beta_2", &options.beta_2, range::fraction},
          {"epsilon", &options.epsilon, range::not_negative},
          {"amsgrad", &options.amsgrad}};
}

std::optional<FusedRule> Adam::fused(DType dtype) const {
  // In the parameter's dtype, as in Keras: in float32, 1 - beta_2^t has few digits at first.
  const double alpha = visit_floating(dtype, [&]<class T>() -> double {
    const T t = static_cast<T>(iterations() + 1), rate = static_cast<T>(learning_rate());
    const T power_1 = std::pow(static_cast<T>(options_.beta_1), t);
    const T power_2 = std::pow(static_cast<T>(options_.beta_2), t);
    return rate * std::sqrt(1 - power_2) / (1 - power_1);
  });
  FusedRule rule{kernels::Update::adam,
                 {alpha, 1 - options_.beta_1, 1 - options_.beta_2, options_.epsilon},
                 {{"momentum"}, {"velocity"}}};
  if (options_.amsgrad) {
    rule.kernel = kernels::Update::adam_amsgrad;
    rule.slots[2] = {"velocity_hat", 0, 1};
  }
  return rule;
}

}  // namespace taper::optim
