// ProgressBar: one Progress for each epoch.
#include <fmt/format.h>

#include <taper/train/progress_bar.h>
#include <taper/train/trainer.h>

namespace taper::training {

void ProgressBar::on_epoch_begin(Trainer& trainer, std::int64_t epoch) {
  progress_.emplace(trainer.epochs() > 1 ? fmt::format("Epoch {}/{}", epoch + 1, trainer.epochs()) : "",
                    trainer.steps_per_epoch(), verbose_ == 1);
}

void ProgressBar::on_batch_end(Trainer&, std::int64_t batch, const Logs& logs) {
  if (progress_) progress_->update(batch + 1, logs);
}

void ProgressBar::on_epoch_end(Trainer&, std::int64_t, const Logs& logs) {
  if (progress_) progress_->finish(logs);
  progress_.reset();
}

void ProgressBar::on_train_end(Trainer&) {
  if (progress_) progress_->abandon();
  progress_.reset();
}

}  // namespace taper::training
