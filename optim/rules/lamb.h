// Lamb: Adam with steps in proportion to the size of each parameter.
#pragma once

#include <taper/optim/optimizer.h>

namespace taper::optim {

struct LambOptions {
  static constexpr const char* class_name = "Lamb";
  LearningRate learning_rate = 0.001;
  /// What the averages of the gradient and of its square keep of themselves at each step; in [0, 1).
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-7;
  TAPER_OPTIMIZER_OPTIONS;
};
Fields fields(LambOptions& options);

/// m and v as in Adam; r = (m / (1 - beta_1^t)) / (sqrt(v / (1 - beta_2^t)) + epsilon), then
/// w -= learning_rate * ||w|| / ||r|| * r, the norms over the whole parameter; 1 in place of their quotient
/// if one of them is 0 (You et al., 2019). Slots: momentum, velocity. keras.optimizers.Lamb.
class Lamb : public OptimizerWith<LambOptions> {
 public:
  using OptimizerWith::OptimizerWith;

 private:
  bool declare(Step& at) override;
  Tensor update(const Tensor& parameter, const Tensor& gradient, Step& at) override;
};

}  // namespace taper::optim
