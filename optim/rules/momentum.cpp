// Momentum.
#include <taper/optim/fused.h>
#include <taper/optim/rules/momentum.h>

namespace taper::optim {

Fields fields(MomentumOptions& options) {
  return {{"momentum", &options.momentum, range::fraction}, {"nesterov", &options.nesterov}};
}

std::optional<FusedRule> Momentum::fused(const Step& at) const {
  const double rate = at.learning_rate, momentum = options_.momentum;
  if (options_.nesterov) return update::Momentum<double, true>{.learning_rate = rate, .momentum = momentum};
  return update::Momentum<double, false>{.learning_rate = rate, .momentum = momentum};
}

}  // namespace taper::optim
