// ReduceLROnPlateau: lowers the learning rate when a metric no longer improves.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <taper/optim/schedules/schedule.h>

namespace taper::optim {

class Optimizer;

struct ReduceLROnPlateauOptions {
  static constexpr const char* class_name = "ReduceLROnPlateau";
  /// What the learning rate is multiplied by; in [0, 1).
  double factor = 0.1;
  /// Metrics without an improvement until it is.
  std::int64_t patience = 10;
  /// Whether the metric is to fall ("min") or to rise ("max").
  std::string mode = "min";
  /// Less than this is no improvement.
  double min_delta = 1e-4;
  /// Metrics after a reduction that are not counted.
  std::int64_t cooldown = 0;
  /// The learning rate goes no lower.
  double min_lr = 0;
};
Fields fields(ReduceLROnPlateauOptions& options);

/// Is told a metric, as after each epoch, and multiplies the learning rate by `factor` when `patience` of
/// them in a row were no better than the best by more than min_delta. A plain value: copying copies what it
/// remembers. keras.callbacks.ReduceLROnPlateau; a metric that is NaN is no improvement, also as the first.
///
///     optim::ReduceLROnPlateau plateau({.factor = 0.5, .patience = 3});
///     if (plateau.update(validation_loss, optimizer)) std::puts("slower from here");
class ReduceLROnPlateau {
 public:
  using Options = ReduceLROnPlateauOptions;
  /// Throws ValueError for a value out of its range.
  explicit ReduceLROnPlateau(const Options& options = {});

  /// Returns whether it lowered the optimizer's learning rate (that of its groups with their own it leaves).
  /// Throws ValueError, and remembers nothing, if the learning rate follows a schedule.
  bool update(double metric, Optimizer& optimizer);

  const Options& options() const noexcept { return options_; }
  /// The best metric so far; none at first.
  std::optional<double> best() const noexcept { return best_; }
  /// Metrics without an improvement so far, and those that are not counted from now on.
  std::int64_t wait() const noexcept { return wait_; }
  std::int64_t cooldown_counter() const noexcept { return cooldown_counter_; }

 private:
  bool improves(double metric) const;

  Options options_;
  std::optional<double> best_;
  std::int64_t wait_ = 0, cooldown_counter_ = 0;
};

}  // namespace taper::optim
