// RMSprop: the gradient divided by the square root of a moving average of its square.
#pragma once

#include <taper/optim/generation.h>
#include <taper/optim/optimizer.h>

namespace taper::optim {

struct RMSpropOptions {
  static constexpr const char* class_name = "RMSprop";
  LearningRate learning_rate = 0.001;
  /// The decay rate of the moving averages; in [0, 1).
  double rho = 0.9;
  /// In [0, 1).
  double momentum = 0;
  /// Added inside the square root; in tf.keras 2.3 without momentum and in PyTorch, outside of it.
  double epsilon = 1e-7;
  /// Divide by an estimate of the standard deviation of the gradient (Graves, 2013) instead of its root mean
  /// square.
  bool centered = false;
  Generation generation = Generation::keras_3;
  TAPER_OPTIMIZER_OPTIONS;
};
Fields fields(RMSpropOptions& options);

/// v = rho * v + (1 - rho) * g^2, then w -= learning_rate * g / sqrt(v + epsilon) (Hinton, 2012).
/// Centered: a = rho * a + (1 - rho) * g, and v - a^2 replaces v in the square root.
/// With momentum: p = momentum * p + learning_rate * g / sqrt(v + epsilon), then w -= p.
/// Slots: velocity v; average_gradient a, if centered; momentum p, unless the option is 0.
/// keras.optimizers.RMSprop.
/// In the generation pytorch (torch.optim.RMSprop), epsilon is added outside the root and the learning rate
/// is outside the momentum: p = momentum * p + g / (sqrt(v) + epsilon), then w -= learning_rate * p.
///
/// Use: One rate for each weight, without Adam's momentum: recurrent networks, changing goals.
/// Paper: https://www.cs.toronto.edu/~tijmen/csc321/slides/lecture_slides_lec6.pdf
class RMSprop : public OptimizerWith<RMSpropOptions> {
 public:
  using OptimizerWith::OptimizerWith;

 private:
  std::optional<FusedRule> fused(const Step& at) const override;
};

}  // namespace taper::optim
