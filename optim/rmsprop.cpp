// RMSprop.
#include <taper/optim/check.h>
#include <taper/optim/fused.h>
#include <taper/optim/rmsprop.h>

namespace taper::optim {

RMSprop::RMSprop(const Parameters& parameters, const Options& options)
    : Optimizer(parameters, shared_options(options), "RMSprop"), options_(options) {
  check_fraction("RMSprop", "rho", options.rho);
  check_fraction("RMSprop", "momentum", options.momentum);
  check_not_negative("RMSprop", "epsilon", options.epsilon);
}

std::optional<FusedRule> RMSprop::fused(DType) const {
  using kernels::Update;
  const double rho = options_.rho;
  FusedRule rule{
      Update::rmsprop, {learning_rate(), rho, 1 - rho, options_.epsilon, options_.momentum}, {{"velocity"}}};
  const bool centered = options_.centered, momentum = options_.momentum > 0;
  if (centered) rule.slots[1] = {"average_gradient"};
  if (momentum) rule.slots[1 + centered] = {"momentum"};
  if (momentum || centered)
    rule.kernel = !momentum  ? Update::rmsprop_centered
                  : centered ? Update::rmsprop_centered_momentum
                             : Update::rmsprop_momentum;
  return rule;
}

}  // namespace taper::optim
