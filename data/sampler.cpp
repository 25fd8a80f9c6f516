// Samplers: in sequence and shuffled.
#include <fmt/format.h>

#include <taper/data/sampler.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>

namespace taper::data {
namespace {

std::int64_t checked(const char* sampler, std::int64_t size) {
  if (size < 0) throw ValueError(fmt::format("{}: expected a size of at least 0, got {}", sampler, size));
  return size;
}

}  // namespace

SequentialSampler::SequentialSampler(std::int64_t size)
    : indices_(arange(checked("SequentialSampler", size))) {}
Tensor SequentialSampler::order(const Randomness&) const { return indices_; }

ShuffledSampler::ShuffledSampler(std::int64_t size) : size_(checked("ShuffledSampler", size)) {}
Tensor ShuffledSampler::order(const Randomness& randomness) const {
  Generator generator = randomness.order();
  return permutation(size_, generator);
}

}  // namespace taper::data
