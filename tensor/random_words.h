// Random words, for the distributions: the words of each element, and uniform numbers made of them.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include <taper/tensor/kernels/random.h>
#include <taper/tensor/parallel.h>
#include <taper/tensor/random.h>

namespace taper::compute {

inline std::uint64_t join(const std::uint32_t* words) { return words[0] | std::uint64_t{words[1]} << 32; }

/// philox() of 64-bit halves: of the counter, see Note [Counters] in random.h, and of the key.
inline std::array<std::uint32_t, 4> philox_of(std::array<std::uint64_t, 2> counter, std::uint64_t key) {
  const auto low = [](std::uint64_t number) { return static_cast<std::uint32_t>(number); };
  return philox({low(counter[0]), low(counter[0] >> 32), low(counter[1]), low(counter[1] >> 32)},
                {low(key), low(key >> 32)});
}

/// How many words make a number of type T.
template <class T>
constexpr int words_of = sizeof(T) / 4;

/// Uniform in [0, 1), with as many bits as T has.
template <class T>
double unit_of(const std::uint32_t* words) {
  if constexpr (sizeof(T) == 4)
    return (words[0] >> 8) * 0x1p-24;
  else
    return static_cast<double>(join(words) >> 11) * 0x1p-53;
}

/// Uniform in (0, 1), from two words; 1 - u is exact.
inline double open_unit(const std::uint32_t* words) {
  return (static_cast<double>(join(words) >> 12) + 0.5) * 0x1p-52;
}

/// Calls fill(words, begin, end) for chunks of `count` elements, where element begin + i uses the words from
/// i * words_each on, those of element 0 beginning with block `first`. The words of an element depend only on
/// its index.
template <class Fill>
void generate(std::uint64_t seed, std::uint64_t first, std::int64_t count, int words_each, Fill&& fill) {
  constexpr std::int64_t chunk_blocks = 256;
  const std::int64_t per_chunk = chunk_blocks * 4 / words_each;
  const std::int64_t chunks = (count + per_chunk - 1) / per_chunk;
  const auto run = [&](std::int64_t chunk) {
    alignas(64) std::uint32_t words[chunk_blocks * 4];
    const std::int64_t begin = chunk * per_chunk, end = std::min(count, begin + per_chunk);
    kernels::random().blocks(seed, first + static_cast<std::uint64_t>(chunk * chunk_blocks),
                             ((end - begin) * words_each + 3) / 4, words);
    fill(words, begin, end);
  };
  const std::int64_t groups = chunk_count(chunks, 16);
  parallel_for(groups, [&](std::int64_t group) {
    for (std::int64_t i = chunk_begin(group, groups, chunks); i < chunk_begin(group + 1, groups, chunks); ++i)
      run(i);
  });
}

/// The same with the next blocks of the generator.
template <class Fill>
void generate(Generator& generator, std::int64_t count, int words_each, Fill&& fill) {
  const std::int64_t blocks = (count * words_each + 3) / 4;
  const std::uint64_t first = generator.advance(static_cast<std::uint64_t>(blocks));
  generate(generator.seed(), first, count, words_each, fill);
}

}  // namespace taper::compute
