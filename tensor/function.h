// Function: any callable of one signature.
#pragma once

#include <memory>
#include <type_traits>
#include <utility>

#include <taper/tensor/error.h>

namespace taper {

template <class Signature>
class Function;

/// Holds a copy of any callable `Result(Arguments...)`, or nothing; made implicitly from a lambda, say, or
/// the name of a function. A copy of it holds a copy. It is what std::function is, without <functional>,
/// which every program would compile.
template <class Result, class... Arguments>
class Function<Result(Arguments...)> {
 public:
  Function() = default;
  /// Empty if the callable is: a null pointer, or an empty function of another kind.
  template <class Callable>
  requires(!std::is_same_v<Callable, Function> && std::is_invocable_r_v<Result, Callable&, Arguments...>)
      Function(Callable callable) {  // NOLINT: implicit on purpose
    // A lambda without captures converts to a pointer and that to bool, but is never empty.
    constexpr bool may_be_empty = std::is_pointer_v<Callable> || (std::is_constructible_v<bool, Callable&> &&
                                                                  !std::is_convertible_v<Callable&, bool>);
    if constexpr (may_be_empty)
      if (!static_cast<bool>(callable)) return;
    held_ = std::make_unique<Holder<Callable>>(std::move(callable));
  }
  Function(const Function& other) : held_(other ? other.held_->copy() : nullptr) {}
  Function(Function&& other) noexcept = default;
  Function& operator=(Function other) noexcept {
    held_ = std::move(other.held_);
    return *this;
  }

  /// False if it is empty.
  explicit operator bool() const noexcept { return held_ != nullptr; }
  /// Throws ValueError if it is empty.
  Result operator()(Arguments... arguments) const {
    if (held_ == nullptr) throw ValueError("Function: an empty one was called");
    return held_->call(std::forward<Arguments>(arguments)...);
  }

 private:
  struct Held {
    virtual ~Held() = default;
    virtual std::unique_ptr<Held> copy() const = 0;
    virtual Result call(Arguments... arguments) = 0;
  };
  template <class Callable>
  struct Holder final : Held {
    explicit Holder(Callable&& given) : callable(std::move(given)) {}
    std::unique_ptr<Held> copy() const override { return std::make_unique<Holder>(Callable(callable)); }
    Result call(Arguments... arguments) override {
      return static_cast<Result>(callable(std::forward<Arguments>(arguments)...));
    }
    Callable callable;
  };
  std::unique_ptr<Held> held_;
};

}  // namespace taper
