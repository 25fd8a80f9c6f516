// SGD.
#include <taper/optim/check.h>
#include <taper/optim/fused.h>
#include <taper/optim/sgd.h>

namespace taper::optim {

SGD::SGD(const Parameters& parameters, const Options& options)
    : Optimizer(parameters, shared_options(options), "SGD"), options_(options) {
  check_fraction("SGD", "momentum", options.momentum);
}

std::optional<FusedRule> SGD::fused(DType) const {
  if (options_.momentum == 0) return FusedRule{kernels::Update::sgd, {learning_rate()}};
  return FusedRule{options_.nesterov ? kernels::Update::sgd_nesterov : kernels::Update::sgd_momentum,
                   {learning_rate(), options_.momentum},
                   {{"momentum"}}};
}

}  // namespace taper::optim
