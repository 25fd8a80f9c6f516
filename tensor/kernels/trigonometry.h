// Elementary functions on batches: sine and cosine. For the .cpp files of this folder only.
#pragma once

#include <cmath>

#include <taper/tensor/kernels/math.h>

namespace taper::kernels {
namespace {
namespace math {

enum class Quarter { sine = 0, cosine = 1 };

/// The sine of x, or of x + pi / 2. x = n pi / 2 + r; pi / 2 comes in four parts, so that the first products
/// are exact.
template <Quarter quarter, class T>
Vector<T> sine(const Vector<T>& argument) {
  using V = Vector<T>;
  using F = Format<T>;
  using Word = typename F::Word;
  constexpr bool single = std::is_same_v<T, float>;
  constexpr T limit = T(single ? 8000 : 1e6);
  const V magnitude = xsimd::abs(argument);
  const auto reducible = magnitude <= V(limit);
  // The cosine is even, the sine odd: both are taken of the magnitude.
  const V x = select<V>(reducible, magnitude, V(T(0)));
  static constexpr double parts[2][4] = {
      {1.5707963267341256, 6.077100506303966e-11, 2.0222662487111665e-21, 8.4784276603689e-32},
      {1.5703125, 0.0004837512969970703, 7.549533620476723e-08, 2.563344151594519e-12}};
  const V shifted = multiply_add(x, V(static_cast<T>(0.63661977236758134308)), V(F::magic));
  const V minus_n = V(F::magic) - shifted;
  V r = x;
  for (const double part : parts[single]) r = multiply_add(minus_n, V(static_cast<T>(part)), r);
  const V square = r * r;
  V sine_part, cosine_part;
  if constexpr (single) {
    static constexpr float s[] = {-0.166666552f, 0.008332178f, -0.00019517247f};
    static constexpr float c[] = {0.0416666456f, -0.00138873665f, 2.44383627e-05f};
    sine_part = polynomial(square, s);
    cosine_part = polynomial(square, c);
  } else {
    static constexpr double s[] = {-0.16666666666666632,   0.0083333333333224131,   -0.00019841269829806198,
                                   2.7557313691236498e-06, -2.5050757993583447e-08, 1.5896787889890353e-10};
    static constexpr double c[] = {0.041666666666666602,    -0.0013888888888874123, 2.48015872894815e-05,
                                   -2.7557314352107174e-07, 2.0875723239385784e-09, -1.1359645893911254e-11};
    sine_part = polynomial(square, s);
    cosine_part = polynomial(square, c);
  }
  const V of_sine = multiply_add(r * square, sine_part, r);
  const V of_cosine = multiply_add(square, multiply_add(square, cosine_part, V(T(-0.5))), V(T(1)));
  // The last two bits of n are the quarter of the circle.
  constexpr int sign_bit = static_cast<int>(sizeof(T)) * 8 - 1;
  const auto place = bits_of(shifted) + Word(static_cast<int>(quarter));
  const auto odd = -(place & Word(1));
  auto result = (bits_of(of_sine) & ~odd) | (bits_of(of_cosine) & odd);
  result ^= (place >> 1) << sign_bit;
  if constexpr (quarter == Quarter::sine) result ^= bits_of(argument) & (Word(1) << sign_bit);
  const V near = from_bits<T>(result);
  if (xsimd::all(reducible)) return near;
  // Far away, infinite or NaN: rare, and left to the C library, which knows pi to 1200 digits.
  alignas(64) T far[V::size], all[V::size];
  argument.store_aligned(far);
  near.store_aligned(all);
  for (std::size_t i = 0; i < V::size; ++i)
    if (!(std::fabs(far[i]) <= limit))
      all[i] = quarter == Quarter::sine ? std::sin(far[i]) : std::cos(far[i]);
  return V::load_aligned(all);
}

}  // namespace math
}  // namespace
}  // namespace taper::kernels
