// Momentum: gradient descent with momentum, in the form of PyTorch.
#pragma once

#include <taper/optim/optimizer.h>

namespace taper::optim {

struct MomentumOptions {
  static constexpr const char* class_name = "Momentum";
  static constexpr const char* module = "taper.optim";  // Keras has none
  LearningRate learning_rate = 0.01;
  /// In [0, 1).
  double momentum = 0.9;
  /// Use Nesterov momentum (as in Sutskever et al., 2013).
  bool nesterov = false;
  TAPER_OPTIMIZER_OPTIONS;
};
Fields fields(MomentumOptions& options);

/// v = momentum * v + g, then w -= learning_rate * v,
/// or with nesterov w -= learning_rate * (g + momentum * v).
/// Polyak (1964), as in PyTorch's SGD and tf.compat.v1.train.MomentumOptimizer. With a constant learning
/// rate, the parameters are those of SGD with momentum, except for rounding. A change of the learning rate
/// applies to the whole velocity at once here, but only to new gradients in SGD. Slot: velocity v.
///
/// Use: Momentum as in PyTorch and in textbooks: choose it over `SGD` to compare with those.
/// Paper: https://doi.org/10.1016/0041-5553(64)90137-5
class Momentum : public OptimizerWith<MomentumOptions> {
 public:
  using OptimizerWith::OptimizerWith;

 private:
  std::optional<FusedRule> fused(const Step& at) const override;
};

}  // namespace taper::optim
