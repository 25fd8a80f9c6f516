// Storage: the bytes that tensors share, and a counter of in-place changes.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include <taper/tensor/reference.h>

namespace taper {

// Note [One block]
// A new tensor is one block of the pool: the storage's header, room for the first TensorValue, and the
// elements. The TensorValue holds a reference to the storage, and so keeps alive the block that it is part
// of. The TensorValue of a view is a block of its own.

/// A 64-byte aligned block from the pool, where the elements follow this header; or the header alone, and the
/// elements lie in the memory of somebody else, with any alignment. (So no kernel may assume one; nor could
/// it for a view.)
struct alignas(64) Storage : Counted {
  /// A storage of uninitialized bytes; null if out of memory.
  static Reference<Storage> allocate(std::int64_t bytes) noexcept;
  /// A storage of foreign elements, which keeps `owner`; null if out of memory.
  static Reference<Storage> borrow(std::byte* elements, std::shared_ptr<const void> owner) noexcept;
  static void destroy(Storage* storage) noexcept;

  std::byte* data() noexcept { return elements; }
  bool is_borrowed() const noexcept { return elements != reinterpret_cast<const std::byte*>(this + 1); }
  /// The number of in-place changes. See Note [Versions] in autograd/node.h.
  std::atomic<std::uint32_t> version{0};
  std::int64_t bytes = 0;  // of the elements in this block
  std::byte* elements = nullptr;
  alignas(8) std::byte first_value[184];
};

}  // namespace taper
