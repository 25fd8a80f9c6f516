// Adam.
#include <taper/optim/rules/adam.h>
#include <taper/optim/rules/adam_rule.h>

namespace taper::optim {

Fields fields(AdamOptions& options) {
  return {{"beta_1", &options.beta_1, range::fraction},
          {"beta_2", &options.beta_2, range::fraction},
          {"epsilon", &options.epsilon, range::not_negative},
          {"amsgrad", &options.amsgrad},
          {.name = "decoupled_weight_decay", .value = &options.decoupled_weight_decay, .pytorch_only = true},
          {"generation", &options.generation}};
}

std::optional<FusedRule> Adam::fused(const Step& at) const {
  return adam_rule({.rate = at.learning_rate,
                    .beta_1 = options_.beta_1,
                    .beta_2 = options_.beta_2,
                    .epsilon = options_.epsilon,
                    .amsgrad = options_.amsgrad,
                    .generation = options_.generation},
                   update_number(at), at.dtype());
}

}  // namespace taper::optim
