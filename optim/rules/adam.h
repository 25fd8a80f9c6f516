// Adam: steps from moving averages of the gradient and its square, corrected for their start at 0.
#pragma once

#include <taper/optim/generation.h>
#include <taper/optim/optimizer.h>

namespace taper::optim {

struct AdamOptions {
  static constexpr const char* class_name = "Adam";
  LearningRate learning_rate = 0.001;
  /// What the averages of the gradient and of its square keep of themselves at each step; in [0, 1).
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  /// The paper's "epsilon hat": added to the root of the uncorrected average.
  double epsilon = 1e-7;
  /// Divide by the largest average so far (Reddi, Kale, Kumar, 2018).
  bool amsgrad = false;
  Generation generation = Generation::keras_3;
  TAPER_OPTIMIZER_OPTIONS;
};
Fields fields(AdamOptions& options);

/// m += (1 - beta_1) * (g - m), v += (1 - beta_2) * (g^2 - v), then w -= alpha * m / (sqrt(v) + epsilon) with
/// alpha = learning_rate * sqrt(1 - beta_2^t) / (1 - beta_1^t) in step t = 1, 2, ... (Kingma, Ba, 2014).
/// amsgrad: the largest v so far in its place. Slots: momentum, velocity, velocity_hat with amsgrad.
/// keras.optimizers.Adam; PyTorch adds epsilon after correcting v.
class Adam : public OptimizerWith<AdamOptions> {
 public:
  using OptimizerWith::OptimizerWith;

 private:
  std::optional<FusedRule> fused(const Step& at) const override;
};

}  // namespace taper::optim
