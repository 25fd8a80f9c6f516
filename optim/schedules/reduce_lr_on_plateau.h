// ReduceLROnPlateau: lowers the learning rate when a metric no longer improves.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <taper/optim/schedules/schedule.h>
#include <taper/tensor/named_tensors.h>

namespace taper::optim {

class Optimizer;

struct ReduceLROnPlateauOptions {
  static constexpr const char* class_name = "ReduceLROnPlateau";
  /// The factor by which the learning rate is multiplied; in [0, 1).
  double factor = 0.1;
  /// The number of consecutive metrics without improvement after which the learning rate is reduced.
  std::int64_t patience = 10;
  /// Whether a smaller ("min") or a larger ("max") metric is better.
  std::string mode = "min";
  /// A change of less than this does not count as an improvement.
  double min_delta = 1e-4;
  /// The number of metrics after a reduction that are not counted.
  std::int64_t cooldown = 0;
  /// The lower limit of the learning rate.
  double min_lr = 0;
};
Fields fields(ReduceLROnPlateauOptions& options);

/// Call update() with a metric, for example after each epoch. It multiplies the learning rate by `factor`
/// when `patience` consecutive metrics have not improved on the best one by more than min_delta. Copies are
/// independent. Equivalent to keras.callbacks.ReduceLROnPlateau, except that a NaN never counts as an
/// improvement, not even as the first metric.
///
///     optim::ReduceLROnPlateau plateau({.factor = 0.5, .patience = 3});
///     if (plateau.update(validation_loss, optimizer)) std::puts("slower from here");
class ReduceLROnPlateau {
 public:
  using Options = ReduceLROnPlateauOptions;
  /// Throws ValueError for a value out of its range.
  explicit ReduceLROnPlateau(const Options& options = {});

  /// Returns whether it has reduced the learning rate of the optimizer. Learning rates of parameter groups
  /// are not changed. Throws ValueError, without counting the metric, if the learning rate is a schedule.
  bool update(double metric, Optimizer& optimizer);

  const Options& options() const noexcept { return options_; }
  /// The best metric so far; nullopt before the first one.
  std::optional<double> best() const noexcept { return best_; }
  /// The number of metrics without improvement so far, and the number of the next metrics that will not be
  /// counted.
  std::int64_t wait() const noexcept { return wait_; }
  std::int64_t cooldown_counter() const noexcept { return cooldown_counter_; }

  /// What it needs to go on as if never interrupted: best (NaN before the first metric), wait,
  /// cooldown_counter.
  NamedTensors state_dict() const;
  /// Takes what state_dict() gave. Throws as matched() does, and ValueError for a negative count; nothing is
  /// changed then.
  void load_state_dict(const NamedTensors& state);

 private:
  bool improves(double metric) const;

  Options options_;
  std::optional<double> best_;
  std::int64_t wait_ = 0, cooldown_counter_ = 0;
};

}  // namespace taper::optim
