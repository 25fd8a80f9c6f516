// Momentum.
#include <taper/optim/fused.h>
#include <taper/optim/rules/momentum.h>

namespace taper::optim {

Fields fields(MomentumOptions& options) {
  return {{"momentum", &options.momentum, range::fraction}, {"nesterov", &options.nesterov}};
}

std::optional<FusedRule> Momentum::fused(DType) const {
  const double rate = learning_rate(), momentum = options_.momentum;
  if (options_.nesterov) return update::Momentum<double, true>{.learning_rate = rate, .momentum = momentum};
  return update::Momentum<double, false>{.learning_rate = rate, .momentum = momentum};
}

}  // namespace taper::optim
