// Storage: the bytes that tensors share, with the version that tells whether they were changed in place.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include <taper/tensor/reference.h>

namespace taper {

// Note [One block]
// A new tensor is one block of the pool: the storage's header, room for the first TensorValue, and the
// elements. The value holds a reference to the storage, and so keeps the block that it lies in. Views have
// values of their own.

/// A 64-byte aligned block from the pool; this header lies in front of the data, in the same block.
struct alignas(64) Storage : Counted {
  /// Uninitialized bytes; null if the system has none left.
  static Reference<Storage> allocate(std::int64_t bytes) noexcept;
  static void destroy(Storage* storage) noexcept;

  std::byte* data() noexcept { return reinterpret_cast<std::byte*>(this + 1); }
  /// Counts the changes in place. See Note [Versions] in autograd/node.h.
  std::atomic<std::uint32_t> version{0};
  std::int64_t bytes = 0;
  alignas(8) std::byte first_value[184];
};

}  // namespace taper
