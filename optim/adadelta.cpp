// Adadelta.
#include <taper/optim/adadelta.h>
#include <taper/optim/fused.h>

namespace taper::optim {

Fields fields(AdadeltaOptions& options) {
  return {{"rho", &options.rho, range::fraction},
          {"epsilon", &options.epsilon, range::not_negative},
          {"generation", &options.generation}};
}

std::optional<FusedRule> Adadelta::fused(DType dtype) const {
  const Generation generation = options_.generation;
  return FusedRule{kernels::Update::adadelta,
                   {kept(learning_rate(), generation), kept(options_.rho, generation),
                    rest(options_.rho, dtype, generation), kept_epsilon(options_.epsilon, generation)},
                   {{"accumulated_grad"}, {"accumulated_delta_var"}}};
}

}  // namespace taper::optim
