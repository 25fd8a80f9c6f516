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
  /// Only in the generation pytorch: the velocity takes 1 - dampening of each gradient after the first.
  double dampening = 0;
  Generation generation = Generation::keras_3;
  TAPER_OPTIMIZER_OPTIONS;
};
Fields fields(SGDOptions& options);

/// w -= learning_rate * g. With momentum, as in Keras, the velocity includes the learning rate:
/// m = momentum * m - learning_rate * g, then w += m, or with nesterov w += momentum * m - learning_rate * g.
/// Slot: momentum m, unless the option is 0. keras.optimizers.SGD.
/// In the generation pytorch (torch.optim.SGD): v = momentum * v + (1 - dampening) * g, at first v = g, then
/// w -= learning_rate * v, or with nesterov w -= learning_rate * (g + momentum * v). Slot: velocity v.
///
/// Use: The yardstick; with momentum and a schedule, a usual choice for convolutional networks.
/// Paper: https://proceedings.mlr.press/v28/sutskever13.html
class SGD : public OptimizerWith<SGDOptions> {
 public:
  /// Throws what the base class throws, and ValueError, as PyTorch does in its generation, for nesterov
  /// without momentum or with dampening.
  explicit SGD(const Parameters& parameters, const Options& options = {});

 private:
  std::optional<FusedRule> fused(const Step& at) const override;
};

}  // namespace taper::optim
