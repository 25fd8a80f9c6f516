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
    const Key<T> bits = std::bit_cast<Key<T>>(x), magnitude = bits & ~sign;
    const Key<T> ordered = bits ^ (bits & sign ? ~Key<T>(0) : sign);
    constexpr Key<T> infinity = sizeof(T) == 4 ? Key<T>(0x7f800000u) : Key<T>(0x7ff0000000000000u);
    return magnitude > infinity ? ~Key<T>(0) : magnitude == 0 ? sign : ordered;
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
