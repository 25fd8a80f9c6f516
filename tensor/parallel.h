// Threads: how many there are, and the loop that all parallel code uses.
#pragma once

#include <cstdint>
#include <type_traits>

namespace taper {

/// Sets the number of threads that work on one operation. Results do not depend on it. Throws ValueError
/// unless it is from 1 to 1024.
void set_num_threads(int count);
/// The current number of threads. Until set_num_threads() is called, it is the value of the environment
/// variable TAPER_NUM_THREADS, or else the number of cores.
int num_threads();

/// Calls run(context, i) for i in 0..count-1, on several threads if possible. If calls throw, the exception
/// of the smallest i is rethrown to the caller; calls for larger i may be skipped.
void parallel_run(std::int64_t count, void (*run)(void* context, std::int64_t i), void* context);

/// Calls body(i) for i in 0..count-1, in any order and on any thread; exceptions are handled as in
/// parallel_run(). See Note [Determinism]: which part of the work belongs to i must depend on the problem
/// alone, never on the number of threads.
template <class Body>
void parallel_for(std::int64_t count, Body&& body) {
  if (count == 1) return body(std::int64_t{0});
  using Plain = std::remove_reference_t<Body>;
  parallel_run(
      count, [](void* context, std::int64_t i) { (*static_cast<Plain*>(context))(i); },
      const_cast<void*>(static_cast<const void*>(&body)));
}

// Note [Determinism]
// Results are bit-identical for any number of threads, because a problem is divided into chunks by its shapes
// alone, each chunk is computed by one thread in a fixed order, and partial results are combined in the order
// of the chunks.

/// The number of chunks of about `grain` units into which `count` units are divided: at least 1 and at most
/// `most`.
constexpr std::int64_t chunk_count(std::int64_t count, std::int64_t grain, std::int64_t most = 64) {
  const std::int64_t chunks = (count + grain - 1) / grain;
  return chunks < 1 ? 1 : chunks > most ? most : chunks;
}

/// Where chunk i of `chunks` begins when `count` units are divided evenly. Every chunk begins at a multiple
/// of `multiple`.
constexpr std::int64_t chunk_begin(std::int64_t i, std::int64_t chunks, std::int64_t count,
                                   std::int64_t multiple = 1) {
  const std::int64_t groups = (count + multiple - 1) / multiple;
  const std::int64_t begin = groups / chunks * i + (i < groups % chunks ? i : groups % chunks);
  return begin * multiple < count ? begin * multiple : count;
}

/// The amount of work per chunk. Less work than this stays on the calling thread, because waking another
/// thread costs a few microseconds.
namespace grain {
inline constexpr std::int64_t elements = 32 * 1024;       ///< element-wise operations: elements per chunk
inline constexpr std::int64_t reduced = 32 * 1024;        ///< reductions: elements read per chunk
inline constexpr std::int64_t updated = 16 * 1024;        ///< optimizer steps: parameter elements per chunk
inline constexpr std::int64_t multiplications = 1 << 18;  ///< matrix products: multiply-adds per chunk
}  // namespace grain

}  // namespace taper
