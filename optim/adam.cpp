// Adam.
#include <cmath>

#include <taper/optim/adam.h>
#include <taper/optim/check.h>
#include <taper/optim/fused.h>

namespace taper::optim {

Adam::Adam(const Parameters& parameters, const Options& options)
    : Optimizer(parameters, shared_options(options), "Adam"), options_(options) {
  check_fraction("Adam", "beta_1", options.beta_1);
  check_fraction("Adam", "beta_2", options.beta_2);
  check_not_negative("Adam", "epsilon", options.epsilon);
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
    rule.slots[2] = {"velocity_hat"};
  }
  return rule;
}

}  // namespace taper::optim
