// Float16 and BFloat16: C++ types for the elements of float16 and bfloat16 tensors.
#pragma once

#include <cstdint>

namespace taper {

/// A floating number of 16 bits: a sign, an exponent, and what is left of the digits. For storage alone: it
/// is calculated with as float.
template <int exponent_bits>
struct ShortFloat {
  static constexpr int exponent = exponent_bits;
  ShortFloat() = default;
  /// Rounded to the nearest, and to the even one of two. What is too large becomes infinite; NaN stays NaN.
  explicit ShortFloat(float value) noexcept;
  /// Exact.
  explicit operator float() const noexcept;

  std::uint16_t bits;
};

/// IEEE 754 binary16: 11 significant bits, up to 65504.
using Float16 = ShortFloat<5>;
/// The upper half of a float: 8 significant bits, and its range.
using BFloat16 = ShortFloat<8>;

template <class T>
inline constexpr bool is_short_float = false;
template <int exponent_bits>
inline constexpr bool is_short_float<ShortFloat<exponent_bits>> = true;

extern template struct ShortFloat<5>;
extern template struct ShortFloat<8>;

}  // namespace taper
