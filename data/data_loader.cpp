// DataLoader: orders, batches, and the thread that prepares them.
#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include <taper/data/data_loader.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>
#include <taper/tensor/random.h>

namespace taper::data {
namespace {

// A generator for one epoch: epochs and seeds share no numbers.
Generator generator_of(std::uint64_t seed, std::int64_t epoch) {
  const auto number = static_cast<std::uint64_t>(epoch);
  const auto words =
      philox({static_cast<std::uint32_t>(number), static_cast<std::uint32_t>(number >> 32), 0, 0},
             {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)});
  return Generator(words[0] | std::uint64_t{words[1]} << 32);
}

Tensor in_sequence(std::int64_t count) { return arange(0, static_cast<double>(count), 1, DType::int64); }

}  // namespace

// Note [Prefetch]
// Batch i lives in slot i % (prefetch + 1): one slot is the loop's, the others are prepared ahead. The thread
// may fill slot i once the loop has come within `prefetch` of it. A used batch stays in its slot until the
// thread overwrites it, so that small blocks return to the thread that allocates them, and the pool serves
// each batch with the memory of an earlier one. Without prefetch the loop does the same itself, with one
// slot.

struct DataLoader::Worker {
  std::thread thread;
  std::mutex mutex;
  std::condition_variable changed;
};

DataLoader::DataLoader(const Dataset& dataset, DataLoaderOptions options)
    : dataset_(dataset), options_(options), examples_(dataset.size()), worker_(std::make_unique<Worker>()) {
  if (options.batch_size < 1)
    throw ValueError(
        fmt::format("DataLoader: a batch_size of at least 1 is wanted, got {}", options.batch_size));
  if (options.prefetch < 0)
    throw ValueError(fmt::format("DataLoader: a prefetch of at least 0 is wanted, got {}", options.prefetch));
  if (examples_ < 0)
    throw ValueError(fmt::format("DataLoader: the dataset says it has {} examples", examples_));
  const bool partial = !options.drop_last && examples_ % options.batch_size != 0;
  batches_ = examples_ / options.batch_size + (partial ? 1 : 0);
  position_ = batches_;  // no epoch is going on
  options_.prefetch = std::min(options.prefetch, batches_);
  slots_.resize(static_cast<std::size_t>(options_.prefetch) + 1);
  order_ = in_sequence(examples_);
}

DataLoader::~DataLoader() { stop(); }

void DataLoader::set_epoch(std::int64_t epoch) {
  if (epoch < 0) throw ValueError(fmt::format("set_epoch: a number of at least 0 is wanted, got {}", epoch));
  epoch_ = epoch;
}

DataLoader::Iterator DataLoader::begin() {
  stop();
  start();
  fetch();
  return Iterator(this);
}

void DataLoader::start() {
  if (options_.shuffle) {
    Generator generator = generator_of(options_.seed, epoch_);
    order_ = permutation(examples_, generator);
  }
  ++epoch_;
  position_ = prepared_ = 0;
  stopping_ = false;
  failure_ = nullptr;
  if (options_.prefetch > 0) worker_->thread = std::thread(&DataLoader::prepare_ahead, this);
}

void DataLoader::stop() noexcept {
  if (!worker_->thread.joinable()) return;
  {
    const std::lock_guard lock(worker_->mutex);
    stopping_ = true;
  }
  worker_->changed.notify_all();
  worker_->thread.join();
}

void DataLoader::advance() {
  if (position_ >= batches_) return;
  {
    const std::lock_guard lock(worker_->mutex);
    ++position_;
  }
  worker_->changed.notify_all();
  fetch();
}

// Waits until the batch at position_ is in its slot.
void DataLoader::fetch() {
  if (position_ >= batches_) return stop();
  try {
    if (!worker_->thread.joinable()) {
      slot(position_) = {};  // first, so that its memory serves again
      slot(position_) = prepare(position_);
      return;
    }
    std::unique_lock lock(worker_->mutex);
    worker_->changed.wait(lock, [&] { return prepared_ > position_ || failure_; });
    if (prepared_ <= position_) std::rethrow_exception(std::exchange(failure_, nullptr));
  } catch (...) {
    stop();
    position_ = batches_;
    throw;
  }
}

// The thread's body.
void DataLoader::prepare_ahead() {
  for (std::int64_t number = 0; number < batches_; ++number) {
    {
      std::unique_lock lock(worker_->mutex);
      worker_->changed.wait(lock, [&] { return stopping_ || number <= position_ + options_.prefetch; });
      if (stopping_) return;
    }
    std::exception_ptr failure;
    try {
      slot(number) = {};
      slot(number) = prepare(number);
    } catch (...) {
      failure = std::current_exception();
    }
    {
      const std::lock_guard lock(worker_->mutex);
      if (failure)
        failure_ = failure;
      else
        prepared_ = number + 1;
    }
    worker_->changed.notify_all();
    if (failure) return;
  }
}

Batch DataLoader::prepare(std::int64_t number) const {
  const std::int64_t begin = number * options_.batch_size;
  const std::int64_t count = std::min(options_.batch_size, examples_ - begin);
  return dataset_.get_batch({order_.data<std::int64_t>() + begin, static_cast<std::size_t>(count)});
}

}  // namespace taper::data
