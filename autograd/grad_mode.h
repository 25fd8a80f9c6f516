// Grad mode: whether operations on this thread are recorded.
#pragma once

#include <taper/tensor/observer.h>

namespace taper {
namespace detail {

/// Sets a mode of this thread until the end of the scope.
class ScopedMode {
 public:
  [[nodiscard]] ScopedMode(Mode which, bool value) : which_(which), before_((mode & which) != 0) {
    set_mode(which, value);
  }
  ScopedMode(const ScopedMode&) = delete;
  ScopedMode& operator=(const ScopedMode&) = delete;
  ~ScopedMode() { set_mode(which_, before_); }

 private:
  const Mode which_;
  const bool before_;
};

inline bool anomaly_mode() noexcept { return (mode & searched) != 0; }

}  // namespace detail

/// True if operations on this thread are recorded: unless a NoGrad exists.
inline bool grad_enabled() noexcept { return (detail::mode & detail::recorded) != 0; }

// Objects of the following classes must be named variables: an unnamed one is destroyed at once, so that it
// has no effect. [[nodiscard]] warns about this.

/// While an object of this class exists, operations on this thread are not recorded: `{ NoGrad guard;
/// evaluate(model); }`.
struct NoGrad : detail::ScopedMode {
  [[nodiscard]] NoGrad() : ScopedMode(detail::recorded, false) {}
};

/// While an object of this class exists, operations on this thread are recorded, even inside a NoGrad.
struct EnableGrad : detail::ScopedMode {
  [[nodiscard]] EnableGrad() : ScopedMode(detail::recorded, true) {}
};

/// While an object of this class exists, the result and the gradients of each recorded operation on this
/// thread are searched for NaN; a ValueError names the operation that computed the first one. Slow, for
/// debugging only.
struct DetectAnomaly : detail::ScopedMode {
  [[nodiscard]] DetectAnomaly() : ScopedMode(detail::searched, true) {}
};

}  // namespace taper
