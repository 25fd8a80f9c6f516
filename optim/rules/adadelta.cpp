// Adadelta.
#include <taper/optim/fused.h>
#include <taper/optim/rules/adadelta.h>

namespace taper::optim {

Fields fields(AdadeltaOptions& options) {
  return {{"rho", &options.rho, range::fraction},
          {"epsilon", &options.epsilon, range::not_negative},
          {"generation", &options.generation}};
}

std::optional<FusedRule> Adadelta::fused(const Step& at) const {
  const Generation generation = options_.generation;
  return update::Adadelta<double>{.learning_rate = stored(at.learning_rate, generation),
                                  .rho = stored(options_.rho, generation),
                                  .one_minus_rho = one_minus(options_.rho, at.dtype(), generation),
                                  .epsilon = stored_epsilon(options_.epsilon, generation)};
}

}  // namespace taper::optim
