// The global operator new of this program: counts, and refuses what a Refusal says.
#include "refusal.h"

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>

#include <taper/tensor/memory.h>

namespace {

std::atomic<std::int64_t> living{0};
constinit thread_local std::uint64_t countdown = 0;  // the next allocations, of which the last fails
constinit thread_local bool for_good = false;        // and all after it

bool refused() {
  if (countdown == 0) return false;
  const bool last = countdown == 1;
  if (!last || !for_good) --countdown;
  return last;
}

void* allocate(std::size_t bytes, std::size_t alignment) {
  void* const block =
      refused() ? nullptr : std::aligned_alloc(alignment, (bytes + alignment) / alignment * alignment);
  if (block == nullptr) throw std::bad_alloc();
  living.fetch_add(1, std::memory_order_relaxed);
  return block;
}

template <class Allocate>
void* or_null(Allocate allocate) noexcept {
  try {
    return allocate();
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

// Not inlined: GCC would find that what `new` returned is freed, and warn.
[[gnu::noinline]] void release(void* block) noexcept {
  if (block != nullptr) living.fetch_sub(1, std::memory_order_relaxed);
  std::free(block);
}

}  // namespace

void* operator new(std::size_t bytes) { return allocate(bytes, alignof(std::max_align_t)); }
void* operator new(std::size_t bytes, std::align_val_t alignment) {
  return allocate(bytes, static_cast<std::size_t>(alignment));
}
// Sanitizers bring their own of these, which would count nothing.
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {
  return or_null([&] { return ::operator new(bytes); });
}
void* operator new(std::size_t bytes, std::align_val_t alignment, const std::nothrow_t&) noexcept {
  return or_null([&] { return ::operator new(bytes, alignment); });
}
void operator delete(void* block) noexcept { release(block); }
void operator delete(void* block, std::size_t) noexcept { release(block); }
void operator delete(void* block, std::align_val_t) noexcept { release(block); }
void operator delete(void* block, std::size_t, std::align_val_t) noexcept { release(block); }

Refusal::Refusal(Source source, std::uint64_t n) {
  if (source == Source::pool) {
    taper::memory::refuse(n);
  } else {
    countdown = n;
    for_good = source == Source::heap_out;
  }
}

Refusal::~Refusal() {
  taper::memory::refuse(0);
  countdown = 0;
}

std::int64_t living_blocks() { return living.load(); }
