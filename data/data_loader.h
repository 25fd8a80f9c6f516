// DataLoader: iterates over a dataset or a stream in batches, which workers prepare in advance.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>

#include <taper/data/collate.h>
#include <taper/data/dataset.h>
#include <taper/data/held.h>
#include <taper/data/sampler.h>
#include <taper/data/stream.h>
#include <taper/tensor/function.h>

namespace taper::data {

/// What is done to a whole batch, for instance mixing its images. Random numbers must come from the
/// generator, which belongs to the batch; workers call it at the same time.
using BatchTransform = Function<Batch(Batch batch, Generator& generator)>;

/// Options of DataLoader.
struct DataLoaderOptions {
  /// The number of examples of a batch; with several ranks, of all their parts together.
  std::int64_t batch_size = 1;
  /// Use a new random order of the examples in each epoch. For a stream, see ShuffleBuffer.
  bool shuffle = false;
  /// Together with the number of the epoch, determines the order of the examples and their random numbers. If
  /// not given, it is drawn from the default generator when the first epoch begins.
  std::optional<std::uint64_t> seed = std::nullopt;
  /// Leave out the last batch if it is smaller than the others.
  bool drop_last = false;
  /// The number of batches to prepare in advance, on background threads; 0 prepares each batch when the loop
  /// asks for it. If not given, 2 for each worker.
  std::optional<std::int64_t> prefetch = std::nullopt;
  /// The number of background threads. The batches are the same for any number.
  std::int64_t workers = 1;
  /// The order of the examples of a dataset, instead of `shuffle`.
  Held<Sampler> sampler = {};
  /// How examples are put together to a batch; if not given, they are stacked.
  Collate collate = {};
  /// What is done to each batch at the end.
  BatchTransform transform = {};
  /// Of each batch, this loader makes the part of rank `rank` of `ranks`: all parts, one behind the other,
  /// are the batch that a single loader makes. They differ by at most one example; if the last batch has
  /// fewer examples than there are ranks, some parts have 0 rows. Each rank needs the same seed.
  std::int64_t rank = 0;
  std::int64_t ranks = 1;
};

/// A place in the sequence of all batches: with it, a training goes on where another one stopped.
struct Position {
  std::uint64_t seed = 0;
  std::int64_t epoch = 0;
  /// The number of the batch in its epoch.
  std::int64_t batch = 0;
};

/// The batches of a dataset or a stream; each loop over it is one epoch:
///
///     data::DataLoader loader(dataset, {.batch_size = 128, .shuffle = true});
///     for (int epoch = 0; epoch < 10; ++epoch)
///       for (const data::Batch& batch : loader) train(batch[0], batch[1]);
///
/// Each begin() starts a new epoch, even if an earlier one is not finished. The batches depend only on what
/// is loaded, on options other than prefetch and workers, and on the number of the epoch. What is thrown
/// while a batch is prepared is rethrown when the loop asks for that batch, and the epoch ends. Use a
/// DataLoader from one thread only. What it is given is kept as Held says: a variable must outlive the
/// DataLoader and its iterators.
class DataLoader {
 public:
  class Iterator;

  /// Throws ValueError unless batch_size is at least 1, prefetch at least 0 and workers from 1 to 1024, for
  /// `shuffle` and a sampler at once, and unless `rank` is from 0 to ranks - 1.
  explicit DataLoader(Held<Dataset> dataset, DataLoaderOptions options = {});
  /// Throws ValueError also for `shuffle` and for a sampler, which need a dataset, and for a prefetch of more
  /// than a million batches.
  explicit DataLoader(Held<Stream> stream, DataLoaderOptions options = {});
  DataLoader(const DataLoader&) = delete;
  DataLoader& operator=(const DataLoader&) = delete;

  /// Whether the number of batches is known: not of a stream.
  bool has_size() const noexcept { return !stream_; }
  /// The number of batches in an epoch. Throws ValueError for a stream.
  std::int64_t size() const;
  /// The number of the epoch that the next begin() starts: 0, 1, 2, ...
  std::int64_t epoch() const noexcept { return epoch_; }
  /// Sets the number of the epoch that the next begin() starts, to continue an interrupted training. Throws
  /// ValueError if it is negative.
  void set_epoch(std::int64_t epoch);
  /// The batch that comes next: the one behind the batch that the latest iterator is at, or the first of the
  /// next epoch. Behind the last batch of a stream it is one that does not exist, since the end shows only
  /// when the loop asks for it. Draws the seed if there is none yet.
  Position position();
  /// The next begin() starts at this batch, without preparing those before it; a stream is read up to it.
  /// Throws ValueError for a negative number, or a batch that the epoch of a dataset does not have. In a
  /// stream, an epoch that starts behind the last batch ends at once.
  void seek(const Position& position);

  Iterator begin();
  std::default_sentinel_t end() const noexcept { return {}; }

 private:
  class Epoch;

  void check(const DataLoaderOptions& options) const;
  void settle_seed();
  Tensor order(const Randomness& randomness) const;

  Held<Dataset> dataset_;  // one of
  Held<Stream> stream_;    // them
  DataLoaderOptions options_;
  std::int64_t batches_ = 0, epoch_ = 0;
  std::int64_t first_ = 0;             // the batch that the next begin() starts at
  std::weak_ptr<const Epoch> latest_;  // the epoch of the latest iterator, while there is one
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
