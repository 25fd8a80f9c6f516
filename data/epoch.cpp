// Epoch: the loop waits for its batch, the workers for room.
#include <algorithm>
#include <optional>
#include <utility>

#include <taper/data/epoch.h>
#include <taper/tensor/random.h>

namespace taper::data {
namespace {

constexpr const char* advice = "use the Generator that get() receives";

}  // namespace

DataLoader::Epoch::Epoch(std::unique_ptr<BatchSource> source, std::int64_t first, std::int64_t prefetch,
                         std::int64_t workers)
    : source_(std::move(source)),
      prefetch_(std::min(prefetch, source_->size().value_or(prefetch))),
      slots_(static_cast<std::size_t>(prefetch_) + 1),
      position_(first),
      claimed_(first),
      end_(source_->size().value_or(std::numeric_limits<std::int64_t>::max())) {
  if (prefetch_ == 0) return;
  const auto threads = static_cast<std::size_t>(std::min(workers, prefetch_ + 1));
  try {
    workers_.reserve(threads);
    for (std::size_t i = 0; i < threads; ++i) workers_.emplace_back(&Epoch::work, this, i);
  } catch (...) {  // the system has no more threads
    stop();
    throw;
  }
}

DataLoader::Epoch::~Epoch() { stop(); }

void DataLoader::Epoch::stop() noexcept {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  for (std::thread& worker : workers_) worker.join();
}

bool DataLoader::Epoch::fetch() {
  Slot& current = slot(position_);
  if (workers_.empty()) {
    const NoDefaultGenerator keyed_only(advice);
    current.batch = {};  // first, so that its memory can be reused
    std::optional<Claim> claim = source_->claim(position_);
    if (claim) current.batch = source_->make(std::move(*claim));
    return claim.has_value();
  }
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return current.number == position_ || position_ >= end_; });
  if (current.number != position_) return false;
  if (current.failure) std::rethrow_exception(std::exchange(current.failure, nullptr));
  return true;
}

void DataLoader::Epoch::advance() {
  {
    const std::lock_guard lock(mutex_);
    ++position_;
  }
  changed_.notify_all();
}

Position DataLoader::Epoch::next() const {
  const Randomness& randomness = source_->randomness();
  const bool last = position_ + 1 == source_->size();
  return {randomness.seed, randomness.epoch + (last ? 1 : 0), last ? 0 : position_ + 1};
}

// What a worker runs.
void DataLoader::Epoch::work(std::size_t worker) {
  const NoDefaultGenerator keyed_only(advice);
  while (prepare(worker)) {
  }
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return stopping_; });
  for (Slot& each : slots_)
    if (each.filled_by == worker) each.batch = {};
}

// Waits until another batch may be claimed; its number, or nothing if none will be.
std::optional<std::int64_t> DataLoader::Epoch::wait_for_room() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return stopping_ || claimed_ >= end_ || claimed_ - position_ <= prefetch_; });
  if (stopping_ || claimed_ >= end_) return {};
  return claimed_;
}

// Fills one slot; returns false if nothing is left to do.
bool DataLoader::Epoch::prepare(std::size_t worker) {
  std::int64_t number = 0;
  std::optional<Claim> claim;
  std::exception_ptr failure;
  {
    const std::lock_guard claiming(claiming_);
    const std::optional<std::int64_t> next_one = wait_for_room();
    if (!next_one) return false;
    number = *next_one;
    try {
      claim = source_->claim(number);
    } catch (...) {
      failure = std::current_exception();
    }
    const std::lock_guard lock(mutex_);
    claimed_ = number + 1;
    if (!claim && !failure) {
      end_ = std::min(end_, number);
      changed_.notify_all();
      return false;
    }
    slot(number).filled_by = worker;
  }
  Slot& mine = slot(number);
  try {
    mine.batch = {};  // first, so that its memory can be reused
    if (claim) mine.batch = source_->make(std::move(*claim));
  } catch (...) {
    failure = std::current_exception();
  }
  {
    const std::lock_guard lock(mutex_);
    mine.failure = failure;
    mine.number = number;
    if (failure) end_ = std::min(end_, number + 1);
  }
  changed_.notify_all();
  return true;
}

}  // namespace taper::data
