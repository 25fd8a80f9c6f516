// ScheduleFreeAdamW: AdamW whose averaged weights take the place of a schedule.
#pragma once

#include <cstdint>

#include <taper/optim/optimizer.h>

namespace taper::optim {

struct ScheduleFreeAdamWOptions {
  static constexpr const char* class_name = "ScheduleFreeAdamW";
  static constexpr const char* module = "taper.optim";  // not in the version of Keras that is followed
  LearningRate learning_rate = 0.0025;
  /// The weight of the average in the weights that gradients are taken at; in (0, 1).
  double beta_1 = 0.9;
  /// The decay rate of the moving average of the squared gradient; in [0, 1).
  double beta_2 = 0.999;
  double epsilon = 1e-8;
  /// The learning rate rises to its value along a line in this many steps.
  std::int64_t warmup_steps = 0;
  /// In the average, step t has the weight t^r * (the largest learning rate so far)^weight_lr_power.
  double r = 0;
  /// The power of the learning rate there.
  double weight_lr_power = 2;
  TAPER_OPTIMIZER_OPTIONS;
};
Fields fields(ScheduleFreeAdamWOptions& options);

/// Three sequences of weights begin at w: y, where gradients are taken; z, which moves; and the average x.
/// v = beta_2 * v + (1 - beta_2) * g^2; d = g / (sqrt(v / (1 - beta_2^t)) + epsilon) + weight_decay * y;
/// z -= learning_rate * d; x += c * (z - x), where c is the weight of step t in the sum of all weights so
/// far; y = (1 - beta_1) * z + beta_1 * x (Defazio et al., 2024). The parameters are y while it trains:
/// before evaluating or saving the model call eval(), which makes them x, and then train(), which makes them
/// y again. Slots: offset z - y; velocity v; weight_sum, largest_rate, step. schedulefree.AdamWScheduleFree.
///
/// Use: Training whose length is not known before: no schedule, and every step could be the last.
/// Paper: https://arxiv.org/abs/2405.15682
class ScheduleFreeAdamW : public OptimizerWith<ScheduleFreeAdamWOptions> {
 public:
  explicit ScheduleFreeAdamW(const Parameters& parameters, const Options& options = {});

  /// Makes the parameters x, the average, for evaluation. step() throws ValueError until train() is called.
  void eval();
  /// Makes the parameters y again. Nothing happens if it trains already, as at first.
  void train();
  /// Whether the parameters are y. It is part of the state.
  bool is_training() const noexcept { return training_ != 0; }

 private:
  bool declare(Step& at) override;
  void prepare(DType dtype) override;
  double weight_decay(const Step&, double) const override { return 0; }
  Tensor update(const Tensor& parameter, const Tensor& gradient, Step& at) override;
  void move(bool to_training);

  double& training_;  // 1 or 0
};

}  // namespace taper::optim
