// BucketSampler: sorts pools of shuffled examples, then shuffles the batches.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include <taper/data/bucket_sampler.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>

namespace taper::data {

BucketSampler::BucketSampler(std::vector<std::int64_t> lengths, BucketSamplerOptions options)
    : lengths_(std::move(lengths)), options_(options) {
  if (options.batch_size < 1 || options.pool < 1)
    throw ValueError(
        fmt::format("BucketSampler: expected a batch_size and a pool of at least 1, got {} and {}",
                    options.batch_size, options.pool));
}

Tensor BucketSampler::order(const Randomness& randomness) const {
  const std::int64_t count = size(), batch = std::min(options_.batch_size, std::max<std::int64_t>(count, 1));
  const std::int64_t batches = count / batch;
  Generator generator = randomness.order();
  Tensor sorted = options_.shuffle ? permutation(count, generator) : arange(count);
  const std::int64_t pool = options_.shuffle ? batch * std::min(options_.pool, batches + 1) : count;
  std::int64_t* const indices = sorted.mutable_data<std::int64_t>();
  for (std::int64_t begin = 0; begin < count; begin += pool)
    std::stable_sort(indices + begin, indices + std::min(begin + pool, count),
                     [this](std::int64_t a, std::int64_t b) {
                       return lengths_[static_cast<std::size_t>(a)] < lengths_[static_cast<std::size_t>(b)];
                     });
  if (!options_.shuffle) return sorted;

  const Tensor places = permutation(batches, generator);
  Tensor result = Tensor::empty({count}, DType::int64, "BucketSampler");
  std::int64_t* out = result.mutable_data<std::int64_t>();
  for (std::int64_t i = 0; i < batches; ++i)
    out = std::copy_n(indices + places.data<std::int64_t>()[i] * batch, batch, out);
  std::copy(indices + batches * batch, indices + count, out);
  return result;
}

}  // namespace taper::data
