// Momentum: the classical form.
#pragma once

#include <taper/optim/optimizer.h>

namespace taper::optim {

struct MomentumOptions {
  static constexpr const char* class_name = "Momentum";
  static constexpr const char* module = "taper.optim";  // Keras has none
  LearningRate learning_rate = 0.01;
  /// In [0, 1).
  double momentum = 0.9;
  /// Look ahead along the velocity (Nesterov; as in Sutskever et al., 2013).
  bool nesterov = false;
  TAPER_OPTIMIZER_OPTIONS;
};
Fields fields(MomentumOptions& options);

/// v = momentum * v + g, then w -= learning_rate * v, or with nesterov w -= learning_rate * (g + momentum *
/// v): Polyak (1964) as in PyTorch's SGD and tf.compat.v1.train.MomentumOptimizer. While the learning rate is
/// constant it walks the same path as SGD with momentum; when that changes, the velocity takes the new one at
/// once. Slot: velocity.
class Momentum : public OptimizerWith<MomentumOptions> {
 public:
  using OptimizerWith::OptimizerWith;

 private:
  std::optional<FusedRule> fused(const Step& at) const override;
};

}  // namespace taper::optim
