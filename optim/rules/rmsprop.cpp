// RMSprop.
#include <taper/optim/fused.h>
#include <taper/optim/rules/rmsprop.h>

namespace taper::optim {

Fields fields(RMSpropOptions& options) {
  return {{"rho", &options.rho, range::fraction},
          {"momentum", &options.momentum, range::fraction},
          {"epsilon", &options.epsilon, range::not_negative},
          {"centered", &options.centered},
          {"generation", &options.generation}};
}

std::optional<FusedRule> RMSprop::fused(const Step& at) const {
  const Generation generation = options_.generation;
  const bool centered = options_.centered, outside = generation == Generation::tf_keras_2_3;
  const auto pytorch = [&]<bool... flags>()->FusedRule {
    return update::PyTorchRmsprop<double, flags...>{.learning_rate = at.learning_rate,
                                                    .rho = options_.rho,
                                                    .one_minus_rho = 1 - options_.rho,
                                                    .epsilon = options_.epsilon,
                                                    .momentum = options_.momentum};
  };
  if (generation == Generation::pytorch && options_.momentum > 0)
    return centered ? pytorch.operator()<true, true>() : pytorch.operator()<false, true>();
  if (generation == Generation::pytorch)
    return centered ? pytorch.operator()<true, false>() : pytorch.operator()<false, false>();
  const auto rule = [&]<bool... flags>()->FusedRule {
    return update::Rmsprop<double, flags...>{.learning_rate = stored(at.learning_rate, generation),
                                             .rho = stored(options_.rho, generation),
                                             .one_minus_rho = one_minus(options_.rho, at.dtype(), generation),
                                             .epsilon = stored_epsilon(options_.epsilon, generation),
                                             .momentum = stored(options_.momentum, generation)};
  };
  if (options_.momentum > 0) return centered ? rule.operator()<true, true>() : rule.operator()<false, true>();
  if (outside) return centered ? rule.operator()<true, false, true>() : rule.operator()<false, false, true>();
  return centered ? rule.operator()<true, false>() : rule.operator()<false, false>();
}

}  // namespace taper::optim
