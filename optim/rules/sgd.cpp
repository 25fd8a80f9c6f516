// SGD.
#include <fmt/format.h>

#include <taper/optim/fused.h>
#include <taper/optim/rules/sgd.h>
#include <taper/tensor/error.h>

namespace taper::optim {

Fields fields(SGDOptions& options) {
  return {{"momentum", &options.momentum, range::fraction},
          {"nesterov", &options.nesterov},
          {.name = "dampening", .value = &options.dampening, .pytorch_only = true},
          {"generation", &options.generation}};
}

SGD::SGD(const Parameters& parameters, const Options& options) : OptimizerWith(parameters, options) {
  if (options.generation == Generation::pytorch && options.nesterov &&
      (options.momentum == 0 || options.dampening != 0))
    throw ValueError(fmt::format(
        "SGD: nesterov needs a momentum and no dampening in the generation pytorch, got {} and {}",
        options.momentum, options.dampening));
}

std::optional<FusedRule> SGD::fused(const Step& at) const {
  const double rate = stored(at.learning_rate, options_.generation),
               momentum = stored(options_.momentum, options_.generation);
  if (options_.momentum == 0) return update::Sgd<double>{.learning_rate = rate};
  if (options_.generation == Generation::pytorch) {
    const auto rule = [&]<bool nesterov>() -> FusedRule {
      return update::PyTorchSgd<double, nesterov>{
          .learning_rate = rate, .momentum = momentum, .share = at.updates == 0 ? 1 : 1 - options_.dampening};
    };
    return options_.nesterov ? rule.operator()<true>() : rule.operator()<false>();
  }
  if (options_.nesterov)
    return update::SgdMomentum<double, true>{.learning_rate = rate, .momentum = momentum};
  return update::SgdMomentum<double, false>{.learning_rate = rate, .momentum = momentum};
}

}  // namespace taper::optim
