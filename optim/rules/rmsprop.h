// RMSprop: steps divided by the root of a moving average of squared gradients.
#pragma once

#include <taper/optim/generation.h>
#include <taper/optim/optimizer.h>

namespace taper::optim {

struct RMSpropOptions {
  static constexpr const char* class_name = "RMSprop";
  LearningRate learning_rate = 0.001;
  /// What the averages keep of themselves at each step; in [0, 1).
  double rho = 0.9;
  /// In [0, 1).
  double momentum = 0;
  /// Added under the root; in tf.keras 2.3 without momentum, outside.
  double epsilon = 1e-7;
  /// Divide by the estimated standard deviation (Graves, 2013) rather than by the root of the second moment.
  bool centered = false;
  Generation generation = Generation::keras_3;
  TAPER_OPTIMIZER_OPTIONS;
};
Fields fields(RMSpropOptions& options);

/// v = rho * v + (1 - rho) * g^2, then w -= learning_rate * g / sqrt(v + epsilon) (Hinton, 2012).
/// Centered: a = rho * a + (1 - rho) * g, and v - a^2 in place of v under the root. With momentum, the step
/// goes through p = momentum * p + step and w -= p. Slots: velocity, average_gradient if centered, momentum
/// if that is not 0. keras.optimizers.RMSprop; PyTorch adds epsilon outside the root.
class RMSprop : public OptimizerWith<RMSpropOptions> {
 public:
  using OptimizerWith::OptimizerWith;

 private:
  std::optional<FusedRule> fused(const Step& at) const override;
};

}  // namespace taper::optim
