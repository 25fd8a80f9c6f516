// WeightedSampler: draws examples with given probabilities.
#pragma once

#include <taper/data/sampler.h>

namespace taper::data {

/// Options of WeightedSampler.
struct WeightedSamplerOptions {
  /// How many examples an epoch draws; 0 means as many as there are weights.
  std::int64_t size = 0;
  /// Whether an example can be drawn more than once in an epoch.
  bool replacement = true;
};

/// Draws index i with a probability that is proportional to weights[i]; an index with weight 0 is never
/// drawn. With one weight for each example, the inverse of how often its class occurs, all classes come
/// equally often. An example that is drawn twice in an epoch has the same random numbers both times.
class WeightedSampler final : public Sampler {
 public:
  /// Throws DTypeError unless the weights are floating, ShapeError unless they have rank 1, and ValueError if
  /// one is negative or not finite, if their sum is 0, or if `size` is negative or, without replacement,
  /// larger than the number of weights above 0.
  explicit WeightedSampler(const Tensor& weights, WeightedSamplerOptions options = {});
  std::int64_t size() const override { return options_.size; }
  Tensor order(const Randomness& randomness) const override;

 private:
  Tensor weights_;
  WeightedSamplerOptions options_;
};

}  // namespace taper::data
