// OneCycle: a learning rate that rises to its largest value and then falls far below where it began, while
// the momentum does the opposite.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <taper/optim/schedules/schedule.h>

namespace taper::optim {

struct OneCycleOptions {
  static constexpr const char* class_name = "OneCycle";
  static constexpr const char* module = "taper.optim";  // not Keras's
  double max_learning_rate = required;
  /// The number of steps of the training.
  std::int64_t total_steps;
  /// The part of the steps in which the learning rate rises; in [0, 1].
  double pct_start = 0.3;
  /// "cos": along half cosine waves. "linear": along lines.
  std::string anneal_strategy = "cos";
  /// Whether the optimizer's beta_1 (or, if it has none, its momentum) goes from max_momentum to
  /// base_momentum and back meanwhile.
  bool cycle_momentum = true;
  double base_momentum = 0.85;
  double max_momentum = 0.95;
  /// The first learning rate is max_learning_rate / div_factor, the last one that / final_div_factor.
  double div_factor = 25;
  double final_div_factor = 1e4;
  /// Fall as fast as it rose, to the first learning rate, and go on from there to the last one.
  bool three_phase = false;
  std::string name = "OneCycle";
};
Fields fields(OneCycleOptions& options);

/// From the first learning rate to max_learning_rate (at step pct_start * total_steps - 1), and from there to
/// the last one (at step total_steps - 1), which it keeps (Smith, Topin, 2017). With `three_phase` it is back
/// at the first one at step 2 * pct_start * total_steps - 2. PyTorch's OneCycleLR, which refuses later steps.
class OneCycle : public ScheduleWith<OneCycleOptions> {
 public:
  /// Throws what the base class throws, and ValueError for another anneal_strategy.
  explicit OneCycle(const Options& options);
  double operator()(std::int64_t step) const;
  /// The momentum; nothing without cycle_momentum.
  std::optional<double> momentum(std::int64_t step) const;
};

}  // namespace taper::optim
