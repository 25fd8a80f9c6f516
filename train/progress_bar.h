// ProgressBar: shows a training on standard output, as Keras does; Trainer has one unless it is silent.
#pragma once

#include <optional>

#include <taper/train/callback.h>
#include <taper/train/progress.h>

namespace taper::training {

class ProgressBar final : public Callback {
 public:
  /// 1: a bar, or a line for each epoch where standard output is no terminal; 2: always a line.
  explicit ProgressBar(int verbose = 1) : verbose_(verbose) {}

  void on_epoch_begin(Trainer& trainer, std::int64_t epoch) override;
  void on_batch_end(Trainer& trainer, std::int64_t batch, const Logs& logs) override;
  void on_epoch_end(Trainer& trainer, std::int64_t epoch, const Logs& logs) override;
  void on_train_end(Trainer& trainer) override;

 private:
  int verbose_;
  std::optional<Progress> progress_;
};

}  // namespace taper::training
