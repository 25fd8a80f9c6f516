// Randomness: the key of each generator comes from one block of Philox.
#include <limits>

#include <taper/data/randomness.h>

namespace taper::data {
namespace {

std::uint32_t low(std::uint64_t number) { return static_cast<std::uint32_t>(number); }
std::uint32_t high(std::uint64_t number) { return static_cast<std::uint32_t>(number >> 32); }

Generator keyed(const Randomness& randomness, std::uint64_t stream) {
  const auto epoch = static_cast<std::uint64_t>(randomness.epoch);
  const auto words = philox({low(epoch), high(epoch), low(stream), high(stream)},
                            {low(randomness.seed), high(randomness.seed)});
  return Generator(words[0] | std::uint64_t{words[1]} << 32);
}

}  // namespace

// Stream 0 is for the order of the epoch, those above 2^63 are for batches.
Generator Randomness::order() const noexcept { return keyed(*this, 0); }

Generator Randomness::generator(std::int64_t index) const noexcept {
  return keyed(*this, static_cast<std::uint64_t>(index) + 1);
}

Generator Randomness::batch(std::int64_t number) const noexcept {
  return keyed(*this, (std::uint64_t{1} << 63) + 1 + static_cast<std::uint64_t>(number));
}

std::uint64_t draw_seed() {
  using Limits = std::numeric_limits<std::int64_t>;
  return static_cast<std::uint64_t>(random_integers({}, Limits::min(), Limits::max()).item<std::int64_t>());
}

}  // namespace taper::data
