// Ftrl.
#include <taper/optim/fused.h>
#include <taper/optim/rules/ftrl.h>
#include <taper/tensor/error.h>

namespace taper::optim {

Fields fields(FtrlOptions& options) {
  return {{"learning_rate_power", &options.learning_rate_power, range::not_positive},
          {"initial_accumulator_value", &options.initial_accumulator_value, range::not_negative},
          {"l1_regularization_strength", &options.l1_regularization_strength, range::not_negative},
          {"l2_regularization_strength", &options.l2_regularization_strength, range::not_negative},
          {"l2_shrinkage_regularization_strength", &options.l2_shrinkage_regularization_strength,
           range::not_negative},
          {"beta", &options.beta, range::not_negative},
          {"generation", &options.generation}};
}

Ftrl::Ftrl(const Parameters& parameters, const Options& options) : OptimizerWith(parameters, options) {
  if (options.generation == Generation::tf_keras_2_3 && options.beta != 0)
    throw ValueError("Ftrl: tf.keras 2.3 has no beta; leave it 0 or choose Generation::keras_3");
  if (options.generation == Generation::pytorch)
    throw ValueError("Ftrl: PyTorch has no Ftrl; choose Generation::keras_3");
}

std::optional<FusedRule> Ftrl::fused(const Step& at) const {
  const auto own = [&](double value) { return stored(value, options_.generation); };
  const double rate = own(at.learning_rate);
  const double twice_l2 = visit_floating(at.dtype(), [&]<class T>() -> double {
    return 2 * (static_cast<T>(own(options_.l2_regularization_strength)) +
                static_cast<T>(options_.beta) / (2 * static_cast<T>(rate)));
  });
  const auto rule = [&]<bool square_root>() -> FusedRule {
    return update::Ftrl<double, square_root>{
        .learning_rate = rate,
        .power = -own(options_.learning_rate_power),
        .l1 = own(options_.l1_regularization_strength),
        .twice_l2 = twice_l2,
        .twice_shrinkage = 2 * own(options_.l2_shrinkage_regularization_strength)};
  };
  FusedRule result =
      options_.learning_rate_power == -0.5 ? rule.operator()<true>() : rule.operator()<false>();
  result.slots()[0].initial = options_.initial_accumulator_value;
  return result;
}

}  // namespace taper::optim
