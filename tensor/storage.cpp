// Storage: allocation from the pool.
#include <new>

#include <taper/tensor/memory.h>
#include <taper/tensor/storage.h>

namespace taper {

Reference<Storage> Storage::allocate(std::int64_t bytes) noexcept {
  void* const block = memory::try_allocate(sizeof(Storage) + static_cast<std::size_t>(bytes));
  if (block == nullptr) [[unlikely]]
    return {};
  Storage* const storage = new (block) Storage;
  storage->bytes = bytes;
  return Reference<Storage>::first(storage);
}

void Storage::destroy(Storage* storage) noexcept {
  const std::size_t bytes = sizeof(Storage) + static_cast<std::size_t>(storage->bytes);
  storage->~Storage();
  memory::release(storage, bytes);
}

}  // namespace taper
