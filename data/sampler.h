// Sampler: the order in which an epoch takes the examples of a dataset. Derive from it to define your own.
#pragma once

#include <cstdint>

#include <taper/data/randomness.h>
#include <taper/tensor/tensor.h>

namespace taper::data {

/// An order depends on the seed and the number of the epoch alone, so that an interrupted training can go on
/// in the middle of one, and each rank of several can make the same order for itself.
class Sampler {
 public:
  virtual ~Sampler() = default;
  /// The number of examples that an epoch takes.
  virtual std::int64_t size() const = 0;
  /// Their indices, int64 [size()]. Random numbers must come from `randomness`, as from its order().
  virtual Tensor order(const Randomness& randomness) const = 0;
};

/// 0, 1, ..., size - 1.
class SequentialSampler final : public Sampler {
 public:
  /// Throws ValueError if the size is negative.
  explicit SequentialSampler(std::int64_t size);
  std::int64_t size() const override { return indices_.numel(); }
  Tensor order(const Randomness& unused) const override;

 private:
  Tensor indices_;
};

/// Each of 0, 1, ..., size - 1 once, in a new random order in each epoch.
class ShuffledSampler final : public Sampler {
 public:
  /// Throws ValueError if the size is negative.
  explicit ShuffledSampler(std::int64_t size);
  std::int64_t size() const override { return size_; }
  Tensor order(const Randomness& randomness) const override;

 private:
  std::int64_t size_;
};

}  // namespace taper::data
