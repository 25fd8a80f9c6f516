// DataLoader: iterates over a dataset in batches, which a background thread prepares in advance.
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
  /// Use a new random order of the examples in each epoch.
  bool shuffle = false;
  /// Together with the number of the epoch, determines the order of the examples and their random numbers. If
  /// not given, it is drawn from the default generator when the first epoch begins.
  std::optional<std::uint64_t> seed = std::nullopt;
  /// Leave out the last batch if it is smaller than the others.
  bool drop_last = false;
  /// The number of batches to prepare in advance on a background thread; 0 prepares each batch when the loop
  /// asks for it.
  std::int64_t prefetch = 2;
};

/// A place in the sequence of all batches: with it, a training goes on where another one stopped.
struct Position {
  std::uint64_t seed = 0;
  std::int64_t epoch = 0;
  /// The number of the batch in its epoch.
  std::int64_t batch = 0;
};

/// The batches of a dataset; each loop over it is one epoch:
///
///     data::DataLoader loader(dataset, {.batch_size = 128, .shuffle = true});
///     for (int epoch = 0; epoch < 10; ++epoch)
///       for (const data::Batch& batch : loader) train(batch[0], batch[1]);
///
/// Each begin() starts a new epoch, even if an earlier one is not finished. The batches depend only on the
/// dataset, batch_size, shuffle, seed, drop_last and the number of the epoch, not on prefetch or threads. If
/// the dataset throws while a batch is prepared, the exception is rethrown when the loop asks for that batch,
/// and the epoch ends. Use a DataLoader from one thread only. The dataset must outlive the DataLoader and its
/// iterators.
class DataLoader {
 public:
  class Iterator;

  /// Throws ValueError unless batch_size is at least 1 and prefetch at least 0.
  explicit DataLoader(const Dataset& dataset, DataLoaderOptions options = {});
  explicit DataLoader(const Dataset&& dataset, DataLoaderOptions options = {}) = delete;
  DataLoader(const DataLoader&) = delete;
  DataLoader& operator=(const DataLoader&) = delete;

  /// The number of batches in an epoch.
  std::int64_t size() const noexcept { return batches_; }
  /// The number of the epoch that the next begin() starts: 0, 1, 2, ...
  std::int64_t epoch() const noexcept { return epoch_; }
  /// Sets the number of the epoch that the next begin() starts, to continue an interrupted training. Throws
  /// ValueError if it is negative.
  void set_epoch(std::int64_t epoch);
  /// The batch that comes next: the one behind the batch that the latest iterator is at, or the first of the
  /// next epoch. Draws the seed if there is none yet.
  Position position();
  /// The next begin() starts at this batch, without preparing those before it. Throws ValueError for a
  /// negative number, or a batch that the epoch does not have.
  void seek(const Position& position);

  Iterator begin();
  std::default_sentinel_t end() const noexcept { return {}; }

 private:
  class Epoch;

  const Dataset& dataset_;
  DataLoaderOptions options_;
  void settle_seed();
  std::int64_t examples_, batches_, epoch_ = 0;
  std::int64_t first_ = 0;             // the batch that the next begin() starts at
  std::weak_ptr<const Epoch> latest_;  // the epoch of the latest iterator, while there is one
  Tensor in_sequence_;                 // the indices of the examples in ascending order
};

/// An input iterator over the batches of one epoch; destroying it ends the epoch. The reference to a batch is
/// valid until the iterator is incremented; copies of its tensors stay valid.
class DataLoader::Iterator {
 public:
  using value_type = Batch;
  using difference_type = std::ptrdiff_t;

  Iterator(Iterator&& other) noexcept;
  Iterator& operator=(Iterator&& other) noexcept;
  ~Iterator();

  /// The current batch. Throws IndexError at the end.
  const Batch& operator*() const;
  const Batch* operator->() const { return &**this; }
  Iterator& operator++();
  void operator++(int) { ++*this; }
  bool operator==(std::default_sentinel_t) const noexcept { return epoch_ == nullptr; }

 private:
  friend class DataLoader;
  explicit Iterator(std::shared_ptr<Epoch> epoch);
  void settle();

  std::shared_ptr<Epoch> epoch_;  // null at the end
};

}  // namespace taper::data
