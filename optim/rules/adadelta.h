// Adadelta: the gradient times the ratio of the root mean squares of recent steps and recent gradients.
#pragma once

#include <taper/optim/generation.h>
#include <taper/optim/optimizer.h>

namespace taper::optim {

struct AdadeltaOptions {
  static constexpr const char* class_name = "Adadelta";
  LearningRate learning_rate = 0.001;
  /// The decay rate of both moving averages; in [0, 1).
  double rho = 0.95;
  double epsilon = 1e-7;
  Generation generation = Generation::keras_3;
  TAPER_OPTIMIZER_OPTIONS;
};
Fields fields(AdadeltaOptions& options);

/// a = rho * a + (1 - rho) * g^2; d = g * sqrt(s + epsilon) / sqrt(a + epsilon);
/// s = rho * s + (1 - rho) * d^2; w -= learning_rate * d (Zeiler, 2012; there the learning rate is 1).
/// Slots: accumulated_grad a, accumulated_delta_var s. keras.optimizers.Adadelta. The rule of the generation
/// pytorch (torch.optim.Adadelta) is the same.
///
/// Use: Steps have the weights' units. With Keras's default of 0.001 it hardly moves; the paper has 1.
/// Paper: https://arxiv.org/abs/1212.5701
class Adadelta : public OptimizerWith<AdadeltaOptions> {
 public:
  using OptimizerWith::OptimizerWith;

 private:
  std::optional<FusedRule> fused(const Step& at) const override;
};

}  // namespace taper::optim
