// LossScaleOptimizer: dynamic loss scaling.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <taper/optim/optimizer.h>

namespace taper::optim {

struct LossScaleOptimizerOptions {
  static constexpr const char* class_name = "LossScaleOptimizer";
  double initial_scale = 32768;
  /// The scale is doubled after this many consecutive steps with finite gradients.
  std::int64_t dynamic_growth_steps = 2000;
  std::string name = {};
};
Fields fields(LossScaleOptimizerOptions& options);

/// Wraps an optimizer: scale_loss() multiplies the loss by dynamic_scale(), so that small gradients do not
/// underflow in backward(), and step() divides the gradients by it. If a gradient is not finite, the step is
/// skipped and the scale is halved. Equivalent to keras.optimizers.LossScaleOptimizer. All other options are
/// those of the inner optimizer, whose loss_scale_factor is switched off.
///
///     optim::Adam adam(model.parameters(), {.learning_rate = 1e-3});
///     optim::LossScaleOptimizer optimizer(adam);
///     optimizer.minimize([&] { return loss(model(x), y); });
///
/// The scale is a float32, as in Keras, but stays between the smallest and the largest normal power of two.
class LossScaleOptimizer : public Optimizer {
 public:
  using Options = LossScaleOptimizerOptions;
  /// `inner` must outlive this object. Throws ValueError for an option that is out of its range, or if
  /// `inner` is a LossScaleOptimizer itself, or LBFGS.
  explicit LossScaleOptimizer(Optimizer& inner, const Options& options = {});
  /// The same with shared ownership of `inner`. Also throws ValueError if it is null.
  explicit LossScaleOptimizer(std::shared_ptr<Optimizer> inner, const Options& options = {});

  Optimizer& inner_optimizer() const noexcept { return *inner_; }
  double dynamic_scale() const noexcept { return scale_; }
  /// The number of steps with finite gradients since the scale last changed.
  std::int64_t step_counter() const noexcept { return step_counter_; }

  void step() override;
  Tensor scale_loss(const Tensor& loss) const override;

  /// As in Keras: step_counter and dynamic_scale, then the state of the inner optimizer. (Keras also stores
  /// an iteration and a learning_rate of the wrapper itself, which are always 0.)
  NamedTensors state_dict() override;
  void load_state_dict(const NamedTensors& state) override;
  std::string get_config() const override;

  // The following functions forward to the inner optimizer.
  void exclude_from_weight_decay(const std::vector<std::string>& patterns) override {
    inner_->exclude_from_weight_decay(patterns);
  }
  void assign_averages() override { inner_->assign_averages(); }
  bool has_averages() const noexcept override { return inner_->has_averages(); }
  std::int64_t iterations() const noexcept override { return inner_->iterations(); }
  double learning_rate() const override { return inner_->learning_rate(); }
  bool follows_schedule() const override { return inner_->follows_schedule(); }
  void set_learning_rate(LearningRate rate) override { inner_->set_learning_rate(std::move(rate)); }
  void set_learning_rate(LearningRate rate, std::size_t group) override {
    inner_->set_learning_rate(std::move(rate), group);
  }
  Tensor slot(std::size_t index, std::string_view name) const override { return inner_->slot(index, name); }

 private:
  bool gradients_are_finite() const;
  NamedTensors own_state() const;

  std::shared_ptr<Optimizer> inner_;  // owned or not
  Options options_;
  float scale_;
  std::int64_t step_counter_ = 0;
};

}  // namespace taper::optim
