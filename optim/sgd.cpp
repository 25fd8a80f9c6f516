// SGD.
#include <taper/optim/fused.h>
#include <taper/optim/sgd.h>

namespace taper::optim {

Fields fields(SGDOptions& options) {
  return {{"momentum", &options.momentum, range::fraction}, {"nesterov", &options.nesterov}};
}

std::optional<FusedRule> SGD::fused(DType) const {
  if (options_.momentum == 0) return FusedRule{kernels::Update::sgd, {learning_rate()}};
  return FusedRule{options_.nesterov ? kernels::Update::sgd_nesterov : kernels::Update::sgd_momentum,
                   {learning_rate(), options_.momentum},
                   {{"momentum"}}};
}

}  // namespace taper::optim
