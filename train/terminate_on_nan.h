// TerminateOnNaN: ends a training whose loss is no longer a number.
#pragma once

#include <taper/train/callback.h>

namespace taper::training {

/// Prints "Batch 12: the loss is nan, the training ends" to standard error and stops the training, if the
/// loss is NaN or infinite.
class TerminateOnNaN final : public Callback {
 public:
  void on_batch_end(Trainer& trainer, std::int64_t batch, const Logs& logs) override;
};

}  // namespace taper::training
