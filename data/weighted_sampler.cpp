// WeightedSampler: multinomial() with the generator of the epoch's order.
#include <cmath>

#include <fmt/format.h>

#include <taper/data/weighted_sampler.h>
#include <taper/tensor/elementwise.h>
#include <taper/tensor/error.h>

namespace taper::data {

WeightedSampler::WeightedSampler(const Tensor& weights, WeightedSamplerOptions options) : options_(options) {
  if (!is_floating(weights.dtype()))
    throw DTypeError(
        fmt::format("WeightedSampler: expected weights of a floating dtype, got {}", name(weights.dtype())));
  if (weights.rank() != 1)
    throw ShapeError(
        fmt::format("WeightedSampler: expected weights of rank 1, got shape {}", to_string(weights.shape())));
  weights_ = compute::cast(weights, DType::float64).detach();
  std::int64_t above_0 = 0;
  for (const double weight : weights_.to_vector<double>()) {
    if (!(weight >= 0) || !std::isfinite(weight))
      throw ValueError(fmt::format("WeightedSampler: expected finite weights of at least 0, got {}", weight));
    above_0 += weight > 0 ? 1 : 0;
  }
  if (above_0 == 0) throw ValueError("WeightedSampler: expected a weight above 0, got none");
  if (options_.size == 0) options_.size = weights_.numel();
  if (options_.size < 0 || (!options_.replacement && options_.size > above_0))
    throw ValueError(
        options_.replacement
            ? fmt::format("WeightedSampler: expected a size of at least 0, got {}", options_.size)
            : fmt::format("WeightedSampler: without replacement, expected a size of 0 to {}, the number of "
                          "weights above 0, got {}",
                          above_0, options_.size));
}

Tensor WeightedSampler::order(const Randomness& randomness) const {
  Generator generator = randomness.order();
  return multinomial(weights_, options_.size, options_.replacement, generator);
}

}  // namespace taper::data
