// ASGD: gradient descent that averages the weights it passes.
#pragma once

#include <taper/optim/generation.h>
#include <taper/optim/optimizer.h>

namespace taper::optim {

struct ASGDOptions {
  static constexpr const char* class_name = "ASGD";
  static constexpr const char* module = "taper.optim";  // Keras has none
  static constexpr Generation generation = Generation::pytorch;
  LearningRate learning_rate = 0.01;
  /// The weights shrink by this times the step size.
  double lambd = 1e-4;
  /// How fast the step size decreases.
  double alpha = 0.75;
  /// The step at which averaging begins.
  double t0 = 1e6;
  TAPER_OPTIMIZER_OPTIONS;
};
Fields fields(ASGDOptions& options);

/// w = w * (1 - lambd * eta) - eta * g, where eta is the learning rate at first and
/// learning_rate / (1 + lambd * learning_rate * t)^alpha after step t = 1, 2, ...; then
/// a += (w - a) / max(1, t - 1 - t0) (Polyak, Juditsky, 1992). The average a is for you to use: slot(i,
/// "ax"). Slots: ax a, eta. torch.optim.ASGD.
///
/// Use: Convex problems with noisy gradients, with the average as the result.
/// Paper: https://doi.org/10.1137/0330046
class ASGD : public OptimizerWith<ASGDOptions> {
 public:
  using OptimizerWith::OptimizerWith;

 private:
  bool declare(Step& at) override;
  Tensor update(const Tensor& parameter, const Tensor& gradient, Step& at) override;
};

}  // namespace taper::optim
