// convert: one element from one type to another, defined for every value.
#pragma once

#include <cstdint>
#include <limits>
#include <type_traits>

namespace taper {
namespace {  // kernels use it too: one copy for each instruction set

/// Values out of an integer's range become the nearest one, NaN becomes 0; to bool, everything but 0 is true.
template <class To, class From>
constexpr To convert(From value) {
  if constexpr (std::is_same_v<To, bool>) {
    return value != From(0);
  } else if constexpr (std::is_floating_point_v<To>) {
    return static_cast<To>(value);
  } else {
    using Limits = std::numeric_limits<To>;
    // Integers are compared as the widest of them.
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
