// ModelCheckpoint: saves the weights of a model after each epoch, or those of the best one.
#pragma once

#include <optional>
#include <string>

#include <taper/train/callback.h>
#include <taper/train/monitor.h>

namespace taper::training {

struct ModelCheckpointOptions {
  /// A safetensors file for state_dict(). "{epoch}", counted from 1, and names of the logs are replaced, also
  /// with a format: "weights-{epoch:02}-{val_loss:.2f}.safetensors".
  std::string path;
  std::string monitor = "val_loss";
  /// Write only if the monitor has improved.
  bool save_best_only = false;
  /// Whether a smaller ("min") or a larger ("max") value is better: see Monitor.
  std::string mode = "auto";
};

/// keras.callbacks.ModelCheckpoint for weights alone. To go on with an interrupted training use checkpoints:
/// FitOptions::checkpoints.
class ModelCheckpoint final : public Callback {
 public:
  /// Throws ValueError for an empty path and, with save_best_only, as Monitor does.
  explicit ModelCheckpoint(ModelCheckpointOptions options);
  /// Throws IoError if the file cannot be written, ValueError for a path that is no valid format.
  void on_epoch_end(Trainer& trainer, std::int64_t epoch, const Logs& logs) override;

  NamedTensors state_dict() const override;
  void load_state_dict(const NamedTensors& state) override;

 private:
  ModelCheckpointOptions options_;
  std::optional<Monitor> monitor_;
  std::optional<double> best_;
};

}  // namespace taper::training
