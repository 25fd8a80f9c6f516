// BatchSource: the batches of datasets and of streams.
#include <algorithm>
#include <utility>

#include <taper/data/batch_source.h>
#include <taper/data/collate.h>
#include <taper/tensor/parallel.h>
#include <taper/tensor/random.h>

namespace taper::data {
namespace {

class DatasetBatches final : public BatchSource {
 public:
  DatasetBatches(Held<Dataset> dataset, Tensor order, const DataLoaderOptions& options,
                 const Randomness& randomness)
      : BatchSource(options, randomness), dataset_(std::move(dataset)), order_(std::move(order)) {
    const std::int64_t examples = order_.numel(), full = examples / options.batch_size;
    batches_ = full + (!options.drop_last && examples % options.batch_size != 0 ? 1 : 0);
  }

  std::optional<std::int64_t> size() const override { return batches_; }

  std::optional<Claim> claim(std::int64_t number) override {
    if (number >= batches_) return {};
    const std::int64_t first = number * options_.batch_size;
    const std::int64_t count = std::min(options_.batch_size, order_.numel() - first);
    const auto [begin, end] = share(count);
    const bool empty = begin == end;
    const std::int64_t from = empty ? first : first + begin, size = empty ? 1 : end - begin;
    return Claim{.number = number,
                 .first = from,
                 .indices = {order_.data<std::int64_t>() + from, static_cast<std::size_t>(size)},
                 .examples = {},
                 .empty = empty};
  }

 private:
  Batch batch_of(Claim claim) const override {
    if (!options_.collate) return dataset_->get_batch(claim.indices, randomness_);
    std::vector<Example> examples;
    examples.reserve(claim.indices.size());
    for (const std::int64_t index : claim.indices) {
      Generator generator = randomness_.generator(index);
      examples.push_back(dataset_->get(index, generator));
    }
    return collate(examples);
  }

  Held<Dataset> dataset_;
  Tensor order_;  // the indices of the examples
  std::int64_t batches_;
};

class StreamBatches final : public BatchSource {
 public:
  StreamBatches(Held<Stream> stream, std::int64_t first, const DataLoaderOptions& options,
                const Randomness& randomness)
      : BatchSource(options, randomness), stream_(std::move(stream)), skipped_(first) {}

  std::optional<std::int64_t> size() const override { return {}; }

  std::optional<Claim> claim(std::int64_t number) override {
    if (reader_ == nullptr) {
      reader_ = stream_->read(randomness_);
      for (std::int64_t i = 0; i < skipped_ && read_batch(); ++i) {
      }
    }
    if (!read_batch()) return {};
    const auto [begin, end] = share(static_cast<std::int64_t>(read_.size()));
    Claim claim{.number = number,
                .first = number * options_.batch_size + begin,
                .indices = {},
                .examples = {},
                .empty = begin == end};
    if (claim.empty) claim.examples.push_back(read_[0]);
    for (std::int64_t i = begin; i < end; ++i)
      claim.examples.push_back(std::move(read_[static_cast<std::size_t>(i)]));
    return claim;
  }

 private:
  // Reads the examples of all ranks; false if there is no further batch.
  bool read_batch() {
    read_.clear();
    while (!at_end_ && static_cast<std::int64_t>(read_.size()) < options_.batch_size) {
      if (std::optional<Example> example = reader_->next())
        read_.push_back(std::move(*example));
      else
        at_end_ = true;
    }
    return !read_.empty() && !(at_end_ && options_.drop_last);
  }

  Batch batch_of(Claim claim) const override {
    for (std::size_t i = 0; i < claim.examples.size(); ++i) {
      Generator generator = randomness_.generator(claim.first + static_cast<std::int64_t>(i));
      claim.examples[i] = stream_->prepare(std::move(claim.examples[i]), generator);
    }
    return collate(claim.examples);
  }

  Held<Stream> stream_;
  std::unique_ptr<Stream::Reader> reader_;
  std::int64_t skipped_;
  std::vector<Example> read_;
  bool at_end_ = false;
};

}  // namespace

BatchSource::Share BatchSource::share(std::int64_t count) const noexcept {
  return {chunk_begin(options_.rank, options_.ranks, count),
          chunk_begin(options_.rank + 1, options_.ranks, count)};
}

Batch BatchSource::collate(std::span<const Example> examples) const {
  return options_.collate ? options_.collate(examples) : stack(examples);
}

Batch BatchSource::make(Claim claim) const {
  const std::int64_t number = claim.number;
  const bool empty = claim.empty;
  Batch batch = batch_of(std::move(claim));
  if (options_.transform) {
    Generator generator = randomness_.batch(number);
    batch = options_.transform(std::move(batch), generator);
  }
  if (empty)
    for (Tensor& tensor : batch)
      if (tensor.defined() && tensor.rank() > 0)
        tensor = tensor.alias(tensor.layout().slice("DataLoader", 0, 0, 0));
  return batch;
}

std::unique_ptr<BatchSource> batches_of(Held<Dataset> dataset, Tensor order, const DataLoaderOptions& options,
                                        const Randomness& randomness) {
  return std::make_unique<DatasetBatches>(std::move(dataset), std::move(order), options, randomness);
}
std::unique_ptr<BatchSource> batches_of(Held<Stream> stream, std::int64_t first,
                                        const DataLoaderOptions& options, const Randomness& randomness) {
  return std::make_unique<StreamBatches>(std::move(stream), first, options, randomness);
}

}  // namespace taper::data
