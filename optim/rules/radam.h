// RAdam: Adam that does not trust its average of squared gradients before it has seen enough of them.
#pragma once

#include <taper/optim/generation.h>
#include <taper/optim/optimizer.h>

namespace taper::optim {

struct RAdamOptions {
  static constexpr const char* class_name = "RAdam";
  static constexpr const char* module = "taper.optim";  // Keras has none
  static constexpr Generation generation = Generation::pytorch;
  LearningRate learning_rate = 0.001;
  /// The decay rates of the moving averages of the gradient (beta_1) and of its square (beta_2); in [0, 1).
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-8;
  /// Decay the weights themselves, rather than by adding weight_decay * w to the gradient.
  bool decoupled_weight_decay = false;
  TAPER_OPTIMIZER_OPTIONS;
};
Fields fields(RAdamOptions& options);

/// m and v as in Adam; r = R - 2 * t * beta_2^t / (1 - beta_2^t) with R = 2 / (1 - beta_2) - 1 tells how many
/// squares the average v stands for at step t = 1, 2, ... If r > 5,
/// w -= learning_rate * c * m / (1 - beta_1^t) * sqrt(1 - beta_2^t) / (sqrt(v) + epsilon)
/// with c = sqrt((r - 4) * (r - 2) * R / ((R - 4) * (R - 2) * r)), else
/// w -= learning_rate * m / (1 - beta_1^t) (Liu et al., 2019). Slots: momentum m, velocity v.
/// torch.optim.RAdam, whose defaults these are.
///
/// Use: Adam without a warmup of the learning rate.
/// Paper: https://arxiv.org/abs/1908.03265
class RAdam : public OptimizerWith<RAdamOptions> {
 public:
  using OptimizerWith::OptimizerWith;

 private:
  std::optional<FusedRule> fused(const Step& at) const override;
};

}  // namespace taper::optim
