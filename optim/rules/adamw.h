// AdamW: Adam with weight decay.
#pragma once

#include <taper/optim/optimizer.h>

namespace taper::optim {

struct AdamWOptions {
  static constexpr const char* class_name = "AdamW";
  LearningRate learning_rate = 0.001;
  /// What the averages of the gradient and of its square keep of themselves at each step; in [0, 1).
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-7;
  bool amsgrad = false;
  TAPER_OPTIMIZER_OPTIONS_WITH_WEIGHT_DECAY(0.004);
};
Fields fields(AdamWOptions& options);

/// w -= w * weight_decay * learning_rate, then Adam's step (Loshchilov, Hutter, 2017): Adam with another
/// default, as every optimizer here can decay. keras.optimizers.AdamW.
class AdamW : public OptimizerWith<AdamWOptions> {
 public:
  using OptimizerWith::OptimizerWith;

 private:
  std::optional<FusedRule> fused(const Step& at) const override;
};

}  // namespace taper::optim
