// ReduceLROnPlateau: lowers the learning rate when a value of the logs no longer improves.
#pragma once

#include <cstdint>
#include <string>

#include <taper/optim/schedules/reduce_lr_on_plateau.h>
#include <taper/train/callback.h>
#include <taper/train/monitor.h>

namespace taper::training {

struct ReduceLROnPlateauOptions {
  std::string monitor = "val_loss";
  double factor = 0.1;
  std::int64_t patience = 10;
  /// Whether a smaller ("min") or a larger ("max") value is better: see Monitor.
  std::string mode = "auto";
  double min_delta = 1e-4;
  std::int64_t cooldown = 0;
  double min_lr = 0;
};

/// optim::ReduceLROnPlateau, whose options it has, at the end of each epoch.
/// keras.callbacks.ReduceLROnPlateau.
class ReduceLROnPlateau final : public Callback {
 public:
  /// Throws ValueError as Monitor and optim::ReduceLROnPlateau do.
  explicit ReduceLROnPlateau(const ReduceLROnPlateauOptions& options = {});

  void on_train_begin(Trainer& trainer) override;
  /// Throws ValueError if the logs lack the monitor, or the optimizer follows a schedule.
  void on_epoch_end(Trainer& trainer, std::int64_t epoch, const Logs& logs) override;

  NamedTensors state_dict() const override { return plateau_.state_dict(); }
  void load_state_dict(const NamedTensors& state) override { plateau_.load_state_dict(state); }

 private:
  Monitor monitor_;
  optim::ReduceLROnPlateau plateau_;
};

}  // namespace taper::training
