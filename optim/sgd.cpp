// SGD.
#include <taper/optim/fused.h>
#include <taper/optim/sgd.h>

namespace taper::optim {

Fields fields(SGDOptions& options) {
  return {{"momentum", &options.momentum, range::fraction},
          {"nesterov", &options.nesterov},
          {"generation", &options.generation}};
}

std::optional<FusedRule> SGD::fused(DType) const {
  using kernels::Update;
  const double rate = kept(learning_rate(), options_.generation);
  if (options_.momentum == 0) return FusedRule{Update::sgd, {rate}};
  return FusedRule{options_.nesterov ? Update::sgd_nesterov : Update::sgd_momentum,
                   {rate, kept(options_.momentum, options_.generation)},
                   {{"momentum"}}};
}

}  // namespace taper::optim
