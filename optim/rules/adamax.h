// Adamax: Adam with the infinity norm of past gradients instead of the average of their squares.
#pragma once

#include <taper/optim/generation.h>
#include <taper/optim/optimizer.h>

namespace taper::optim {

struct AdamaxOptions {
  static constexpr const char* class_name = "Adamax";
  LearningRate learning_rate = 0.001;
  /// The decay rates of the average of the gradient (beta_1) and of its largest absolute value (beta_2); in
  /// [0, 1).
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-7;
  Generation generation = Generation::keras_3;
  TAPER_OPTIMIZER_OPTIONS;
};
Fields fields(AdamaxOptions& options);

/// m += (1 - beta_1) * (g - m), u = max(beta_2 * u, |g|), then
/// w -= learning_rate * m / ((1 - beta_1^t) * (u + epsilon)) at step t = 1, 2, ... (Kingma, Ba, 2014).
/// Slots: momentum m, norm u. keras.optimizers.Adamax.
/// In the generation pytorch (torch.optim.Adamax), u = max(beta_2 * u, |g| + epsilon), then
/// w -= learning_rate * m / ((1 - beta_1^t) * u).
///
/// Use: Adam whose steps are set by the largest gradients of late, not by their mean.
/// Paper: https://arxiv.org/abs/1412.6980
class Adamax : public OptimizerWith<AdamaxOptions> {
 public:
  using OptimizerWith::OptimizerWith;

 private:
  std::optional<FusedRule> fused(const Step& at) const override;
};

}  // namespace taper::optim
