// Lamb: Adam with steps proportional to the norm of each parameter.
#pragma once

#include <taper/optim/optimizer.h>

namespace taper::optim {

struct LambOptions {
  static constexpr const char* class_name = "Lamb";
  LearningRate learning_rate = 0.001;
  /// The decay rates of the moving averages of the gradient (beta_1) and of its square (beta_2); in [0, 1).
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-7;
  TAPER_OPTIMIZER_OPTIONS;
};
Fields fields(LambOptions& options);

/// m and v as in Adam; r = (m / (1 - beta_1^t)) / (sqrt(v / (1 - beta_2^t)) + epsilon), then
/// w -= learning_rate * ||w|| / ||r|| * r, with norms over the whole parameter (You et al., 2019). If one of
/// the norms is 0, their quotient is replaced by 1. Slots: momentum m, velocity v. keras.optimizers.Lamb.
///
/// Use: Large batches: no parameter moves faster than its size allows.
/// Paper: https://arxiv.org/abs/1904.00962
class Lamb : public OptimizerWith<LambOptions> {
 public:
  using OptimizerWith::OptimizerWith;

 private:
  bool declare(Step& at) override;
  Tensor update(const Tensor& parameter, const Tensor& gradient, Step& at) override;
};

}  // namespace taper::optim
