// Adagrad: the gradient divided by the square root of the sum of all squared gradients so far.
#pragma once

#include <taper/optim/generation.h>
#include <taper/optim/optimizer.h>

namespace taper::optim {

struct AdagradOptions {
  static constexpr const char* class_name = "Adagrad";
  LearningRate learning_rate = 0.001;
  /// The initial value of the sum.
  double initial_accumulator_value = 0.1;
  double epsilon = 1e-7;
  /// Only in the generation pytorch: the learning rate of step t is divided by 1 + (t - 1) * lr_decay.
  double lr_decay = 0;
  Generation generation = Generation::keras_3;
  TAPER_OPTIMIZER_OPTIONS;
};
Fields fields(AdagradOptions& options);

/// n += g^2, then w -= learning_rate * g / sqrt(n + epsilon) (Duchi, Hazan, Singer, 2011). In tf.keras 2.3
/// and in PyTorch (torch.optim.Adagrad), epsilon is added outside the root. Slot: accumulator.
/// keras.optimizers.Adagrad.
///
/// Use: Rare features keep large steps. The steps only ever shrink.
/// Paper: https://jmlr.org/papers/v12/duchi11a.html
class Adagrad : public OptimizerWith<AdagradOptions> {
 public:
  using OptimizerWith::OptimizerWith;

 private:
  std::optional<FusedRule> fused(const Step& at) const override;
};

}  // namespace taper::optim
