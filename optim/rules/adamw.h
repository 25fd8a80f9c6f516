// AdamW: Adam with decoupled weight decay.
#pragma once

#include <taper/optim/generation.h>
#include <taper/optim/optimizer.h>

namespace taper::optim {

struct AdamWOptions {
  static constexpr const char* class_name = "AdamW";
  LearningRate learning_rate = 0.001;
  /// The decay rates of the moving averages of the gradient (beta_1) and of its square (beta_2); in [0, 1).
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-7;
  bool amsgrad = false;
  Generation generation = Generation::keras_3;
  static constexpr bool decoupled_weight_decay = true;
  TAPER_OPTIMIZER_OPTIONS_WITH_WEIGHT_DECAY(0.004);
};
Fields fields(AdamWOptions& options);

/// w -= w * weight_decay * learning_rate, then Adam's step (Loshchilov, Hutter, 2017). The same as Adam with
/// another default of weight_decay, an option that all optimizers have. keras.optimizers.AdamW.
/// In the generation pytorch (torch.optim.AdamW), w *= 1 - weight_decay * learning_rate, then Adam's step of
/// that generation. tf.keras 2.3 has no AdamW.
///
/// Use: Adam for models that need weight decay, such as transformers.
/// Paper: https://arxiv.org/abs/1711.05101
class AdamW : public OptimizerWith<AdamWOptions> {
 public:
  /// Throws what the base class throws, and ValueError for the generation tf_keras_2_3.
  explicit AdamW(const Parameters& parameters, const Options& options = {});

 private:
  std::optional<FusedRule> fused(const Step& at) const override;
};

}  // namespace taper::optim
