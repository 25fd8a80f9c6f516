// SGD: gradient descent, optionally with momentum.
#pragma once

#include <taper/optim/generation.h>
#include <taper/optim/optimizer.h>

namespace taper::optim {

struct SGDOptions {
  static constexpr const char* class_name = "SGD";
  LearningRate learning_rate = 0.01;
  /// In [0, 1).
  double momentum = 0;
  /// Use Nesterov momentum (as in Sutskever et al., 2013).
  bool nesterov = false;
  Generation generation = Generation::keras_3;
  TAPER_OPTIMIZER_OPTIONS;
};
Fields fields(SGDOptions& options);

/// w -= learning_rate * g. With momentum, as in Keras, the velocity includes the learning rate:
/// m = momentum * m - learning_rate * g, then w += m, or with nesterov w += momentum * m - learning_rate * g.
/// Slot: momentum m, unless the option is 0. keras.optimizers.SGD. See Momentum for the form of PyTorch.
///
/// Use: The yardstick; with momentum and a schedule, a usual choice for convolutional networks.
/// Paper: https://proceedings.mlr.press/v28/sutskever13.html
class SGD : public OptimizerWith<SGDOptions> {
 public:
  using OptimizerWith::OptimizerWith;

 private:
  std::optional<FusedRule> fused(const Step& at) const override;
};

}  // namespace taper::optim
