// The order of elements, as unsigned numbers: NaN is the greatest, and -0 equals 0.
#pragma once

#include <bit>
#include <cstdint>
#include <type_traits>

namespace taper::compute {

template <class T>
using Key = std::conditional_t<sizeof(T) <= 4, std::uint32_t, std::uint64_t>;
template <class T>
inline constexpr Key<T> sign_bit = Key<T>(1) << (8 * sizeof(Key<T>) - 1);

/// Ordered as x is.
template <class T>
Key<T> key_of(T x) {
  constexpr Key<T> sign = sign_bit<T>;
  if constexpr (std::is_floating_point_v<T>) {
    // In signed numbers, which every machine compares in vectors.
    using Signed = std::make_signed_t<Key<T>>;
    const auto bits = std::bit_cast<Signed>(x), magnitude = bits & static_cast<Signed>(~sign);
    constexpr auto infinity = static_cast<Signed>(sizeof(T) == 4 ? 0x7f800000u : 0x7ff0000000000000u);
    const Signed ordered = bits ^ (bits >> (8 * sizeof(T) - 1) | static_cast<Signed>(sign));
    const Signed number = magnitude == 0 ? static_cast<Signed>(sign) : ordered;
    return static_cast<Key<T>>(magnitude > infinity ? Signed(-1) : number);
  } else if constexpr (std::is_signed_v<T>) {
    return static_cast<Key<T>>(x) ^ sign;
  } else {
    return x;
  }
}

/// False if several values have this key: zeros and NaN.
template <class T>
bool has_one_value(Key<T> key) {
  return !std::is_floating_point_v<T> || (key != sign_bit<T> && key != ~Key<T>(0));
}

/// The value with this key, if it is only one.
template <class T>
T value_of(Key<T> key) {
  constexpr Key<T> sign = sign_bit<T>;
  if constexpr (std::is_floating_point_v<T>)
    return std::bit_cast<T>(key ^ (key & sign ? sign : ~Key<T>(0)));
  else if constexpr (std::is_signed_v<T>)
    return static_cast<T>(key ^ sign);
  else
    return static_cast<T>(key);
}

}  // namespace taper::compute
