// Nadam: Adam with Nesterov momentum.
#pragma once

#include <vector>

#include <taper/optim/generation.h>
#include <taper/optim/optimizer.h>

namespace taper::optim {

struct NadamOptions {
  static constexpr const char* class_name = "Nadam";
  LearningRate learning_rate = 0.001;
  /// The decay rates of the moving averages of the gradient (beta_1) and of its square (beta_2); in [0, 1).
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-7;
  /// Only in the generation pytorch: d in the formula.
  double momentum_decay = 0.004;
  /// Only in the generation pytorch: weight decay as in AdamW, not added to the gradient.
  bool decoupled_weight_decay = false;
  Generation generation = Generation::keras_3;
  TAPER_OPTIMIZER_OPTIONS;
};
Fields fields(NadamOptions& options);

/// Adam with Nesterov momentum (Dozat, 2016), where the momentum u_t increases over the steps:
/// u_t = beta_1 * (1 - 0.96^t / 2), P_t = u_1 * ... * u_t. m and v as in Adam; then
/// w -= learning_rate * (u_(t+1) * m / (1 - P_(t+1)) + (1 - u_t) * g / (1 - P_t))
///      / (sqrt(v / (1 - beta_2^t)) + epsilon).
/// In tf.keras 2.3 the exponent of 0.96 is 0.004 * t instead of t, so u_t stays near beta_1 / 2.
/// Slots: momentum m, velocity v; and the scalar u_product. keras.optimizers.Nadam.
/// In the generation pytorch (torch.optim.NAdam), u_t = beta_1 * (1 - 0.96^(d * t) / 2), and the products are
/// not stored: they follow from the parameter's own t.
///
/// Use: Adam that looks ahead: often a little faster.
/// Paper: https://openreview.net/forum?id=OM0jvwB8jIp57ZJjtNEZ
class Nadam : public OptimizerWith<NadamOptions> {
 public:
  using OptimizerWith::OptimizerWith;

 private:
  bool declare(Step& at) override;
  void prepare(DType dtype) override;
  std::optional<FusedRule> fused(const Step& at) const override;
  double momentum(std::int64_t step, DType dtype) const;
  FusedRule pytorch_rule(const Step& at) const;
  double pytorch_momentum(std::int64_t step) const;
  double product_ = 1;

  // P_0, P_1, ... of the generation pytorch, as far as they were needed, with the options that they follow.
  struct Products {
    double beta_1, momentum_decay;
    std::vector<double> values;
  };
  const std::vector<double>& products(std::int64_t step) const;
  mutable std::vector<Products> products_;
};

}  // namespace taper::optim
