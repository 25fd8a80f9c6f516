// Reference: an intrusive, atomically counted pointer, one word wide.
#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

namespace taper {

/// Base of the objects that a Reference points to. `T::destroy(T*)` is called when the last Reference is
/// destroyed.
struct Counted {
  std::atomic<std::uint32_t> references{0};
};

/// Shared ownership of a Counted object.
template <class T>
class Reference {
 public:
  Reference() noexcept = default;
  explicit Reference(T* object) noexcept : object_(object) { retain(); }
  /// The first reference to a new object. No other thread knows the object yet, so no atomic increment is
  /// needed.
  static Reference first(T* object) noexcept {
    object->references.store(1, std::memory_order_relaxed);
    Reference reference;
    reference.object_ = object;
    return reference;
  }
  Reference(const Reference& other) noexcept : object_(other.object_) { retain(); }
  Reference(Reference&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  Reference& operator=(Reference other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  ~Reference() { drop(); }

  T* get() const noexcept { return object_; }
  T* operator->() const noexcept { return object_; }
  T& operator*() const noexcept { return *object_; }
  explicit operator bool() const noexcept { return object_ != nullptr; }
  /// True when this is the only reference, so that nobody else can see a change of the object.
  bool unique() const noexcept { return object_->references.load(std::memory_order_acquire) == 1; }
  friend bool operator==(const Reference& a, const Reference& b) noexcept { return a.object_ == b.object_; }

 private:
  void retain() noexcept {
    if (object_ != nullptr) object_->references.fetch_add(1, std::memory_order_relaxed);
  }
  void drop() noexcept {
    if (object_ == nullptr) return;
    // A sole owner needs no atomic write: nobody else can take a reference meanwhile.
    if (object_->references.load(std::memory_order_acquire) == 1 ||
        object_->references.fetch_sub(1, std::memory_order_acq_rel) == 1)
      T::destroy(object_);
  }
  T* object_ = nullptr;
};

}  // namespace taper
