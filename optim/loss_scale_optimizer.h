// LossScaleOptimizer: scales the loss as much as the gradients bear.
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
  /// The scale is doubled after as many steps with finite gradients.
  std::int64_t dynamic_growth_steps = 2000;
  std::string name = {};
};
Fields fields(LossScaleOptimizerOptions& options);

/// Wraps an optimizer: scale_loss() multiplies the loss by dynamic_scale(), so that small gradients don't
/// vanish on their way, and step() divides the gradients by it. If any of them is not finite, the step is
/// left out and the scale halved. keras.optimizers.LossScaleOptimizer; all other options are the inner
/// optimizer's, whose own loss_scale_factor is switched off.
///
///     optim::Adam adam(model.parameters(), {.learning_rate = 1e-3});
///     optim::LossScaleOptimizer optimizer(adam);
///     optimizer.minimize([&] { return loss(model(x), y); });
///
/// The scale is a float32, as Keras's, but stays between its least and its largest normal power of two.
class LossScaleOptimizer : public Optimizer {
 public:
  using Options = LossScaleOptimizerOptions;
  /// `inner` must live as long. Throws ValueError for an option that is not positive, and if `inner` scales
  /// the loss by itself.
  explicit LossScaleOptimizer(Optimizer& inner, const Options& options = {});
  /// The same, and keeps it. Throws ValueError, besides, for none.
  explicit LossScaleOptimizer(std::shared_ptr<Optimizer> inner, const Options& options = {});

  Optimizer& inner_optimizer() const noexcept { return *inner_; }
  double dynamic_scale() const noexcept { return scale_; }
  /// Steps with finite gradients since the scale changed.
  std::int64_t step_counter() const noexcept { return step_counter_; }

  void step() override;
  Tensor scale_loss(const Tensor& loss) const override;

  /// Keras's: step_counter and dynamic_scale, then those of the inner optimizer. (Keras also writes an
  /// iteration and a learning_rate of the wrapper's own, which are always 0.)
  NamedTensors state_dict() override;
  void load_state_dict(const NamedTensors& state) override;
  std::string get_config() const override;

  // All that follows is the inner optimizer's.
  void exclude_from_weight_decay(const std::vector<std::string>& patterns) override {
    inner_->exclude_from_weight_decay(patterns);
  }
  void assign_averages() override { inner_->assign_averages(); }
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
