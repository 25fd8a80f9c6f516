// Storage: allocation from the pool, and the memory of others.
#include <new>
#include <utility>

#include <taper/tensor/memory.h>
#include <taper/tensor/storage.h>

namespace taper {
namespace {

struct Borrowed : Storage {
  std::shared_ptr<const void> owner;
};

// A block for a header of type S, and the elements after it.
template <class S>
S* make(std::int64_t bytes) noexcept {
  void* const block = memory::try_allocate(sizeof(S) + static_cast<std::size_t>(bytes));
  if (block == nullptr) [[unlikely]]
    return nullptr;
  S* const storage = new (block) S;
  storage->bytes = bytes;
  return storage;
}

template <class S>
void release(S* storage) noexcept {
  const std::size_t bytes = sizeof(S) + static_cast<std::size_t>(storage->bytes);
  storage->~S();
  memory::release(storage, bytes);
}

}  // namespace

Reference<Storage> Storage::allocate(std::int64_t bytes) noexcept {
  Storage* const storage = make<Storage>(bytes);
  if (storage == nullptr) [[unlikely]]
    return {};
  storage->elements = reinterpret_cast<std::byte*>(storage + 1);
  return Reference<Storage>::first(storage);
}

Reference<Storage> Storage::borrow(std::byte* elements, std::shared_ptr<const void> owner) noexcept {
  Borrowed* const storage = make<Borrowed>(0);
  if (storage == nullptr) return {};
  storage->elements = elements;
  storage->owner = std::move(owner);
  return Reference<Storage>::first(storage);
}

void Storage::destroy(Storage* storage) noexcept {
  storage->is_borrowed() ? release(static_cast<Borrowed*>(storage)) : release(storage);
}

}  // namespace taper
