// Threads: how many, and the one loop that runs on them.
#pragma once

#include <cstdint>
#include <type_traits>

namespace taper {

/// The number of threads that work on one operation (at least 1). Results do not depend on it.
void set_num_threads(int count);
/// The number in use: TAPER_NUM_THREADS from the environment, or the number of cores, until set_num_threads
/// is called.
int num_threads();

/// Calls run(context, i) for i in 0..count-1, on several threads if there are any. If calls throw, the
/// exception of the smallest i reaches the caller; calls for larger ones may be left out.
void parallel_run(std::int64_t count, void (*run)(void* context, std::int64_t i), void* context);

/// Calls body(i) for i in 0..count-1, in any order and on any thread; exceptions as parallel_run.
/// See Note [Determinism]: what i stands for must follow from the problem alone, never from the number of
/// threads.
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

/// How many chunks of about `grain` units to make of `count` units: at least 1 and at most `most`.
constexpr std::int64_t chunk_count(std::int64_t count, std::int64_t grain, std::int64_t most = 64) {
  const std::int64_t chunks = (count + grain - 1) / grain;
  return chunks < 1 ? 1 : chunks > most ? most : chunks;
}

/// Where chunk i of `chunks` begins when `count` units are divided evenly, each begin a multiple of
/// `multiple`.
constexpr std::int64_t chunk_begin(std::int64_t i, std::int64_t chunks, std::int64_t count,
                                   std::int64_t multiple = 1) {
  const std::int64_t groups = (count + multiple - 1) / multiple;
  const std::int64_t begin = groups / chunks * i + (i < groups % chunks ? i : groups % chunks);
  return begin * multiple < count ? begin * multiple : count;
}

/// Work below these sizes stays on the calling thread: waking another costs a few microseconds.
namespace grain {
inline constexpr std::int64_t elements = 32 * 1024;       ///< element-wise: elements a chunk
inline constexpr std::int64_t reduced = 32 * 1024;        ///< reductions: elements read a chunk
inline constexpr std::int64_t updated = 16 * 1024;        ///< optimizer steps: parameters a chunk
inline constexpr std::int64_t multiplications = 1 << 18;  ///< products: multiply-adds a chunk
}  // namespace grain

}  // namespace taper
