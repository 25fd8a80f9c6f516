// CyclicLR: a learning rate that rises and falls again and again, while the momentum does the opposite.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <taper/optim/schedules/schedule.h>

namespace taper::optim {

struct CyclicLROptions {
  static constexpr const char* class_name = "CyclicLR";
  static constexpr const char* module = "taper.optim";  // not Keras's
  double base_learning_rate = required;
  double max_learning_rate = required;
  /// The numbers of steps of a rise and of a fall. 0: a fall takes as many as a rise.
  std::int64_t step_size_up = 2000;
  std::int64_t step_size_down = 0;
  /// How the height of the cycles changes. "triangular": not. "triangular2": it is halved after each cycle.
  /// "exp_range": it is gamma^step.
  std::string mode = "triangular";
  double gamma = 1;
  /// Whether the optimizer's beta_1 (or, if it has none, its momentum) goes from max_momentum to
  /// base_momentum and back in each cycle, its height changing in the same way.
  bool cycle_momentum = true;
  double base_momentum = 0.8;
  double max_momentum = 0.9;
  std::string name = "CyclicLR";
};
Fields fields(CyclicLROptions& options);

/// base + (max - base) * height * scale, where height rises from 0 to 1 and falls to 0 again, and scale is
/// what `mode` says (Smith, 2015). PyTorch's CyclicLR.
class CyclicLR : public ScheduleWith<CyclicLROptions> {
 public:
  /// Throws what the base class throws, and ValueError for another mode.
  explicit CyclicLR(const Options& options);
  double operator()(std::int64_t step) const;
  /// The momentum; nothing without cycle_momentum.
  std::optional<double> momentum(std::int64_t step) const;

 private:
  double height(std::int64_t step) const;
};

}  // namespace taper::optim
