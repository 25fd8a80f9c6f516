// Randomness: a separate generator of random numbers for each example of an epoch.
#pragma once

#include <cstdint>

#include <taper/tensor/random.h>

namespace taper::data {

/// The seed and the number of an epoch. Each example has its own generator, so its random numbers depend only
/// on the seed, the epoch and its index, not on the thread that prepares it or on other examples. Generators
/// with a different seed, epoch or index give different sequences (two have the same 64-bit key with a
/// probability of 2^-64).
struct Randomness {
  std::uint64_t seed = 0;
  std::int64_t epoch = 0;

  /// A new generator for the example at `index`.
  Generator generator(std::int64_t index) const noexcept;
  /// A new generator for the order of the epoch, different from those of all examples.
  Generator order() const noexcept;
  /// A new generator for what is done to a whole batch, different from all others.
  Generator batch(std::int64_t number) const noexcept;
};

/// A seed from the default generator, for where none is given.
std::uint64_t draw_seed();

}  // namespace taper::data
