// Ftrl: follow the regularized leader, which makes sparse models.
#pragma once

#include <taper/optim/generation.h>
#include <taper/optim/optimizer.h>

namespace taper::optim {

struct FtrlOptions {
  static constexpr const char* class_name = "Ftrl";
  LearningRate learning_rate = 0.001;
  /// How the learning rate of an element shrinks with its squared gradients; not positive. 0: not at all.
  double learning_rate_power = -0.5;
  double initial_accumulator_value = 0.1;
  /// Weights whose evidence is less than this become 0.
  double l1_regularization_strength = 0;
  double l2_regularization_strength = 0;
  /// A penalty on the weights themselves, added to the gradient.
  double l2_shrinkage_regularization_strength = 0;
  /// The paper's beta; not in tf.keras 2.3.
  double beta = 0;
  Generation generation = Generation::keras_3;
  TAPER_OPTIMIZER_OPTIONS;
};
Fields fields(FtrlOptions& options);

/// With p = -learning_rate_power, l1 and l2 the strengths, l2' = l2 + beta / (2 * learning_rate):
/// N = n + g^2; z += g + 2 * l2_shrinkage * w - (N^p - n^p) / learning_rate * w;
/// w = (clip(z, -l1, l1) - z) / (N^p / learning_rate + 2 * l2'); n = N (McMahan et al., 2013).
/// Slots: accumulator n, linear z. keras.optimizers.Ftrl.
class Ftrl : public OptimizerWith<FtrlOptions> {
 public:
  /// Throws ValueError, besides, for beta in tf.keras 2.3.
  explicit Ftrl(const Parameters& parameters, const Options& options = {});

 private:
  std::optional<FusedRule> fused(const Step& at) const override;
};

}  // namespace taper::optim
