// Held: what is kept of a dataset, a stream or a sampler that is given to another one.
#pragma once

#include <concepts>
#include <memory>
#include <type_traits>
#include <utility>

namespace taper::data {

/// Of a variable a reference is kept: it must live as long as what holds it. A temporary is kept itself, and
/// an object behind a shared_ptr is shared:
///
///     const data::Mnist digits(folder);
///     const data::Subset few(digits, {1, 2});               // refers to digits
///     const data::Subset own(data::Mnist(folder), {1, 2});  // owns them
///
/// Copies refer to the same object.
template <class Base>
class Held {
 public:
  /// Holds nothing.
  Held() = default;
  template <std::derived_from<Base> Given>
  Held(const Given& variable)  // NOLINT: implicit on purpose
      : object_(std::shared_ptr<const Base>(), &variable) {}
  template <std::derived_from<Base> Given>
  Held(Given&& temporary)  // NOLINT: as well; a variable is none, its Given is a reference
      : object_(std::make_shared<std::remove_const_t<Given>>(std::forward<Given>(temporary))) {}
  template <std::derived_from<Base> Given>
  Held(std::shared_ptr<Given> shared)  // NOLINT: as well
      : object_(std::move(shared)) {}

  explicit operator bool() const noexcept { return object_ != nullptr; }
  const Base& operator*() const noexcept { return *object_; }
  const Base* operator->() const noexcept { return object_.get(); }

 private:
  std::shared_ptr<const Base> object_;
};

}  // namespace taper::data
