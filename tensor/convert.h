// convert: one element from one type to another, defined for every value.
#pragma once

#include <cstdint>
#include <limits>
#include <type_traits>

namespace taper {
namespace {  // kernels use it too: one copy for each instruction set

/// For an integer type, values out of range become the nearest value in range, and NaN becomes 0. For bool,
/// every value except 0 becomes true.
template <class To, class From>
constexpr To convert(From value) {
  if constexpr (std::is_same_v<To, bool>) {
    return value != From(0);
  } else if constexpr (std::is_floating_point_v<To>) {
    return static_cast<To>(value);
  } else {
    using Limits = std::numeric_limits<To>;
    // Integers of different widths are compared as int64_t.
    using Common = std::conditional_t<std::is_floating_point_v<From>, From, std::int64_t>;
    const Common wide = static_cast<Common>(value);
    if (wide != wide) return 0;
    if (wide <= static_cast<Common>(Limits::min())) return Limits::min();
    if (wide >= static_cast<Common>(Limits::max())) return Limits::max();
    return static_cast<To>(value);
  }
}

}  // namespace
}  // namespace taper
