// convert: one element from one type to another, defined for every value.
#pragma once

#include <cstdint>
#include <limits>
#include <type_traits>

#include <taper/tensor/half.h>

namespace taper {
namespace {  // kernels use it too: one copy for each instruction set

/// Of a floating number of 16 bits.
template <int exponent_bits>
struct ShortFormat {
  static constexpr int digits = 15 - exponent_bits;  // stored ones
  static constexpr int dropped = 23 - digits;        // of a float
  static constexpr std::uint32_t infinity = ((1u << exponent_bits) - 1) << digits;
  /// What the exponent of a float is larger by.
  static constexpr std::uint32_t excess = 127 - ((1u << (exponent_bits - 1)) - 1);
  static constexpr std::uint32_t least_normal = 1u << digits;
};

// In both directions without branches, and without subnormal floats, which threads may flush to 0.

template <int exponent_bits>
constexpr float widened(std::uint16_t number) {
  using Format = ShortFormat<exponent_bits>;
  const std::uint32_t magnitude = number & 0x7fffu, sign = (number & 0x8000u) << 16;
  std::uint32_t bits = magnitude << Format::dropped;
  if constexpr (Format::excess > 0) {
    bits += Format::excess << 23;
    bits += magnitude >= Format::infinity ? Format::excess << 23 : 0;
    // A subnormal number is a multiple of the least one, of which a float is the reciprocal power of two.
    constexpr float least = __builtin_bit_cast(float, (Format::excess + 1 - Format::digits) << 23);
    const float multiple = static_cast<float>(static_cast<std::int32_t>(magnitude)) * least;
    bits = magnitude < Format::least_normal ? __builtin_bit_cast(std::uint32_t, multiple) : bits;
  }
  return __builtin_bit_cast(float, bits | sign);
}

template <int exponent_bits>
constexpr std::uint16_t narrowed(float value) {
  using Format = ShortFormat<exponent_bits>;
  constexpr std::uint32_t infinity = 0x7f800000, quiet = Format::least_normal >> 1;
  const std::uint32_t bits = __builtin_bit_cast(std::uint32_t, value), magnitude = bits & 0x7fffffffu,
                      sign = bits >> 16 & 0x8000u;
  const std::uint32_t last = magnitude >> Format::dropped & 1;  // of the digits that stay
  std::uint32_t rounded = (magnitude + (1u << (Format::dropped - 1)) - 1 + last) >> Format::dropped;
  if constexpr (Format::excess > 0) {
    rounded -= Format::excess << Format::digits;
    rounded = rounded < Format::infinity ? rounded : Format::infinity;
    // Added to a number whose last digit is the least subnormal number: the sum is rounded to those.
    constexpr std::uint32_t subnormal_below = (Format::excess + 1) << 23,
                            base = (Format::excess + 1 - Format::digits + 23) << 23;
    const float sum = __builtin_bit_cast(float, magnitude) + __builtin_bit_cast(float, base);
    rounded = magnitude < subnormal_below ? __builtin_bit_cast(std::uint32_t, sum) - base : rounded;
  }
  const std::uint32_t nan = Format::infinity | quiet | (magnitude >> Format::dropped & (quiet - 1));
  return static_cast<std::uint16_t>((magnitude > infinity ? nan : rounded) | sign);
}

/// For an integer type, values out of range become the nearest value in range, and NaN becomes 0. For bool,
/// every value except 0 becomes true. What becomes a number of 16 bits becomes a float first, as in PyTorch.
template <class To, class From>
constexpr To convert(From value) {
  if constexpr (std::is_same_v<From, To>) {
    return value;
  } else if constexpr (is_short_float<From>) {
    return convert<To>(widened<From::exponent>(value.bits));
  } else if constexpr (is_short_float<To>) {
    return __builtin_bit_cast(To, narrowed<To::exponent>(static_cast<float>(value)));
  } else if constexpr (std::is_same_v<To, bool>) {
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
