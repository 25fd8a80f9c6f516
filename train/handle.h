// Handle: an object of a class that is derived from a base, however it was given.
#pragma once

#include <concepts>
#include <memory>
#include <utility>

namespace taper::training {

/// Lists of metrics and callbacks hold these. They are made implicitly, of a value, which is moved in; of the
/// address of an object that lives elsewhere, and longer; of a unique_ptr or shared_ptr:
///
///     training::EarlyStopping stopping;
///     trainer.fit(loader, {.callbacks = {&stopping, training::CsvLogger("log.csv")}});
///
/// Copies share the object.
template <class Base>
class Handle {
 public:
  template <std::derived_from<Base> T>
  Handle(T value) : object_(std::make_shared<T>(std::move(value))) {}  // NOLINT: implicit on purpose
  template <std::derived_from<Base> T>
  Handle(T* elsewhere) : object_(std::shared_ptr<void>(), elsewhere) {}  // NOLINT
  template <std::derived_from<Base> T>
  Handle(std::unique_ptr<T> owned) : object_(std::move(owned)) {}  // NOLINT
  template <std::derived_from<Base> T>
  Handle(std::shared_ptr<T> shared) : object_(std::move(shared)) {}  // NOLINT

  /// Null if it was made of a null pointer.
  Base* get() const noexcept { return object_.get(); }
  Base& operator*() const noexcept { return *object_; }
  Base* operator->() const noexcept { return object_.get(); }

 private:
  std::shared_ptr<Base> object_;
};

}  // namespace taper::training
