// DataLoader: checks, orders, and positions.
#include <limits>
#include <utility>

#include <fmt/format.h>

#include <taper/data/batch_source.h>
#include <taper/data/data_loader.h>
#include <taper/data/epoch.h>
#include <taper/tensor/elementwise.h>
#include <taper/tensor/error.h>
#include <taper/tensor/observer.h>
#include <taper/tensor/random.h>

namespace taper::data {
DataLoader::DataLoader(Held<Dataset> dataset, DataLoaderOptions options)
    : dataset_(std::move(dataset)), options_(std::move(options)) {
  check(options_);
  const std::int64_t examples = dataset_->size();
  if (examples < 0)
    throw ValueError(
        fmt::format("DataLoader: expected a dataset with a size of at least 0, got {}", examples));
  if (options_.sampler && options_.shuffle)
    throw ValueError("DataLoader: expected a sampler or shuffle, got both");
  if (options_.shuffle)
    options_.sampler = ShuffledSampler(examples);
  else if (!options_.sampler)
    options_.sampler = SequentialSampler(examples);
  const std::int64_t taken = options_.sampler->size();
  if (taken < 0)
    throw ValueError(fmt::format("DataLoader: expected a sampler with a size of at least 0, got {}", taken));
  const bool partial = !options_.drop_last && taken % options_.batch_size != 0;
  batches_ = taken / options_.batch_size + (partial ? 1 : 0);
}

DataLoader::DataLoader(Held<Stream> stream, DataLoaderOptions options)
    : stream_(std::move(stream)), options_(std::move(options)) {
  check(options_);
  if (options_.shuffle)
    throw ValueError("DataLoader: a stream cannot be shuffled as a whole: use a ShuffleBuffer");
  if (options_.sampler)
    throw ValueError("DataLoader: expected no sampler for a stream, whose order is its own");
  if (options_.prefetch && *options_.prefetch > 1'000'000)
    throw ValueError(fmt::format("DataLoader: expected a prefetch of at most 1000000 for a stream, got {}",
                                 *options_.prefetch));
}

void DataLoader::check(const DataLoaderOptions& options) const {
  if (!dataset_ && !stream_) throw ValueError("DataLoader: expected a dataset or a stream, got none");
  if (options.batch_size < 1)
    throw ValueError(
        fmt::format("DataLoader: expected a batch_size of at least 1, got {}", options.batch_size));
  if (options.prefetch && *options.prefetch < 0)
    throw ValueError(fmt::format("DataLoader: expected a prefetch of at least 0, got {}", *options.prefetch));
  if (options.workers < 1 || options.workers > 1024)
    throw ValueError(fmt::format("DataLoader: expected 1 to 1024 workers, got {}", options.workers));
  if (options.ranks < 1 || options.rank < 0 || options.rank >= options.ranks)
    throw ValueError(fmt::format("DataLoader: expected a rank from 0 to ranks - 1, got rank {} of {} ranks",
                                 options.rank, options.ranks));
}

std::int64_t DataLoader::size() const {
  if (stream_)
    throw ValueError("size: the number of batches of a stream is not known; has_size() says whether it is");
  return batches_;
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
  if (position.epoch < 0 || position.batch < 0)
    throw ValueError(fmt::format("seek: expected an epoch and a batch of at least 0, got epoch {}, batch {}",
                                 position.epoch, position.batch));
  if (!stream_ && position.batch > 0 && position.batch >= batches_)
    throw ValueError(fmt::format("seek: expected one of {} batches, got batch {}", batches_, position.batch));
  latest_.reset();
  options_.seed = position.seed;
  epoch_ = position.epoch;
  first_ = position.batch;
}

// The indices of the examples, for a dataset.
Tensor DataLoader::order(const Randomness& randomness) const {
  Tensor indices = options_.sampler->order(randomness);
  const std::int64_t taken = options_.sampler->size(), examples = dataset_->size();
  if (!indices.defined() || indices.dtype() != DType::int64 || indices.shape() != Shape{taken})
    throw ValueError(fmt::format(
        "DataLoader: expected an order of dtype int64 and shape [{}] from the sampler, got {}", taken,
        indices.defined() ? fmt::format("{} of shape {}", name(indices.dtype()), to_string(indices.shape()))
                          : "an undefined tensor"));
  indices = compute::contiguous(indices);
  const std::int64_t* const all = indices.data<std::int64_t>();
  for (std::int64_t i = 0; i < taken; ++i)
    if (all[i] < 0 || all[i] >= examples)
      throw IndexError(fmt::format("DataLoader: the sampler's index {} is out of range for {} examples",
                                   all[i], examples));
  return indices;
}

DataLoader::Iterator DataLoader::begin() {
  settle_seed();
  const Randomness randomness{*options_.seed, epoch_++};
  const std::int64_t first = std::exchange(first_, 0);
  auto source = stream_ ? batches_of(stream_, first, options_, randomness)
                        : batches_of(dataset_, order(randomness), options_, randomness);
  const auto epoch = std::make_shared<Epoch>(
      std::move(source), first, options_.prefetch.value_or(2 * options_.workers), options_.workers);
  latest_ = epoch;
  return Iterator(epoch);
}

DataLoader::Iterator::Iterator(std::shared_ptr<Epoch> epoch) : epoch_(std::move(epoch)) { settle(); }
DataLoader::Iterator::Iterator(Iterator&& other) noexcept = default;
DataLoader::Iterator& DataLoader::Iterator::operator=(Iterator&& other) noexcept = default;
DataLoader::Iterator::~Iterator() = default;

// Called after each step of the iterator. The end of the data, or an exception, ends the epoch.
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
