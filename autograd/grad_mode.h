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

/// True unless a NoGrad is alive on this thread.
inline bool grad_enabled() noexcept { return detail::grad_mode; }

// All of these are to be given a name: a temporary dies at once, and [[nodiscard]] warns of it.

/// While it lives, operations on this thread are not recorded: `{ NoGrad guard; evaluate(model); }`.
struct NoGrad : detail::ScopedFlag {
  [[nodiscard]] NoGrad() : ScopedFlag(detail::grad_mode, false) {}
};

/// While it lives, operations on this thread are recorded, even inside a NoGrad.
struct EnableGrad : detail::ScopedFlag {
  [[nodiscard]] EnableGrad() : ScopedFlag(detail::grad_mode, true) {}
};

/// While it lives, each recorded operation and each gradient on this thread is searched for NaN, and the
/// operation that made the first one is named in a ValueError. Slow: for finding the mistake.
struct DetectAnomaly : detail::ScopedFlag {
  [[nodiscard]] DetectAnomaly() : ScopedFlag(detail::anomaly_mode, true) {}
};

}  // namespace taper
