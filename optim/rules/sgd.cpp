// SGD.
#include <taper/optim/fused.h>
#include <taper/optim/rules/sgd.h>

namespace taper::optim {

Fields fields(SGDOptions& options) {
  return {{"momentum", &options.momentum, range::fraction},
          {"nesterov", &options.nesterov},
          {"generation", &options.generation}};
}

std::optional<FusedRule> SGD::fused(const Step& at) const {
  const double rate = stored(at.learning_rate, options_.generation),
               momentum = stored(options_.momentum, options_.generation);
  if (options_.momentum == 0) return update::Sgd<double>{.learning_rate = rate};
  if (options_.nesterov)
    return update::SgdMomentum<double, true>{.learning_rate = rate, .momentum = momentum};
  return update::SgdMomentum<double, false>{.learning_rate = rate, .momentum = momentum};
}

}  // namespace taper::optim
