// Threads: a oneTBB arena of the chosen size.
#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <memory>
#include <mutex>

#include <fmt/format.h>
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/info.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/task_arena.h>

#include <taper/tensor/concurrency.h>
#include <taper/tensor/error.h>
#include <taper/tensor/parallel.h>

// Note [ThreadSanitizer]
// oneTBB is not instrumented, so ThreadSanitizer does not see that a loop's chunks come after what the caller
// did before, and before what it does next. This file is compiled without instrumentation as well, and says
// just that; chunks among themselves stay unordered, so that their races are found.
#if defined(TAPER_ANNOTATE_THREADS)
extern "C" void __tsan_acquire(void* address);
extern "C" void __tsan_release(void* address);
#else
static void __tsan_acquire(void*) {}
static void __tsan_release(void*) {}
#endif

namespace taper {
namespace {

struct Pool {
  explicit Pool(int threads)
      : control(tbb::global_control::max_allowed_parallelism, static_cast<std::size_t>(threads)),
        arena(threads) {}
  tbb::global_control control;
  tbb::task_arena arena;
};

std::mutex mutex;  // guards pool
std::shared_ptr<Pool> pool;
std::atomic<int> threads{0};  // 0 until first asked

/// The variable of the environment if it is a number from 1 to 1024, otherwise the number of cores.
int from_environment(const char* name) {
  if (const char* const text = std::getenv(name)) {
    const int count = std::atoi(text);
    if (count >= 1 && count <= 1024) return count;
  }
  return tbb::info::default_concurrency();
}

}  // namespace

void set_num_threads(int count) {
  if (count < 1 || count > 1024)
    throw ValueError(fmt::format("set_num_threads: a number from 1 to 1024 is wanted, got {}", count));
  const std::lock_guard lock(mutex);
  threads.store(count, std::memory_order_relaxed);
  pool.reset();  // the next parallel loop makes one of the new size
}

int num_threads() {
  int count = threads.load(std::memory_order_relaxed);
  if (count != 0) return count;
  const int initial = from_environment("TAPER_NUM_THREADS");
  return threads.compare_exchange_strong(count, initial) ? initial : count;
}

int concurrency() {
  static const int cores = from_environment("TAPER_CORES");
  return std::min(num_threads(), cores);
}

void parallel_run(std::int64_t count, void (*run)(void* context, std::int64_t i), void* context) {
  if (count <= 1 || concurrency() == 1) {
    for (std::int64_t i = 0; i < count; ++i) run(context, i);
    return;
  }
  std::shared_ptr<Pool> in_use;  // kept alive while it works, even if set_num_threads is called meanwhile
  {
    const std::lock_guard lock(mutex);
    if (pool == nullptr) pool = std::make_shared<Pool>(concurrency());
    in_use = pool;
  }
  char begin, end;
  __tsan_release(&begin);
  in_use->arena.execute([&] {
    tbb::parallel_for(
        std::int64_t{0}, count,
        [&](std::int64_t i) {
          __tsan_acquire(&begin);
          run(context, i);
          __tsan_release(&end);
        },
        tbb::simple_partitioner());
  });
  __tsan_acquire(&end);
}

}  // namespace taper
