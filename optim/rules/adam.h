// Adam: the average gradient divided by the root of the average squared gradient, with bias correction.
#pragma once

#include <taper/optim/generation.h>
#include <taper/optim/optimizer.h>

namespace taper::optim {

struct AdamOptions {
  static constexpr const char* class_name = "Adam";
  LearningRate learning_rate = 0.001;
  /// The decay rates of the moving averages of the gradient (beta_1) and of its square (beta_2); in [0, 1).
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  /// The paper's "epsilon hat": added to the square root of the average before its bias correction.
  double epsilon = 1e-7;
  /// Use the largest average of the squared gradient so far (AMSGrad; Reddi, Kale, Kumar, 2018).
  bool amsgrad = false;
  /// Only in the generation pytorch: weight decay as in AdamW, not added to the gradient.
  bool decoupled_weight_decay = false;
  Generation generation = Generation::keras_3;
  TAPER_OPTIMIZER_OPTIONS;
};
Fields fields(AdamOptions& options);

/// m += (1 - beta_1) * (g - m), v += (1 - beta_2) * (g^2 - v), then w -= alpha * m / (sqrt(v) + epsilon)
/// with alpha = learning_rate * sqrt(1 - beta_2^t) / (1 - beta_1^t) at step t = 1, 2, ... (Kingma, Ba, 2014).
/// With amsgrad, the largest v so far replaces v. Slots: momentum m, velocity v, and with amsgrad
/// velocity_hat. keras.optimizers.Adam.
/// In the generation pytorch (torch.optim.Adam), epsilon is added after the bias correction of v:
/// w -= learning_rate / (1 - beta_1^t) * m / (sqrt(v) / sqrt(1 - beta_2^t) + epsilon).
///
/// Use: The first to try: little tuning, few surprises.
/// Paper: https://arxiv.org/abs/1412.6980
class Adam : public OptimizerWith<AdamOptions> {
 public:
  using OptimizerWith::OptimizerWith;

 private:
  std::optional<FusedRule> fused(const Step& at) const override;
};

}  // namespace taper::optim
