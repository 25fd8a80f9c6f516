// Lion: steps of a constant size, with the sign of a moving average of the gradient.
#pragma once

#include <taper/optim/optimizer.h>

namespace taper::optim {

struct LionOptions {
  static constexpr const char* class_name = "Lion";
  LearningRate learning_rate = 0.001;
  /// The weight of the momentum in the direction of the step, in (0, 1], and the decay rate of the momentum,
  /// in [0, 1).
  double beta_1 = 0.9;
  double beta_2 = 0.99;
  TAPER_OPTIMIZER_OPTIONS;
};
Fields fields(LionOptions& options);

/// w -= learning_rate * sign(beta_1 * m + (1 - beta_1) * g), then m = beta_2 * m + (1 - beta_2) * g
/// (Chen et al., 2023). Slot: momentum m. keras.optimizers.Lion.
///
/// Use: One slot rather than two. Take a third to a tenth of Adam's learning rate, and larger decay.
/// Paper: https://arxiv.org/abs/2302.06675
class Lion : public OptimizerWith<LionOptions> {
 public:
  using OptimizerWith::OptimizerWith;

 private:
  std::optional<FusedRule> fused(const Step& at) const override;
};

}  // namespace taper::optim
