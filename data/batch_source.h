// BatchSource: what the batches of one epoch are made of. Internal: what the workers of a DataLoader use.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include <taper/data/data_loader.h>

namespace taper::data {

/// The examples of one batch, before they are made: indices in a dataset, or what was read of a stream.
struct Claim {
  std::int64_t number = 0;                // of the batch
  std::int64_t first = 0;                 // the place of the first example in the epoch
  std::span<const std::int64_t> indices;  // of a dataset
  std::vector<Example> examples;          // of a stream
  bool empty = false;  // this rank gets no example: what is claimed is only to say how they look
};

class BatchSource {
 public:
  BatchSource(const DataLoaderOptions& options, const Randomness& randomness)
      : options_(options), randomness_(randomness) {}
  BatchSource(const BatchSource&) = delete;
  BatchSource& operator=(const BatchSource&) = delete;
  virtual ~BatchSource() = default;

  /// The number of batches, if it is known.
  virtual std::optional<std::int64_t> size() const = 0;
  /// The examples of the next batch, in ascending order of `number`; nothing at the end. On any thread, but
  /// one at a time.
  virtual std::optional<Claim> claim(std::int64_t number) = 0;
  /// The batch itself; several threads at the same time.
  Batch make(Claim claim) const;

  const Randomness& randomness() const noexcept { return randomness_; }

 protected:
  /// The part of `count` examples that this rank gets.
  struct Share {
    std::int64_t begin, end;
  };
  Share share(std::int64_t count) const noexcept;
  virtual Batch batch_of(Claim claim) const = 0;
  /// By the options' collate, or by stack().
  Batch collate(std::span<const Example> examples) const;

  const DataLoaderOptions options_;
  const Randomness randomness_;
};

/// The batches of a dataset, whose examples come in this order.
std::unique_ptr<BatchSource> batches_of(Held<Dataset> dataset, Tensor order, const DataLoaderOptions& options,
                                        const Randomness& randomness);
/// The batches of a stream, from number `first` on: those before it are read, but not prepared.
std::unique_ptr<BatchSource> batches_of(Held<Stream> stream, std::int64_t first,
                                        const DataLoaderOptions& options, const Randomness& randomness);

}  // namespace taper::data
