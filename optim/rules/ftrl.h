// Ftrl: follow the regularized leader, an optimizer for sparse models.
#pragma once

#include <taper/optim/generation.h>
#include <taper/optim/optimizer.h>

namespace taper::optim {

struct FtrlOptions {
  static constexpr const char* class_name = "Ftrl";
  LearningRate learning_rate = 0.001;
  /// The exponent with which the learning rate of an element decreases with the sum of its squared gradients;
  /// not positive. 0 means a constant learning rate.
  double learning_rate_power = -0.5;
  double initial_accumulator_value = 0.1;
  /// L1 penalty: a weight is 0 while |z| (see below) is not larger than this.
  double l1_regularization_strength = 0;
  double l2_regularization_strength = 0;
  /// An L2 penalty that is added to the gradient.
  double l2_shrinkage_regularization_strength = 0;
  /// The beta of the paper. tf.keras 2.3 does not have it: it must be 0 there.
  double beta = 0;
  Generation generation = Generation::keras_3;
  TAPER_OPTIMIZER_OPTIONS;
};
Fields fields(FtrlOptions& options);

/// With p = -learning_rate_power, l1 and l2 the strengths, l2' = l2 + beta / (2 * learning_rate):
/// N = n + g^2; z += g + 2 * l2_shrinkage * w - (N^p - n^p) / learning_rate * w;
/// w = (clip(z, -l1, l1) - z) / (N^p / learning_rate + 2 * l2'); n = N (McMahan et al., 2013).
/// Slots: accumulator n, linear z. keras.optimizers.Ftrl.
///
/// Use: Linear models of many features, most of which end at 0.
/// Paper: https://doi.org/10.1145/2487575.2488200
class Ftrl : public OptimizerWith<FtrlOptions> {
 public:
  /// Throws what the base class throws, and ValueError for beta != 0 with Generation::tf_keras_2_3.
  explicit Ftrl(const Parameters& parameters, const Options& options = {});

 private:
  std::optional<FusedRule> fused(const Step& at) const override;
};

}  // namespace taper::optim
