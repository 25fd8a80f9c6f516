// AdamW.
#include <taper/optim/rules/adam_rule.h>
#include <taper/optim/rules/adamw.h>
#include <taper/tensor/error.h>

namespace taper::optim {

Fields fields(AdamWOptions& options) {
  return {{"beta_1", &options.beta_1, range::fraction},
          {"beta_2", &options.beta_2, range::fraction},
          {"epsilon", &options.epsilon, range::not_negative},
          {"amsgrad", &options.amsgrad},
          {"weight_decay", &options.weight_decay, range::not_negative},
          {"generation", &options.generation}};  // Keras does not allow None here
}

AdamW::AdamW(const Parameters& parameters, const Options& options) : OptimizerWith(parameters, options) {
  if (options.generation == Generation::tf_keras_2_3)
    throw ValueError("AdamW: tf.keras 2.3 has no AdamW; choose Generation::keras_3 or pytorch");
}

std::optional<FusedRule> AdamW::fused(const Step& at) const {
  return adam_rule({.rate = at.learning_rate,
                    .beta_1 = options_.beta_1,
                    .beta_2 = options_.beta_2,
                    .epsilon = options_.epsilon,
                    .amsgrad = options_.amsgrad,
                    .generation = options_.generation},
                   update_number(at), at.dtype());
}

}  // namespace taper::optim
