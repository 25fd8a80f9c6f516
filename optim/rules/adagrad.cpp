// Adagrad.
#include <taper/optim/fused.h>
#include <taper/optim/rules/adagrad.h>

namespace taper::optim {

Fields fields(AdagradOptions& options) {
  return {
      {"initial_accumulator_value", &options.initial_accumulator_value, range::not_negative},
      {"epsilon", &options.epsilon, range::not_negative},
      {.name = "lr_decay", .value = &options.lr_decay, .range = range::not_negative, .pytorch_only = true},
      {"generation", &options.generation}};
}

std::optional<FusedRule> Adagrad::fused(const Step& at) const {
  const Generation generation = options_.generation;
  const double rate = at.learning_rate / (1 + static_cast<double>(update_number(at) - 1) * options_.lr_decay);
  const auto rule = [&]<bool epsilon_outside>() -> FusedRule {
    return update::Adagrad<double, epsilon_outside>{.learning_rate = stored(rate, generation),
                                                    .epsilon = stored_epsilon(options_.epsilon, generation)};
  };
  FusedRule result = generation == Generation::keras_3 ? rule.operator()<false>() : rule.operator()<true>();
  result.slots()[0].initial = options_.initial_accumulator_value;
  return result;
}

}  // namespace taper::optim
