// Trainer: the loop of training, in Keras's terms: fit, evaluate, predict.
// The namespace is training, not train: so programs with `using namespace taper` may have a function train().
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include <taper/data/data_loader.h>
#include <taper/nn/module.h>
#include <taper/optim/optimizer.h>
#include <taper/tensor/function.h>
#include <taper/train/callback.h>
#include <taper/train/checkpoints.h>
#include <taper/train/handle.h>
#include <taper/train/history.h>
#include <taper/train/loss.h>
#include <taper/train/metric.h>
#include <taper/train/validation_frequency.h>

namespace taper::training {

/// Options of Trainer.
struct TrainerOptions {
  /// Shown beside the loss, of all examples alike; and those that weigh the examples as the loss does.
  std::vector<Handle<Metric>> metrics = {}, weighted_metrics = {};
  /// A batch is so many inputs, then so many targets, then, perhaps, one weight [N] of each example.
  std::int64_t inputs = 1, targets = 1;
  /// The model's output for a batch: by default model(batch[0]). For models with several inputs:
  /// `.forward = [&](const data::Batch& batch) { return model(batch[0], batch[1]); }, .inputs = 2`.
  Function<Tensor(const data::Batch& batch)> forward = {};
  /// Together with the number of the step, determines what is random within the model, such as dropout. If
  /// not given, it is drawn from the default generator when the first fit() begins.
  std::optional<std::uint64_t> seed = {};
};

/// Options of Trainer::fit().
struct FitOptions {
  std::int64_t epochs = 1;  ///< the number of the last one: with initial_epoch = 2, epochs = 5 runs three
  /// Evaluated at the end of each epoch, the same batches each time.
  data::DataLoader* validation_data = nullptr;
  /// The part of a dataset, in [0, 1), from its end, that is validation data instead of being trained on.
  /// Only where fit() gets a dataset.
  double validation_split = 0;
  /// Only the first so many batches of the validation data are evaluated, if there are as many; 0: all.
  std::int64_t validation_steps = 0;
  /// After which epochs: every so many, or a list of their numbers, from 1. Without a validation, an epoch
  /// adds nothing to the values "val_..." of the history, and callbacks that wait for one of these pass it
  /// over.
  ValidationFrequency validation_freq = 1;
  /// Factors for the examples of classes, by label; 1 for others. Targets are integers or one-hot.
  std::map<std::int64_t, double> class_weight = {};
  std::vector<Handle<Callback>> callbacks = {};
  /// 0: silent; 1: a bar, or a line for each epoch where standard output is no terminal; 2: always a line.
  int verbose = 1;
  std::int64_t initial_epoch = 0;
  /// The number of batches in an epoch, which goes on with the loader where the one before it ended, and at
  /// its end from its start: as with a dataset of Keras behind repeat(). 0: all of the loader.
  std::int64_t steps_per_epoch = 0;
  /// Unless their directory is empty, they are written: see CheckpointsOptions.
  CheckpointsOptions checkpoints = {};
  /// Goes on from the newest checkpoint, if there is one: it ends with the same bits as if it had never been
  /// interrupted, for any number of threads. Without it, a directory that has checkpoints is refused.
  bool resume = false;
};

/// Trains, evaluates and applies a model:
///
///     training::Trainer trainer(model, optimizer, cross_entropy, {.metrics = {training::Accuracy()}});
///     trainer.fit(loader, {.epochs = 5, .validation_data = &validation});
///     const training::Logs logs = trainer.evaluate(test);
///
/// The numbers are Keras's: the loss and the metrics of an epoch are means over its examples, so that a last
/// batch that is smaller counts less. Model and optimizer must outlive it, as must all that pointers refer
/// to.
class Trainer {
 public:
  /// Throws ValueError for a null metric, metrics of equal names, or fewer than one input or target.
  Trainer(nn::Module& model, optim::Optimizer& optimizer, Loss loss, TrainerOptions options = {});
  Trainer(const Trainer&) = delete;
  Trainer& operator=(const Trainer&) = delete;

  /// Trains for some epochs, and returns history(). With an optimizer that has use_ema, the parameters are
  /// their averages at the end, before on_train_end(), as in Keras; checkpoints have both, so that a
  /// training goes on where it was. Within a step, the default generator is that of the
  /// number of the step: see TrainerOptions::seed. Throws ValueError for options that are out of range, a
  /// batch with fewer or more tensors than expected, or an epoch without batches.
  const History& fit(data::DataLoader& loader, const FitOptions& options = {});
  /// The same for a dataset, of which `validation_split` may be kept back:
  /// `trainer.fit(dataset, {.batch_size = 32, .shuffle = true}, {.epochs = 5, .validation_split = 0.1})`.
  const History& fit(const data::Dataset& dataset, const data::DataLoaderOptions& loading,
                     const FitOptions& options = {});
  /// The loss and the metrics of all batches, with the model in evaluation mode; modes, and the position of
  /// the loader, are afterwards what they were.
  Logs evaluate(data::DataLoader& loader);
  /// The outputs for all batches, one behind the other; targets need not be there. Modes and position as
  /// above.
  Tensor predict(data::DataLoader& loader);

  nn::Module& model() const noexcept { return model_; }
  optim::Optimizer& optimizer() const noexcept { return optimizer_; }
  /// The epoch that runs, and how many there are to be.
  std::int64_t epoch() const noexcept { return epoch_; }
  std::int64_t epochs() const noexcept { return epochs_; }
  /// The number of all steps so far, and of those of an epoch: 0 if not known.
  std::int64_t step() const noexcept { return step_; }
  std::int64_t steps_per_epoch() const noexcept { return steps_per_epoch_; }
  /// Whether fit() goes on from a checkpoint.
  bool resumed() const noexcept { return resumed_; }
  /// Whether there is validation data, but the epoch is none of validation_freq.
  bool skips_validation(std::int64_t epoch) const noexcept {
    return validates_ && !validation_freq_.contains(epoch);
  }
  /// The batch and the output of the model that on_batch_end() follows.
  const data::Batch& batch() const noexcept { return batch_; }
  const Tensor& output() const noexcept { return output_; }
  const History& history() const noexcept { return history_; }
  /// The training ends after this step: its epoch ends early, with validation and callbacks, as in Keras.
  void stop() noexcept { stopping_ = true; }

 private:
  class Fit;  // one call of fit()
  std::vector<Metric*> metrics() const;
  Tensor forward(const data::Batch& batch) const;
  std::vector<Tensor> targets(const data::Batch& batch) const;
  Tensor weights(const data::Batch& batch) const;
  void check(const data::Batch& batch) const;
  void reset_sums();
  void add_up(const data::Batch& batch, const Tensor& output, const Tensor& weights, double loss);
  Logs logs() const;
  Logs evaluate_batches(data::DataLoader& loader, std::int64_t most = 0);

  nn::Module& model_;
  optim::Optimizer& optimizer_;
  Loss loss_;
  TrainerOptions options_;
  Generator random_;  // keyed by the step
  std::int64_t epoch_ = 0, epochs_ = 0, step_ = 0, steps_per_epoch_ = 0;
  std::int64_t done_ = 0;  // batches of the epoch
  bool seeded_ = false, stopping_ = false, validates_ = false, resumed_ = false;
  ValidationFrequency validation_freq_;
  bool stepping_ = false;               // within the steps of an epoch, whose sums are to be kept
  double loss_sum_ = 0, examples_ = 0;  // of the epoch, or of the evaluation
  data::Batch batch_;
  Tensor output_;
  History history_;
};

}  // namespace taper::training
