// Rprop: steps by the sign of the gradient, each weight with a step size of its own that grows and shrinks.
#pragma once

#include <taper/optim/generation.h>
#include <taper/optim/optimizer.h>

namespace taper::optim {

struct RpropOptions {
  static constexpr const char* class_name = "Rprop";
  static constexpr const char* module = "taper.optim";  // Keras has none
  static constexpr Generation generation = Generation::pytorch;
  /// The first step size; later ones no longer depend on it.
  LearningRate learning_rate = 0.01;
  /// What a step size is multiplied by if the gradient's sign has changed (in (0, 1)), and if not (more than
  /// 1).
  double eta_minus = 0.5;
  double eta_plus = 1.2;
  /// The limits of the step sizes; positive.
  double step_size_min = 1e-6;
  double step_size_max = 50;
  TAPER_OPTIMIZER_OPTIONS;
};
Fields fields(RpropOptions& options);

/// Where g and the previous gradient p have the same sign, s *= eta_plus; where they have opposite ones,
/// s *= eta_minus and g = 0; s is limited to [step_size_min, step_size_max]; then w -= sign(g) * s, and p = g
/// (Riedmiller, Braun, 1993). Slots: previous p, step_size s (0 before the first step).
/// torch.optim.Rprop.
///
/// Use: Gradients of the whole data set, not of batches: their sizes do not matter, only their signs.
/// Paper: https://doi.org/10.1109/ICNN.1993.298623
class Rprop : public OptimizerWith<RpropOptions> {
 public:
  using OptimizerWith::OptimizerWith;

 private:
  bool declare(Step& at) override;
  Tensor update(const Tensor& parameter, const Tensor& gradient, Step& at) override;
};

}  // namespace taper::optim
