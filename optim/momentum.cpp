// Momentum.
#include <taper/optim/fused.h>
#include <taper/optim/momentum.h>

namespace taper::optim {

Fields fields(MomentumOptions& options) {
  return {{"momentum", &options.momentum, range::fraction}, {"nesterov", &options.nesterov}};
}

std::optional<FusedRule> Momentum::fused(DType) const {
  return FusedRule{options_.nesterov ? kernels::Update::momentum_nesterov : kernels::Update::momentum,
                   {learning_rate(), options_.momentum},
                   {{"velocity"}}};
}

}  // namespace taper::optim
