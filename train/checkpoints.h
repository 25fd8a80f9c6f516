// Checkpoints: files from which an interrupted training goes on, with the same bits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include <taper/tensor/function.h>
#include <taper/tensor/named_tensors.h>
#include <taper/train/monitor.h>
#include <taper/train/state.h>

namespace taper::training {

struct CheckpointsOptions {
  /// Where they lie; created if it does not exist.
  std::string directory = {};
  /// Trainer writes one at the end of each epoch and, unless 0, every that many steps.
  std::int64_t every_steps = 0;
  /// How many of the last ones are kept.
  std::int64_t keep_last = 2;
  /// The best one by this name in the logs is kept, too: "val_loss". Empty: none is.
  std::string monitor = {};
  /// Whether a smaller ("min") or a larger ("max") value is better: see Monitor.
  std::string mode = "auto";
  /// Is told of a damaged file that is skipped; by default standard error is.
  Function<void(const std::string& notice)> notice = {};
};

// Note [Checkpoints]
// A checkpoint is a safetensors file "checkpoint-000000001234.safetensors", by the number of the step, with
// the tensors of State and, in the metadata, the step and a hash of all tensors. It is written to a temporary
// file, which is flushed and renamed: whoever is killed at any instant leaves all earlier ones, and perhaps a
// temporary file, which the next checkpoint removes. Older ones are removed when a new one is on the disk.

/// Writes checkpoints of a State and finds them again, with a Trainer or in a loop of your own:
///
///     training::Checkpoints checkpoints({.directory = "run"});
///     checkpoints.resume(state);
///     while (loader.position().epoch < 10)
///       for (const data::Batch& batch : loader) {
///         ...
///         if (++step % 100 == 0) checkpoints.save(step, state);
///       }
class Checkpoints {
 public:
  /// Throws ValueError for a directory without a name, or a keep_last below 1.
  explicit Checkpoints(CheckpointsOptions options);

  /// Writes a checkpoint, then removes those that are not to be kept. If the value of the monitor is among
  /// `logs`, this one may be the best. Throws IoError if it cannot be written, as on a full disk: all earlier
  /// ones are still there then; ValueError for a negative step, or logs without the monitor.
  void save(std::int64_t step, const State& state, const Logs& logs = {});

  /// The newest one that is not damaged, or nullopt if there is none at all. Damaged ones are skipped with a
  /// notice. Throws IoError if all are damaged.
  struct Found {
    std::int64_t step = 0;
    std::string path;
    NamedTensors tensors;
  };
  std::optional<Found> newest() const;
  /// Loads it into `state`, and returns whether there is one. Throws what State::load_state_dict() throws,
  /// and has changed nothing then.
  bool resume(State& state);
  /// The same for one that newest() found.
  void load(const Found& found, State& state);

  /// Whether there is any file of a checkpoint.
  bool any() const;
  /// The path of the best one; empty if there is none.
  std::string best() const;
  const CheckpointsOptions& options() const noexcept { return options_; }

 private:
  std::string path(std::int64_t step) const;
  void prune(std::int64_t newest) const;

  CheckpointsOptions options_;
  std::optional<Monitor> monitor_;
  std::optional<double> best_;
  std::int64_t best_step_ = 0;
};

/// The tensors of a checkpoint. Throws IoError if it is damaged or something else.
NamedTensors load_checkpoint(const std::string& path);
/// The same for the content of a file in memory.
NamedTensors parse_checkpoint(std::span<const std::byte> bytes);

}  // namespace taper::training
