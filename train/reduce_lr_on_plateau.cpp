// ReduceLROnPlateau: the schedule of optim, told of the logs.
#include <taper/train/reduce_lr_on_plateau.h>
#include <taper/train/trainer.h>

namespace taper::training {

ReduceLROnPlateau::ReduceLROnPlateau(const ReduceLROnPlateauOptions& options)
    : monitor_("ReduceLROnPlateau", options.monitor, options.mode),
      plateau_({.factor = options.factor,
                .patience = options.patience,
                .mode = monitor_.larger_is_better() ? "max" : "min",
                .min_delta = options.min_delta,
                .cooldown = options.cooldown,
                .min_lr = options.min_lr}) {}

void ReduceLROnPlateau::on_train_begin(Trainer&) { plateau_ = optim::ReduceLROnPlateau(plateau_.options()); }

void ReduceLROnPlateau::on_epoch_end(Trainer& trainer, std::int64_t, const Logs& logs) {
  if (!monitor_.skips(trainer)) plateau_.update(monitor_.value(logs), trainer.optimizer());
}

}  // namespace taper::training
