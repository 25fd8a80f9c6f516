// DataLoader: goes through a dataset in batches, prepared ahead on a thread of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <iterator>
#include <memory>
#include <vector>

#include <taper/data/dataset.h>

namespace taper::data {

/// Options of DataLoader.
struct DataLoaderOptions {
  std::int64_t batch_size = 1;
  /// Go through the examples in an order that is new in each epoch.
  bool shuffle = false;
  /// Decides the orders, together with the number of the epoch.
  std::uint64_t seed = 0;
  /// Leave out a last batch that is smaller than the others.
  bool drop_last = false;
  /// How many batches to prepare ahead on another thread; 0 prepares each when it is asked for.
  std::int64_t prefetch = 2;
};

/// Batches of a dataset, epoch by epoch:
///
///     data::DataLoader loader(dataset, {.batch_size = 128, .shuffle = true});
///     for (int epoch = 0; epoch < 10; ++epoch)
///       for (const data::Batch& batch : loader) train(batch);
///
/// Each begin() starts a new epoch (and ends one that is still going on). The batches depend on the dataset,
/// batch_size, shuffle, seed, drop_last and the number of the epoch alone, not on prefetch or threads. What
/// the dataset throws reaches the loop with the batch it belongs to, and ends the epoch. Use it from one
/// thread. The dataset must outlive it.
class DataLoader {
 public:
  class Iterator;

  /// Throws ValueError unless batch_size is at least 1 and prefetch at least 0.
  explicit DataLoader(const Dataset& dataset, DataLoaderOptions options = {});
  explicit DataLoader(const Dataset&& dataset, DataLoaderOptions options = {}) = delete;
  DataLoader(const DataLoader&) = delete;
  DataLoader& operator=(const DataLoader&) = delete;
  ~DataLoader();

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
  void start();
  void stop() noexcept;
  void fetch();
  void advance();
  void prepare_ahead();
  Batch prepare(std::int64_t number) const;
  Batch& slot(std::int64_t number) { return slots_[static_cast<std::size_t>(number) % slots_.size()]; }

  const Dataset& dataset_;
  DataLoaderOptions options_;
  std::int64_t examples_, batches_, epoch_ = 0;
  Tensor order_;  // the indices of the examples

  // See Note [Prefetch] in data_loader.cpp.
  std::vector<Batch> slots_;
  struct Worker;  // the thread, and what it and the loop wait for; its headers are slow to compile
  std::unique_ptr<Worker> worker_;
  std::int64_t position_ = 0;  // the batch that the loop is at
  std::int64_t prepared_ = 0;  // batches before this one are, or were, in their slots
  bool stopping_ = false;
  std::exception_ptr failure_;  // what preparing batch `prepared_` has thrown
};

/// An input iterator over the batches of one epoch. A batch is valid until the iterator moves on; its tensors
/// live on where they are copied.
class DataLoader::Iterator {
 public:
  using value_type = Batch;
  using difference_type = std::ptrdiff_t;

  const Batch& operator*() const { return loader_->slot(loader_->position_); }
  const Batch* operator->() const { return &**this; }
  Iterator& operator++() {
    loader_->advance();
    return *this;
  }
  void operator++(int) { ++*this; }
  bool operator==(std::default_sentinel_t) const noexcept { return loader_->position_ >= loader_->batches_; }

 private:
  friend class DataLoader;
  explicit Iterator(DataLoader* loader) noexcept : loader_(loader) {}
  DataLoader* loader_;
};

}  // namespace taper::data
