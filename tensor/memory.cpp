// The pooled allocator.
//
// Note [Pool]
// Sizes are rounded up to classes: powers of two, each divided in four, so that at most a fifth of a block is
// lost. Small blocks (up to 64 KiB) live in thread-local free lists, which need no lock. A list that has
// grown to twice its quota passes half of it to the central lists, where other threads find it: one thread
// may allocate and another release (the DataLoader does) without the pool growing. Large blocks go to the
// central lists at once. A free block's first word links to the next one; the pool needs no memory of its
// own.
#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <limits>
#include <mutex>
#include <new>

#include <fmt/format.h>

#if defined(__linux__)
#include <sys/mman.h>
#endif

#include <taper/tensor/error.h>
#include <taper/tensor/memory.h>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#include <sanitizer/asan_interface.h>
#endif
#endif
#ifndef ASAN_POISON_MEMORY_REGION
#define ASAN_POISON_MEMORY_REGION(address, size) ((void)(address), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(address, size) ((void)(address), (void)(size))
#endif

namespace taper::memory {
namespace {

struct Block {
  Block* next;
};

constexpr int small_classes = 4 * 10 + 1;  // 64 B to 64 KiB
constexpr int classes = 4 * 42;

int class_of(std::size_t bytes) noexcept {
  const std::size_t lines = std::max<std::size_t>((bytes + alignment - 1) / alignment, 1);
  if (lines <= 4) return static_cast<int>(lines == 1 ? 0 : lines == 2 ? 4 : lines == 3 ? 6 : 8);
  const int exponent = std::bit_width(lines - 1) - 1;  // 2^exponent < lines <= 2^(exponent + 1)
  const std::size_t quarter = (lines - 1 - (std::size_t{1} << exponent)) >> (exponent - 2);
  return 4 * exponent + static_cast<int>(quarter) + 1;
}

constexpr std::size_t bytes_of(int size_class) noexcept {
  const int exponent = size_class / 4;
  return ((std::size_t{4} + static_cast<std::size_t>(size_class % 4)) << exponent) * alignment / 4;
}

// How many blocks of each small class a thread keeps: 256 KiB of them.
constexpr auto quotas = [] {
  std::array<std::uint32_t, small_classes> result{};
  for (int i = 0; i < small_classes; ++i)
    result[static_cast<std::size_t>(i)] = static_cast<std::uint32_t>(256 * 1024 / bytes_of(i));
  return result;
}();

struct Central {
  std::mutex mutex;
  Block* free[classes] = {};
  std::atomic<std::uint64_t> system_allocations{0}, bytes_reserved{0};
  std::atomic<std::uint64_t> limit{std::numeric_limits<std::uint64_t>::max()};
};

// Never destroyed: blocks may be released by destructors of other static objects.
Central& central() noexcept {
  alignas(Central) static std::byte room[sizeof(Central)];
  static Central* const instance = new (room) Central;
  return *instance;
}

void pass_to_central(int size_class, Block* first, Block* last) noexcept {
  Central& pool = central();
  const std::lock_guard lock(pool.mutex);
  last->next = pool.free[size_class];
  pool.free[size_class] = first;
}

// Poisoned while free (all but the link), so that AddressSanitizer sees a use after release.
Block* pop(Block*& list) noexcept {
  Block* const block = list;
  if (block != nullptr) list = block->next;
  return block;
}

struct ThreadCache {
  enum State : std::uint8_t { fresh, ready, gone };
  Block* free[small_classes];
  std::uint32_t count[small_classes];
  std::uint64_t refused;  // the next blocks, of which the last is refused; see refuse()
  State state;

  void flush() noexcept {
    for (int i = 0; i < small_classes; ++i) {
      if (free[i] == nullptr) continue;
      Block* last = free[i];
      while (last->next != nullptr) last = last->next;
      pass_to_central(i, free[i], last);
      free[i] = nullptr;
      count[i] = 0;
    }
  }
};

// Without constructor and destructor, so that reaching it costs nothing; another object flushes it at the end
// of the thread.
constinit thread_local ThreadCache cache_of_thread{};

ThreadCache* prepare_cache() noexcept {
  struct Flusher {
    Flusher() { cache_of_thread.state = ThreadCache::ready; }
    ~Flusher() {
      cache_of_thread.flush();
      cache_of_thread.state = ThreadCache::gone;
    }
  };
  if (cache_of_thread.state == ThreadCache::gone) return nullptr;
  thread_local Flusher flusher;
  return &cache_of_thread;
}

ThreadCache* thread_cache() noexcept {
  return cache_of_thread.state == ThreadCache::ready ? &cache_of_thread : prepare_cache();
}

// For releasing, where nothing may be allocated, as preparing does: null if the thread has not allocated yet.
ThreadCache* ready_cache() noexcept {
  return cache_of_thread.state == ThreadCache::ready ? &cache_of_thread : nullptr;
}

// Note [Huge pages]
// With pages of 4 KiB a tensor of some megabytes has more of them than the processor remembers addresses of,
// and each is cleared by an interrupt of its own when it is first touched. Linux gives pages of 2 MiB to
// blocks that ask for them.
constexpr std::size_t huge_page = std::size_t{2} << 20;

constexpr std::align_val_t alignment_of(std::size_t bytes) noexcept {
  return std::align_val_t{bytes < huge_page ? alignment : huge_page};
}

// Null if there is none.
void* from_system(std::size_t bytes) noexcept {
  Central& pool = central();
  const std::uint64_t reserved = pool.bytes_reserved.fetch_add(bytes, std::memory_order_relaxed) + bytes;
  void* const block = reserved <= pool.limit.load(std::memory_order_relaxed)
                          ? ::operator new(bytes, alignment_of(bytes), std::nothrow)
                          : nullptr;
  if (block == nullptr) {
    pool.bytes_reserved.fetch_sub(bytes, std::memory_order_relaxed);
    return nullptr;
  }
  pool.system_allocations.fetch_add(1, std::memory_order_relaxed);
#if defined(__linux__)
  if (bytes >= huge_page) madvise(block, bytes, MADV_HUGEPAGE);  // a wish: whether it is granted is no matter
#endif
  return block;
}

void* from_central_or_system(int size_class) noexcept {
  Central& pool = central();
  {
    const std::lock_guard lock(pool.mutex);
    if (Block* const block = pop(pool.free[size_class])) return block;
  }
  const std::size_t bytes = bytes_of(size_class);
  void* block = from_system(bytes);
  if (block == nullptr) {
    trim();  // blocks of other sizes may make room
    block = from_system(bytes);
  }
  return block;
}

}  // namespace

void* try_allocate(std::size_t bytes) noexcept {
  if (bytes > (std::size_t{1} << 46)) return nullptr;
  if (cache_of_thread.refused != 0 && --cache_of_thread.refused == 0) [[unlikely]]
    return nullptr;
  const int size_class = class_of(bytes);
  void* block = nullptr;
  if (size_class < small_classes) {
    if (ThreadCache* const cache = thread_cache()) {
      block = pop(cache->free[size_class]);
      if (block != nullptr) --cache->count[size_class];
    }
  }
  if (block == nullptr) {
    block = from_central_or_system(size_class);
    if (block == nullptr) return nullptr;
  }
  ASAN_UNPOISON_MEMORY_REGION(block, bytes);
  ASAN_POISON_MEMORY_REGION(static_cast<char*>(block) + (bytes + 7) / 8 * 8,
                            bytes_of(size_class) - (bytes + 7) / 8 * 8);
  return block;
}

void* allocate(std::size_t bytes) {
  if (void* const block = try_allocate(bytes)) return block;
  throw MemoryError(fmt::format("memory: the system has no {} bytes left", bytes));
}

void release(void* address, std::size_t bytes) noexcept {
  if (address == nullptr) return;
  const int size_class = class_of(bytes);
  const std::size_t size = bytes_of(size_class);
  ASAN_UNPOISON_MEMORY_REGION(address, sizeof(Block));
  ASAN_POISON_MEMORY_REGION(static_cast<char*>(address) + sizeof(Block), size - sizeof(Block));
  Block* const block = static_cast<Block*>(address);
  ThreadCache* const cache = size_class < small_classes ? ready_cache() : nullptr;
  if (cache == nullptr) return pass_to_central(size_class, block, block);

  block->next = cache->free[size_class];
  cache->free[size_class] = block;
  const std::uint32_t quota = quotas[static_cast<std::size_t>(size_class)];
  if (++cache->count[size_class] < 2 * quota) return;
  Block* last = block;
  for (std::uint32_t i = 1; i < quota; ++i) last = last->next;
  cache->free[size_class] = last->next;
  cache->count[size_class] -= quota;
  pass_to_central(size_class, block, last);
}

Statistics statistics() noexcept {
  const Central& pool = central();
  return {pool.system_allocations.load(std::memory_order_relaxed),
          pool.bytes_reserved.load(std::memory_order_relaxed)};
}

void trim() noexcept {
  if (ThreadCache* const cache = ready_cache()) cache->flush();
  Central& pool = central();
  const std::lock_guard lock(pool.mutex);
  for (int i = 0; i < classes; ++i) {
    while (Block* const block = pop(pool.free[i])) {
      ASAN_UNPOISON_MEMORY_REGION(block, bytes_of(i));
      pool.bytes_reserved.fetch_sub(bytes_of(i), std::memory_order_relaxed);
      ::operator delete(block, alignment_of(bytes_of(i)));
    }
  }
}

void refuse(std::uint64_t n) noexcept { cache_of_thread.refused = n; }

void limit(std::uint64_t bytes) noexcept { central().limit.store(bytes, std::memory_order_relaxed); }

}  // namespace taper::memory
