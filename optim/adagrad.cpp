// Adagrad.
#include <taper/optim/adagrad.h>
#include <taper/optim/fused.h>

namespace taper::optim {

Fields fields(AdagradOptions& options) {
  return {{"initial_accumulator_value", &options.initial_accumulator_value, range::not_negative},
          {"epsilon", &options.epsilon, range::not_negative},
          {"generation", &options.generation}};
}

std::optional<FusedRule> Adagrad::fused(DType) const {
  using kernels::Update;
  return FusedRule{
      options_.generation == Generation::keras_3 ? Update::adagrad : Update::adagrad_outside,
      {kept(learning_rate(), options_.generation), kept_epsilon(options_.epsilon, options_.generation)},
      {{"accumulator", options_.initial_accumulator_value}}};
}

}  // namespace taper::optim
