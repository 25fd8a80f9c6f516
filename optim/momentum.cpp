// Momentum.
#include <taper/optim/check.h>
#include <taper/optim/fused.h>
#include <taper/optim/momentum.h>

namespace taper::optim {

Momentum::Momentum(const Parameters& parameters, const Options& options)
    : Optimizer(parameters, shared_options(options), "Momentum"), options_(options) {
  check_fraction("Momentum", "momentum", options.momentum);
}

std::optional<FusedRule> Momentum::fused(DType) const {
  return FusedRule{options_.nesterov ? kernels::Update::momentum_nesterov : kernels::Update::momentum,
                   {learning_rate(), options_.momentum},
                   {{"velocity"}}};
}

}  // namespace taper::optim
