// Kernels: blocks of random bits.
#pragma once

#include <cstdint>

#include <taper/tensor/kernels/dispatch.h>

namespace taper::kernels {

struct RandomKernels {
  /// Philox blocks first .. first + count - 1 for the key `seed`, four words each, in order.
  void (*blocks)(std::uint64_t seed, std::uint64_t first, std::int64_t count, std::uint32_t* words);
};

inline const RandomKernels& random() { return table<RandomKernels>(); }

}  // namespace taper::kernels
