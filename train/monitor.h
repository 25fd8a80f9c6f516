// Monitor: one value of the logs, and whether it has become better.
#pragma once

#include <optional>
#include <string>

#include <taper/train/callback.h>

namespace taper::training {

/// What callbacks that wait for an improvement have in common.
class Monitor {
 public:
  /// `function` begins error messages. `mode` is "min", "max" or "auto": then a larger value is better if the
  /// name contains "accuracy", "auc", "precision", "recall", "f1", "iou" or "r2", a smaller one if it
  /// contains "loss", "error" or "perplexity" or is "mae", "mse" or "rmse" (with or without "val_"). Throws
  /// ValueError for another mode, and for "auto" if the name says nothing.
  Monitor(const char* function, std::string name, const std::string& mode, double min_delta = 0);

  /// Whether the epoch that ends has no such value, as it is not validated: see FitOptions::validation_freq.
  bool skips(const Trainer& trainer) const;
  /// The value of the name. Throws ValueError, which lists the names there are.
  double value(const Logs& logs) const;
  /// Whether it is better than `best` by more than min_delta; NaN never is, and is worse than anything.
  bool improves(double value, std::optional<double> best) const;
  const std::string& name() const noexcept { return name_; }
  bool larger_is_better() const noexcept { return larger_; }

 private:
  const char* function_;
  std::string name_;
  bool larger_ = false;
  double min_delta_;
};

}  // namespace taper::training
