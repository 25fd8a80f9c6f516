// DataLoader: the order of the examples, the batches, and the thread that prepares them.
#include <algorithm>
#include <condition_variable>
#include <exception>
#include <limits>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <taper/data/data_loader.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>
#include <taper/tensor/observer.h>
#include <taper/tensor/random.h>

namespace taper::data {
namespace {

std::uint64_t draw_seed() {
  using Limits = std::numeric_limits<std::int64_t>;
  return static_cast<std::uint64_t>(random_integers({}, Limits::min(), Limits::max()).item<std::int64_t>());
}

}  // namespace

// Note [Prefetch]
// Batch i is stored in slot i % (prefetch + 1): the loop uses one slot, and the others hold batches prepared
// in advance. The thread may prepare batch i when the loop is at batch i - prefetch or later. A used batch
// stays in its slot until the thread overwrites it, and the thread clears the slots when the epoch ends. So
// small blocks are released by the thread that allocates them, and the pool reuses the memory of earlier
// batches. Without prefetch, the loop itself fills a single slot.

// One epoch: the state of an iterator, and its thread.
class DataLoader::Epoch {
 public:
  Epoch(const Dataset& dataset, const DataLoaderOptions& options, const Randomness& randomness, Tensor order,
        std::int64_t batches, std::int64_t first)
      : dataset_(dataset),
        randomness_(randomness),
        order_(std::move(order)),
        batch_size_(options.batch_size),
        batches_(batches),
        prefetch_(std::min(options.prefetch, batches)),
        slots_(static_cast<std::size_t>(prefetch_) + 1),
        position_(first),
        prepared_(first) {
    if (prefetch_ > 0) thread_ = std::thread(&Epoch::prepare_ahead, this);
  }
  Epoch(const Epoch&) = delete;
  Epoch& operator=(const Epoch&) = delete;

  ~Epoch() {
    if (!thread_.joinable()) return;
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }

  // Waits until the current batch of the loop is in its slot; returns false at the end of the epoch.
  bool fetch() {
    if (position_ == batches_) return false;
    if (!thread_.joinable()) {
      fill(position_);
      return true;
    }
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return prepared_ > position_ || failure_; });
    if (prepared_ <= position_) std::rethrow_exception(std::exchange(failure_, nullptr));
    return true;
  }

  const Batch& batch() { return slot(position_); }
  // The batch behind the current one.
  Position next() const {
    const bool last = position_ + 1 == batches_;
    return {randomness_.seed, randomness_.epoch + (last ? 1 : 0), last ? 0 : position_ + 1};
  }

  void advance() {
    {
      const std::lock_guard lock(mutex_);
      ++position_;
    }
    changed_.notify_all();
  }

 private:
  Batch& slot(std::int64_t number) { return slots_[static_cast<std::size_t>(number) % slots_.size()]; }

  void fill(std::int64_t number) {
    Batch& batch = slot(number);
    batch = {};  // first, so that its memory can be reused
    const NoDefaultGenerator keyed_only("use the Generator that get() receives");
    const std::int64_t begin = number * batch_size_, count = std::min(batch_size_, order_.numel() - begin);
    batch = dataset_.get_batch({order_.data<std::int64_t>() + begin, static_cast<std::size_t>(count)},
                               randomness_);
  }

  // What the thread runs.
  void prepare_ahead() {
    std::unique_lock lock(mutex_);
    for (std::int64_t number = prepared_; number < batches_ && !failure_; ++number) {
      changed_.wait(lock, [&] { return stopping_ || number <= position_ + prefetch_; });
      if (stopping_) break;
      lock.unlock();
      std::exception_ptr failure;
      try {
        fill(number);
      } catch (...) {
        failure = std::current_exception();
      }
      lock.lock();
      if (failure)
        failure_ = failure;
      else
        prepared_ = number + 1;
      changed_.notify_all();
    }
    changed_.wait(lock, [&] { return stopping_; });
    slots_.clear();
  }

  const Dataset& dataset_;
  const Randomness randomness_;
  const Tensor order_;  // the indices of the examples
  const std::int64_t batch_size_, batches_, prefetch_;
  std::vector<Batch> slots_;
  std::int64_t position_;  // the current batch of the loop
  std::int64_t prepared_;  // batches before this one are, or were, in their slots
  bool stopping_ = false;
  std::exception_ptr failure_;  // the exception that was thrown for batch `prepared_`
  std::mutex mutex_;
  std::condition_variable changed_;
  std::thread thread_;  // last, because it uses all other members
};

DataLoader::DataLoader(const Dataset& dataset, DataLoaderOptions options)
    : dataset_(dataset), options_(options), examples_(dataset.size()) {
  if (options.batch_size < 1)
    throw ValueError(
        fmt::format("DataLoader: expected a batch_size of at least 1, got {}", options.batch_size));
  if (options.prefetch < 0)
    throw ValueError(fmt::format("DataLoader: expected a prefetch of at least 0, got {}", options.prefetch));
  if (examples_ < 0)
    throw ValueError(
        fmt::format("DataLoader: expected a dataset with a size of at least 0, got {}", examples_));
  const bool partial = !options.drop_last && examples_ % options.batch_size != 0;
  batches_ = examples_ / options.batch_size + (partial ? 1 : 0);
  in_sequence_ = arange(0, static_cast<double>(examples_), 1, DType::int64);
}

void DataLoader::settle_seed() {
  if (!options_.seed) options_.seed = draw_seed();
}

void DataLoader::set_epoch(std::int64_t epoch) {
  if (epoch < 0) throw ValueError(fmt::format("set_epoch: expected a number of at least 0, got {}", epoch));
  latest_.reset();
  epoch_ = epoch;
  first_ = 0;
}

Position DataLoader::position() {
  settle_seed();
  const std::shared_ptr<const Epoch> latest = latest_.lock();
  return latest ? latest->next() : Position{*options_.seed, epoch_, first_};
}

void DataLoader::seek(const Position& position) {
  if (position.epoch < 0 || position.batch < 0 || (position.batch > 0 && position.batch >= batches_))
    throw ValueError(
        fmt::format("seek: expected an epoch of at least 0 and one of {} batches, got epoch {}, batch {}",
                    batches_, position.epoch, position.batch));
  latest_.reset();
  options_.seed = position.seed;
  epoch_ = position.epoch;
  first_ = position.batch;
}

DataLoader::Iterator DataLoader::begin() {
  settle_seed();
  const Randomness randomness{*options_.seed, epoch_++};
  Tensor order = in_sequence_;
  if (options_.shuffle) {
    Generator generator = randomness.order();
    order = permutation(examples_, generator);
  }
  const auto epoch = std::make_shared<Epoch>(dataset_, options_, randomness, std::move(order), batches_,
                                             std::exchange(first_, 0));
  latest_ = epoch;
  return Iterator(epoch);
}

DataLoader::Iterator::Iterator(std::shared_ptr<Epoch> epoch) : epoch_(std::move(epoch)) { settle(); }
DataLoader::Iterator::Iterator(Iterator&& other) noexcept = default;
DataLoader::Iterator& DataLoader::Iterator::operator=(Iterator&& other) noexcept = default;
DataLoader::Iterator::~Iterator() = default;

// Called after each step of the iterator. The end of the dataset, or an exception, ends the epoch.
void DataLoader::Iterator::settle() {
  const Section waiting(Section::Kind::data, "DataLoader");
  try {
    if (!epoch_->fetch()) epoch_.reset();
  } catch (...) {
    epoch_.reset();
    throw;
  }
}

const Batch& DataLoader::Iterator::operator*() const {
  if (!epoch_)
    throw IndexError("DataLoader: the iterator is at the end of the epoch, where there is no batch");
  return epoch_->batch();
}

DataLoader::Iterator& DataLoader::Iterator::operator++() {
  if (epoch_) {
    epoch_->advance();
    settle();
  }
  return *this;
}

}  // namespace taper::data
