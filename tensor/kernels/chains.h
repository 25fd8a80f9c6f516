// How long sums of products are divided. For gemm.cpp and conv2d.cpp.
#pragma once

#include <cstdint>

namespace taper::kernels {
namespace {

// Note [Chains]
// A sum of products is a chain of multiply-adds, each rounded to the precision of what has been summed up so
// far: relative to the result, the error of one chain grows with the square root of its length. So a chain
// has about chain_length products; the next one starts from 0, and is added to the sum of those before it.
// The first may start from a bias. Where a chain ends follows from the shape alone, never from the width of
// registers, the blocks for the caches or the threads: so every way in which a product may be computed gives
// the same bits. The length is a multiple of every register and of a line of the cache.

constexpr std::int64_t chain_length = 128;

/// How many of `lines` equal stretches of a depth make a chain.
constexpr std::int64_t lines_of_chain(std::int64_t lines, std::int64_t length) {
  const std::int64_t chains = (lines * length + chain_length - 1) / chain_length;
  return chains > 1 ? (lines + chains - 1) / chains : lines > 1 ? lines : 1;
}

}  // namespace
}  // namespace taper::kernels
