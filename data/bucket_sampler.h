// BucketSampler: batches of examples with similar lengths.
#pragma once

#include <vector>

#include <taper/data/sampler.h>

namespace taper::data {

/// Options of BucketSampler.
struct BucketSamplerOptions {
  /// That of the DataLoader.
  std::int64_t batch_size = 1;
  /// In each epoch, shuffle the examples first, and the batches at the end. If not, all examples come in the
  /// order of their lengths.
  bool shuffle = true;
  /// So many batches of shuffled examples are sorted at a time: the more, the more similar are the lengths in
  /// a batch, and the fewer different batches there can be.
  std::int64_t pool = 100;
};

/// Each example once, so that the examples of a batch have similar lengths, and little is filled up by
/// data::pad(). If the last batch is smaller than the others, it stays the last one.
class BucketSampler final : public Sampler {
 public:
  /// `lengths` are those of the examples. Throws ValueError unless batch_size and pool are at least 1.
  explicit BucketSampler(std::vector<std::int64_t> lengths, BucketSamplerOptions options = {});
  std::int64_t size() const override { return static_cast<std::int64_t>(lengths_.size()); }
  Tensor order(const Randomness& randomness) const override;

 private:
  std::vector<std::int64_t> lengths_;
  BucketSamplerOptions options_;
};

}  // namespace taper::data
