// Randomness: the random numbers of an epoch, for each example its own.
#pragma once

#include <cstdint>

#include <taper/tensor/random.h>

namespace taper::data {

/// What the random numbers of an epoch follow from. Each example has a generator of its own, so that what it
/// draws depends on the seed, the epoch and its index alone: not on the thread that prepares it, nor on who
/// else draws. Two generators share no numbers if the seed, the epoch or the index differs (two of them have
/// the same 64-bit key with a chance of 2^-64).
struct Randomness {
  std::uint64_t seed = 0;
  std::int64_t epoch = 0;

  /// The generator of the example at `index`, at its beginning.
  Generator generator(std::int64_t index) const noexcept;
  /// One that no example has: it decides the order of the epoch.
  Generator order() const noexcept;
};

}  // namespace taper::data
