// DataLoader: goes through a dataset in batches, prepared ahead on a thread of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>

#include <taper/data/dataset.h>

namespace taper::data {

/// Options of DataLoader.
struct DataLoaderOptions {
  std::int64_t batch_size = 1;
  /// Go through the examples in an order that is new in each epoch.
  bool shuffle = false;
  /// Decides the orders and what the examples draw, together with the number of the epoch. Without it, the
  /// default generator gives one when the first epoch begins.
  std::optional<std::uint64_t> seed = std::nullopt;
  /// Leave out a last batch that is smaller than the others.
  bool drop_last = false;
  /// How many batches to prepare ahead on another thread; 0 prepares each when it is asked for.
  std::int64_t prefetch = 2;
};

/// Batches of a dataset, epoch by epoch:
///
///     data::DataLoader loader(dataset, {.batch_size = 128, .shuffle = true});
///     for (int epoch = 0; epoch < 10; ++epoch)
///       for (const data::Batch& batch : loader) train(batch[0], batch[1]);
///
/// Each begin() starts an epoch of its own, also while others go on. The batches depend on the dataset,
/// batch_size, shuffle, seed, drop_last and the number of the epoch alone, not on prefetch or threads. What
/// the dataset throws reaches the loop with the batch it belongs to, and ends the epoch. Use it from one
/// thread. The dataset must outlive it and its iterators.
class DataLoader {
 public:
  class Iterator;

  /// Throws ValueError unless batch_size is at least 1 and prefetch at least 0.
  explicit DataLoader(const Dataset& dataset, DataLoaderOptions options = {});
  explicit DataLoader(const Dataset&& dataset, DataLoaderOptions options = {}) = delete;
  DataLoader(const DataLoader&) = delete;
  DataLoader& operator=(const DataLoader&) = delete;

  /// Batches in an epoch.
  std::int64_t size() const noexcept { return batches_; }
  /// The number of the epoch that the next begin() starts: 0, 1, 2, ...
  std::int64_t epoch() const noexcept { return epoch_; }
  /// Makes the next begin() start the epoch of that number, to go on where an earlier run was stopped. Throws
  /// ValueError if it is negative.
  void set_epoch(std::int64_t epoch);

  Iterator begin();
  std::default_sentinel_t end() const noexcept { return {}; }

 private:
  class Epoch;

  const Dataset& dataset_;
  DataLoaderOptions options_;
  std::int64_t examples_, batches_, epoch_ = 0;
  Tensor in_sequence_;  // the indices of the examples
};

/// An input iterator over the batches of one epoch, which ends with it. A batch is valid until the iterator
/// moves on; its tensors live on where they are copied.
class DataLoader::Iterator {
 public:
  using value_type = Batch;
  using difference_type = std::ptrdiff_t;

  Iterator(Iterator&& other) noexcept;
  Iterator& operator=(Iterator&& other) noexcept;
  ~Iterator();

  /// Throws IndexError at the end.
  const Batch& operator*() const;
  const Batch* operator->() const { return &**this; }
  Iterator& operator++();
  void operator++(int) { ++*this; }
  bool operator==(std::default_sentinel_t) const noexcept { return epoch_ == nullptr; }

 private:
  friend class DataLoader;
  explicit Iterator(std::unique_ptr<Epoch> epoch);
  void settle();

  std::unique_ptr<Epoch> epoch_;  // null at the end
};

}  // namespace taper::data
