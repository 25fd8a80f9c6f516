// The pooled allocator: 64-byte aligned blocks that are reused, so that a warmed-up training step asks the
// system for none.
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>

namespace taper::memory {

/// Alignment of every block in bytes: a cache line, and the widest SIMD register.
inline constexpr std::size_t alignment = 64;

/// A block of at least `bytes` bytes. Throws MemoryError if the system has none even after trim(). Safe from
/// any thread.
void* allocate(std::size_t bytes);
/// The same, but null instead of an exception.
void* try_allocate(std::size_t bytes) noexcept;

/// Returns a block to the pool; `bytes` as given to allocate. Any thread may return any block.
void release(void* block, std::size_t bytes) noexcept;

/// What the pool has done so far, over all threads.
struct Statistics {
  std::uint64_t system_allocations = 0;  ///< blocks asked from the system, ever
  std::uint64_t bytes_reserved = 0;      ///< bytes held from the system now, in use or waiting for reuse
};
Statistics statistics() noexcept;

/// Gives the blocks that wait for reuse (other threads' small ones excepted) back to the system.
void trim() noexcept;

// For tests of what happens when memory runs out.

/// Of the blocks that this thread asks for from now on, number `n` is refused, once; 1 is the next, and 0
/// takes the order back.
void refuse(std::uint64_t n) noexcept;
/// The most bytes that the pool may hold, as if the system had no more. Unlimited until then.
void limit(std::uint64_t bytes) noexcept;

/// A standard allocator over the pool, for containers on the hot path.
template <class T>
struct Allocator {
  using value_type = T;
  Allocator() = default;
  template <class U>
  Allocator(const Allocator<U>&) noexcept {}
  T* allocate(std::size_t count) { return static_cast<T*>(memory::allocate(count * sizeof(T))); }
  void deallocate(T* block, std::size_t count) noexcept { memory::release(block, count * sizeof(T)); }
  friend bool operator==(const Allocator&, const Allocator&) noexcept { return true; }
};

}  // namespace taper::memory
