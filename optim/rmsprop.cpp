// RMSprop.
#include <taper/optim/fused.h>
#include <taper/optim/rmsprop.h>

namespace taper::optim {

Fields fields(RMSpropOptions& options) {
  return {{"rho", &options.rho, range::fraction},
          {"momentum", &options.momentum, range::fraction},
          {"epsilon", &options.epsilon, range::not_negative},
          {"centered", &options.centered}};
}

std::optional<FusedRule> RMSprop::fused(DType) const {
  using kernels::Update;
  const double rho = options_.rho;
  FusedRule rule{
      Update::rmsprop, {learning_rate(), rho, 1 - rho, options_.epsilon, options_.momentum}, {{"velocity"}}};
  const bool centered = options_.centered, momentum = options_.momentum > 0;
  if (centered) rule.slots[1] = {"average_gradient", 0, 2};
  if (momentum) rule.slots[1 + centered] = {"momentum", 0, 1};
  if (momentum || centered)
    rule.kernel = !momentum  ? Update::rmsprop_centered
                  : centered ? Update::rmsprop_centered_momentum
                             : Update::rmsprop_momentum;
  return rule;
}

}  // namespace taper::optim
