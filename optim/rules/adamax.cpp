// Adamax.
#include <taper/optim/fused.h>
#include <taper/optim/rules/adamax.h>

namespace taper::optim {

Fields fields(AdamaxOptions& options) {
  return {{"beta_1", &options.beta_1, range::fraction},
          {"beta_2", &options.beta_2, range::fraction},
          {"epsilon", &options.epsilon, range::not_negative},
          {"generation", &options.generation}};
}

std::optional<FusedRule> Adamax::fused(const Step& at) const {
  const Generation generation = options_.generation;
  if (generation == Generation::pytorch)
    return update::PyTorchAdamax<double>{
        .rate = at.learning_rate / bias_correction(options_.beta_1, update_number(at), DType::float64),
        .one_minus_beta_1 = 1 - options_.beta_1,
        .beta_2 = options_.beta_2,
        .epsilon = options_.epsilon};
  const double beta_1 = stored(options_.beta_1, generation);
  return update::Adamax<double>{.learning_rate = stored(at.learning_rate, generation),
                                .one_minus_beta_1 = one_minus(options_.beta_1, at.dtype(), generation),
                                .beta_2 = stored(options_.beta_2, generation),
                                .epsilon = stored_epsilon(options_.epsilon, generation),
                                .correction = bias_correction(beta_1, iterations() + 1, at.dtype())};
}

}  // namespace taper::optim
