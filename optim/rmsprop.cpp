// RMSprop.
#include <taper/optim/fused.h>
#include <taper/optim/rmsprop.h>

namespace taper::optim {

Fields fields(RMSpropOptions& options) {
  return {{"rho", &options.rho, range::fraction},
          {"momentum", &options.momentum, range::fraction},
          {"epsilon", &options.epsilon, range::not_negative},
          {"centered", &options.centered},
          {"generation", &options.generation}};
}

std::optional<FusedRule> RMSprop::fused(DType dtype) const {
  using kernels::Update;
  const Generation generation = options_.generation;
  const bool centered = options_.centered, momentum = options_.momentum > 0,
             outside = generation == Generation::tf_keras_2_3;
  FusedRule rule{Update::rmsprop,
                 {kept(learning_rate(), generation), kept(options_.rho, generation),
                  rest(options_.rho, dtype, generation), kept_epsilon(options_.epsilon, generation),
                  kept(options_.momentum, generation)},
                 {{"velocity"}}};
  if (centered) rule.slots[1] = {"average_gradient", 0, 2};
  if (momentum) rule.slots[1 + centered] = {"momentum", 0, 1};
  if (momentum)
    rule.kernel = centered ? Update::rmsprop_centered_momentum : Update::rmsprop_momentum;
  else if (centered)
    rule.kernel = outside ? Update::rmsprop_centered_outside : Update::rmsprop_centered;
  else if (outside)
    rule.kernel = Update::rmsprop_outside;
  return rule;
}

}  // namespace taper::optim
