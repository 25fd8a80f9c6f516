// Callback: what happens beside a training, at its epochs and steps. Derive from it to define your own.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <taper/tensor/named_tensors.h>

namespace taper::training {

class Trainer;

/// Numbers by name, in the order in which they are shown: "loss", "accuracy", "val_loss", ...
using Logs = std::vector<std::pair<std::string, double>>;

/// The functions are called by Trainer::fit(), on its thread; epochs and batches count from 0.
class Callback {
 public:
  virtual ~Callback() = default;
  virtual void on_train_begin(Trainer&) {}
  virtual void on_epoch_begin(Trainer&, [[maybe_unused]] std::int64_t epoch) {}
  virtual void on_batch_begin(Trainer&, [[maybe_unused]] std::int64_t batch) {}
  /// After the optimizer's step; gradients are still there. `logs` are the means of the epoch so far.
  virtual void on_batch_end(Trainer&, [[maybe_unused]] std::int64_t batch, const Logs&) {}
  /// After the validation, whose values have names that begin with "val_".
  virtual void on_epoch_end(Trainer&, [[maybe_unused]] std::int64_t epoch, const Logs&) {}
  /// Also called when the training ends by an exception, but not when the process is killed.
  virtual void on_train_end(Trainer&) {}

  /// What a checkpoint must hold for this callback, so that it goes on as if it had never been interrupted;
  /// and the way back.
  virtual NamedTensors state_dict() const { return {}; }
  virtual void load_state_dict(const NamedTensors&) {}
};

}  // namespace taper::training
