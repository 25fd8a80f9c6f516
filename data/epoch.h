// Epoch: the batches of one epoch in their order, prepared in advance by workers. Internal.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include <taper/data/batch_source.h>

namespace taper::data {

// Note [Prefetch]
// Batch i is stored in slot i % (prefetch + 1): the loop uses one slot, and the others hold batches prepared
// in advance. A worker may claim batch i when the loop is at batch i - prefetch or later; claims are made in
// order, one at a time, and the batches of different claims at the same time. A used batch stays in its slot
// until a worker overwrites it, and each worker clears the slots that it filled last when the epoch ends. So
// small blocks are released by the threads that allocate them, and the pool reuses the memory of earlier
// batches. Without prefetch, the loop itself fills a single slot.

/// The state of an iterator of a DataLoader, and its workers.
class DataLoader::Epoch {
 public:
  Epoch(std::unique_ptr<BatchSource> source, std::int64_t first, std::int64_t prefetch, std::int64_t workers);
  Epoch(const Epoch&) = delete;
  Epoch& operator=(const Epoch&) = delete;
  ~Epoch();

  /// Waits until the current batch of the loop is in its slot; returns false at the end of the epoch. Throws
  /// what was thrown when it was prepared.
  bool fetch();
  const Batch& batch() { return slot(position_).batch; }
  void advance();
  /// The batch behind the current one.
  Position next() const;

 private:
  struct Slot {
    Batch batch;
    std::int64_t number = -1;      // of the batch that is there
    std::exception_ptr failure;    // what was thrown instead of it
    std::size_t filled_by = none;  // a worker
  };
  static constexpr std::size_t none = std::numeric_limits<std::size_t>::max();

  Slot& slot(std::int64_t number) { return slots_[static_cast<std::size_t>(number) % slots_.size()]; }
  void work(std::size_t worker);
  bool prepare(std::size_t worker);
  std::optional<std::int64_t> wait_for_room();
  void stop() noexcept;

  const std::unique_ptr<BatchSource> source_;
  const std::int64_t prefetch_;
  std::vector<Slot> slots_;
  std::int64_t position_;  // the current batch of the loop
  std::int64_t claimed_;   // batches before this one are prepared, or are being prepared
  std::int64_t end_;       // batches from here on are not prepared: there are none, or one before failed
  bool stopping_ = false;
  std::mutex claiming_;  // held while a batch is claimed; locked before mutex_
  std::mutex mutex_;     // of all above, but what a worker fills its slot with
  std::condition_variable changed_;
  std::vector<std::thread> workers_;  // last, because they use all other members
};

}  // namespace taper::data
