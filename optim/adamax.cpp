// Adamax.
#include <taper/optim/adamax.h>
#include <taper/optim/fused.h>

namespace taper::optim {

Fields fields(AdamaxOptions& options) {
  return {{"beta_1", &options.beta_1, range::fraction},
          {"beta_2", &options.beta_2, range::fraction},
          {"epsilon", &options.epsilon, range::not_negative},
          {"generation", &options.generation}};
}

std::optional<FusedRule> Adamax::fused(DType dtype) const {
  const Generation generation = options_.generation;
  const double beta_1 = kept(options_.beta_1, generation);
  return FusedRule{kernels::Update::adamax,
                   {kept(learning_rate(), generation), rest(options_.beta_1, dtype, generation),
                    kept(options_.beta_2, generation), kept_epsilon(options_.epsilon, generation),
                    correction(beta_1, iterations() + 1, dtype)},
                   {{"momentum"}, {"norm"}}};
}

}  // namespace taper::optim
