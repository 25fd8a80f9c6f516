// Grad mode: whether operations on this thread are recorded.
#pragma once

#include <utility>

namespace taper {
namespace detail {
constinit inline thread_local bool grad_mode = true;
constinit inline thread_local bool anomaly_mode = false;

/// Sets a flag of this thread until the end of the scope.
class ScopedFlag {
 public:
  [[nodiscard]] ScopedFlag(bool& flag, bool value) : flag_(flag), before_(std::exchange(flag, value)) {}
  ScopedFlag(const ScopedFlag&) = delete;
  ScopedFlag& operator=(const ScopedFlag&) = delete;
  ~ScopedFlag() { flag_ = before_; }

 private:
  bool& flag_;
  bool before_;
};
}  // namespace detail

/// True if operations on this thread are recorded: unless a NoGrad exists.
inline bool grad_enabled() noexcept { return detail::grad_mode; }

// Objects of the following classes must be named variables: an unnamed one is destroyed at once, so that it
// has no effect. [[nodiscard]] warns about this.

/// While an object of this class exists, operations on this thread are not recorded: `{ NoGrad guard;
/// evaluate(model); }`.
struct NoGrad : detail::ScopedFlag {
  [[nodiscard]] NoGrad() : ScopedFlag(detail::grad_mode, false) {}
};

/// While an object of this class exists, operations on this thread are recorded, even inside a NoGrad.
struct EnableGrad : detail::ScopedFlag {
  [[nodiscard]] EnableGrad() : ScopedFlag(detail::grad_mode, true) {}
};

/// While an object of this class exists, the result and the gradients of each recorded operation on this
/// thread are searched for NaN; a ValueError names the operation that computed the first one. Slow, for
/// debugging only.
struct DetectAnomaly : detail::ScopedFlag {
  [[nodiscard]] DetectAnomaly() : ScopedFlag(detail::anomaly_mode, true) {}
};

}  // namespace taper
