// RAdam.
#include <cmath>

#include <taper/optim/fused.h>
#include <taper/optim/rules/radam.h>

namespace taper::optim {

Fields fields(RAdamOptions& options) {
  return {{"beta_1", &options.beta_1, range::fraction},
          {"beta_2", &options.beta_2, range::fraction},
          {"epsilon", &options.epsilon, range::not_negative},
          {"decoupled_weight_decay", &options.decoupled_weight_decay}};
}

// In double whatever the dtype, as in PyTorch.
std::optional<FusedRule> RAdam::fused(const Step& at) const {
  const double t = static_cast<double>(update_number(at)), decayed = std::pow(options_.beta_2, t),
               correction = 1 - decayed;
  const double most = 2 / (1 - options_.beta_2) - 1, length = most - 2 * t * decayed / correction;
  const auto rule = [&]<bool rectified>(double factor) -> FusedRule {
    return update::Radam<double, rectified>{
        .rate = at.learning_rate / (1 - std::pow(options_.beta_1, t)) * factor,
        .one_minus_beta_1 = 1 - options_.beta_1,
        .beta_2 = options_.beta_2,
        .one_minus_beta_2 = 1 - options_.beta_2,
        .epsilon = options_.epsilon};
  };
  if (!(length > 5)) return rule.operator()<false>(1);
  const double rectification =
      std::sqrt((length - 4) * (length - 2) * most / ((most - 4) * (most - 2) * length));
  return rule.operator()<true>(rectification * std::sqrt(correction));
}

}  // namespace taper::optim
