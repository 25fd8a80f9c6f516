// Temporary memory of kernels: on the stack while small, from the pool otherwise. For the .cpp files of this
// folder only.
#pragma once

#include <cstdint>

#include <taper/tensor/memory.h>

namespace taper::kernels {
namespace {

/// Uninitialized room for `count` elements, 64-byte aligned.
template <class T>
class Workspace {
 public:
  explicit Workspace(std::int64_t count)
      : bytes_(static_cast<std::size_t>(count) * sizeof(T)),
        data_(bytes_ <= sizeof(local_) ? local_ : static_cast<T*>(memory::allocate(bytes_))) {}
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;
  ~Workspace() {
    if (data_ != local_) memory::release(data_, bytes_);
  }
  T* data() { return data_; }
  const T* data() const { return data_; }

 private:
  std::size_t bytes_;
  T* data_;
  alignas(memory::alignment) T local_[4096 / sizeof(T)];
};

}  // namespace
}  // namespace taper::kernels
