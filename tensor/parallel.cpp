// Threads: a oneTBB arena of the chosen size.
#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <exception>
#include <limits>
#include <memory>
#include <mutex>
#include <utility>

#include <fmt/format.h>
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/info.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/task_arena.h>

#include <taper/tensor/concurrency.h>
#include <taper/tensor/error.h>
#include <taper/tensor/parallel.h>

// Note [ThreadSanitizer]
// oneTBB is not instrumented, so ThreadSanitizer does not know that the chunks of a loop run after everything
// that the caller did before the loop, and before everything that it does afterwards. This file is compiled
// without instrumentation as well, and declares this order with the annotations below. It declares no order
// between chunks, so races between them are found.
#if defined(TAPER_ANNOTATE_THREADS)
extern "C" void __tsan_acquire(void* address);
extern "C" void __tsan_release(void* address);
#else
static void __tsan_acquire(void*) {}
static void __tsan_release(void*) {}
#endif

namespace taper {
namespace {

// The exception of the first chunk that fails, counted by chunk number: it does not depend on the order in
// which threads run.
class FirstFailure {
 public:
  /// True if a chunk before chunk i has failed, so that chunk i can be skipped.
  bool before(std::int64_t i) const { return chunk_.load(std::memory_order_relaxed) < i; }
  void record(std::int64_t i, std::exception_ptr exception) {
    const std::lock_guard lock(mutex_);
    if (before(i)) return;
    chunk_.store(i, std::memory_order_relaxed);
    exception_ = std::move(exception);
  }
  void rethrow() {
    if (exception_) std::rethrow_exception(std::move(exception_));
  }

 private:
  std::atomic<std::int64_t> chunk_{std::numeric_limits<std::int64_t>::max()};
  std::mutex mutex_;
  std::exception_ptr exception_;
};

std::mutex mutex;  // guards arena
std::shared_ptr<tbb::task_arena> arena;
std::atomic<int> threads{0};  // 0 until num_threads() is first called

/// The environment variable `name` if it is a number from 1 to 1024, otherwise the number of cores.
int from_environment(const char* name) {
  if (const char* const text = std::getenv(name)) {
    const int count = std::atoi(text);
    if (count >= 1 && count <= 1024) return count;
  }
  return tbb::info::default_concurrency();
}

int cores() {
  static const int count = from_environment("TAPER_CORES");
  return count;
}

}  // namespace

void set_num_threads(int count) {
  if (count < 1 || count > 1024)
    throw ValueError(fmt::format("set_num_threads: expected a number from 1 to 1024, got {}", count));
  const std::lock_guard lock(mutex);
  threads.store(count, std::memory_order_relaxed);
  arena.reset();  // the next parallel loop creates one of the new size
}

int num_threads() {
  int count = threads.load(std::memory_order_relaxed);
  if (count != 0) return count;
  const int initial = from_environment("TAPER_NUM_THREADS");
  return threads.compare_exchange_strong(count, initial) ? initial : count;
}

int concurrency() { return std::min(num_threads(), cores()); }

// Note [Isolation]
// A thread that waits for the chunks of a loop runs other tasks in the meantime; with isolation, only tasks
// of the same loop. A task of an outer loop could wait for a lock that this thread holds (a deadlock), or run
// with the wrong grad mode.

void parallel_run(std::int64_t count, void (*run)(void* context, std::int64_t i), void* context) {
  if (count <= 1 || concurrency() == 1) {
    for (std::int64_t i = 0; i < count; ++i) run(context, i);
    return;
  }
  // Keeps the arena alive during the loop, even if set_num_threads() is called at the same time.
  std::shared_ptr<tbb::task_arena> in_use;
  {
    const std::lock_guard lock(mutex);
    // The limit for all arenas. It is created only once, because of several limits the smallest one would
    // apply.
    static const tbb::global_control most(tbb::global_control::max_allowed_parallelism,
                                          static_cast<std::size_t>(cores()));
    if (arena == nullptr) arena = std::make_shared<tbb::task_arena>(concurrency());
    in_use = arena;
  }
  char begin, end;
  FirstFailure failure;
  __tsan_release(&begin);
  const auto chunk = [&](std::int64_t i) {
    __tsan_acquire(&begin);
    try {
      if (!failure.before(i)) run(context, i);
    } catch (...) {
      failure.record(i, std::current_exception());
    }
    __tsan_release(&end);
  };
  in_use->execute([&] {
    tbb::this_task_arena::isolate(
        [&] { tbb::parallel_for(std::int64_t{0}, count, chunk, tbb::simple_partitioner()); });
  });
  __tsan_acquire(&end);
  failure.rethrow();
}

}  // namespace taper
