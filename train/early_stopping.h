// EarlyStopping: ends a training that no longer gets better.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <taper/nn/module.h>
#include <taper/train/callback.h>
#include <taper/train/monitor.h>

namespace taper::training {

struct EarlyStoppingOptions {
  std::string monitor = "val_loss";
  /// A change of this size or less is no improvement.
  double min_delta = 0;
  /// The number of epochs without improvement after which the training ends.
  std::int64_t patience = 0;
  /// Whether a smaller ("min") or a larger ("max") value is better: see Monitor.
  std::string mode = "auto";
  /// If given, only what is better than this counts as an improvement.
  std::optional<double> baseline = {};
  /// Gives the model, at the end, the weights and buffers of its best epoch.
  bool restore_best_weights = false;
  /// The first epoch that counts.
  std::int64_t start_from_epoch = 0;
};

/// keras.callbacks.EarlyStopping, except that NaN is never an improvement, and that a monitor that the logs
/// do not have is an error.
class EarlyStopping final : public Callback {
 public:
  /// Throws ValueError for a negative patience or start_from_epoch, and as Monitor does.
  explicit EarlyStopping(EarlyStoppingOptions options = {});

  void on_train_begin(Trainer& trainer) override;
  /// Throws ValueError if the logs lack the monitor.
  void on_epoch_end(Trainer& trainer, std::int64_t epoch, const Logs& logs) override;
  void on_train_end(Trainer& trainer) override;

  /// The best value and its epoch; nullopt before the first one.
  std::optional<double> best() const noexcept { return best_; }
  std::int64_t best_epoch() const noexcept { return best_epoch_; }
  /// The epoch after which it ended the training, or nullopt.
  std::optional<std::int64_t> stopped_epoch() const noexcept { return stopped_epoch_; }

  NamedTensors state_dict() const override;
  void load_state_dict(const NamedTensors& state) override;

 private:
  EarlyStoppingOptions options_;
  Monitor monitor_;
  std::optional<double> best_;
  std::int64_t wait_ = 0, best_epoch_ = 0;
  std::optional<std::int64_t> stopped_epoch_;
  NamedTensors best_weights_;
  nn::Module* model_ = nullptr;  // that is trained
};

}  // namespace taper::training
