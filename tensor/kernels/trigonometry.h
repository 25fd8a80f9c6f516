// Elementary functions on batches: trigonometry. For the .cpp files of this folder only.
#pragma once

#include <cmath>
#include <limits>

#include <taper/tensor/kernels/math.h>

namespace taper::kernels {
namespace {
namespace math {

enum class Quarter { sine = 0, cosine = 1 };

/// |x| = n pi / 2 + r, where |x| is at most `limit`; `shifted` has n in its low bits.
template <class T>
struct Turned {
  static constexpr T limit = T(std::is_same_v<T, float> ? 8000 : 1e6);
  Mask<Vector<T>> reducible;
  Vector<T> shifted, sine, cosine;  // of r
};
template <class T>
Turned<T> turn(const Vector<T>& argument) {
  using V = Vector<T>;
  using F = Format<T>;
  constexpr bool single = std::is_same_v<T, float>;
  const V magnitude = xsimd::abs(argument);
  const auto reducible = magnitude <= V(Turned<T>::limit);
  const V x = select<V>(reducible, magnitude, V(T(0)));
  // pi / 2 comes in four parts, so that the first products are exact.
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
  return {reducible, shifted, multiply_add(r * square, sine_part, r),
          multiply_add(square, multiply_add(square, cosine_part, V(T(-0.5))), V(T(1)))};
}

/// `near`, but function(argument) where that is far away, infinite or NaN: rare, and left to the C library,
/// which knows pi to 1200 digits.
template <class T, class Function>
Vector<T> unless_far(const Vector<T>& argument, const Turned<T>& at, const Vector<T>& near,
                     Function function) {
  using V = Vector<T>;
  if (xsimd::all(at.reducible)) return near;
  alignas(64) T far[V::size], all[V::size];
  argument.store_aligned(far);
  near.store_aligned(all);
  for (std::size_t i = 0; i < V::size; ++i)
    if (!(std::fabs(far[i]) <= Turned<T>::limit)) all[i] = function(far[i]);
  return V::load_aligned(all);
}

/// The sine of x, or of x + pi / 2. The cosine is even, the sine odd: both are taken of the magnitude.
template <Quarter quarter, class T>
Vector<T> sine(const Vector<T>& argument) {
  using Word = typename Format<T>::Word;
  const Turned<T> at = turn(argument);
  // The last two bits of n are the quarter of the circle.
  constexpr int sign_bit = static_cast<int>(sizeof(T)) * 8 - 1;
  const auto place = bits_of(at.shifted) + Word(static_cast<int>(quarter));
  const auto odd = -(place & Word(1));
  auto result = (bits_of(at.sine) & ~odd) | (bits_of(at.cosine) & odd);
  result ^= (place >> 1) << sign_bit;
  if constexpr (quarter == Quarter::sine) result ^= bits_of(argument) & (Word(1) << sign_bit);
  return unless_far(argument, at, from_bits<T>(result),
                    [](T x) { return quarter == Quarter::sine ? std::sin(x) : std::cos(x); });
}

/// sin(r) / cos(r), or -cos(r) / sin(r) in every second quarter.
template <class T>
Vector<T> tan(const Vector<T>& argument) {
  using Word = typename Format<T>::Word;
  const Turned<T> at = turn(argument);
  constexpr int sign_bit = static_cast<int>(sizeof(T)) * 8 - 1;
  const auto odd = -(bits_of(at.shifted) & Word(1));
  const auto sine = bits_of(at.sine), cosine = bits_of(at.cosine);
  const Vector<T> quotient =
      from_bits<T>((sine & ~odd) | (cosine & odd)) / from_bits<T>((cosine & ~odd) | (sine & odd));
  const auto sign = (bits_of(argument) ^ odd) & (Word(1) << sign_bit);
  return unless_far(argument, at, from_bits<T>(bits_of(quotient) ^ sign), [](T x) { return std::tan(x); });
}

/// pi / 2, with what is missing.
template <class T>
constexpr T half_pi = static_cast<T>(1.57079632679489661923);
template <class T>
constexpr T half_pi_rest = static_cast<T>(std::is_same_v<T, float> ? -4.37113883e-08
                                                                   : 6.1232339957367659e-17);

/// asin(|x|) is s + q up to 1/2, and pi / 2 - 2 (s + q) above, where s is the root of (1 - |x|) / 2.
template <class T>
struct Arc {
  Mask<Vector<T>> large;
  Vector<T> s, q;
};
template <class T>
Arc<T> arc(const Vector<T>& x) {
  using V = Vector<T>;
  const V magnitude = xsimd::abs(x), half(T(0.5));
  const auto large = magnitude > half;
  const V z = select<V>(large, half * (V(T(1)) - magnitude), x * x);
  const V s = select<V>(large, exact_sqrt(z), magnitude);
  V series;
  if constexpr (std::is_same_v<T, float>) {
    static constexpr float c[] = {0.166667536f, 0.0749524161f, 0.0454770923f, 0.0241476167f, 0.0422185734f};
    series = polynomial(z, c);
  } else {
    static constexpr double c[] = {0.16666666666665383,  0.075000000003428755, 0.044642856823606671,
                                   0.030381959326615127, 0.022371753625055436, 0.017359769695563274,
                                   0.013884611321116611, 0.012173201460262949, 0.0065111643806580136,
                                   0.019573118471609949, -0.01629292773707966, 0.031958236293709093};
    series = polynomial(z, c);
  }
  // What the root lacks.
  const V rest = multiply_add(-s, s, z) / (s + s + V(std::numeric_limits<T>::min()));
  const V q = s * z * series;
  return {large, s, select<V>(large, q + rest, q)};
}

template <class T>
Vector<T> asin(const Vector<T>& x) {
  using V = Vector<T>;
  const Arc<T> at = arc(x);
  const V two(T(2));
  const V above = multiply_add(-two, at.s, V(half_pi<T>)) + multiply_add(-two, at.q, V(half_pi_rest<T>));
  return with_sign(select<V>(at.large, above, at.s + at.q), x);
}

template <class T>
Vector<T> acos(const Vector<T>& x) {
  using V = Vector<T>;
  const Arc<T> at = arc(x);
  const V two(T(2)), pi(2 * half_pi<T>), rest(2 * half_pi_rest<T>);
  const V below = multiply_add(-two, at.s, pi) + multiply_add(-two, at.q, rest);
  const V above = two * (at.s + at.q);
  const V between = (V(half_pi<T>) - x) + (V(half_pi_rest<T>) - with_sign(at.q, x));
  return select<V>(at.large, select<V>(x < V(T(0)), below, above), between);
}

/// The arc tangent of numerator / denominator, both positive or 0, not both 0 nor infinite; a few units of
/// `base` more.
template <class T>
Vector<T> positive_atan(const Vector<T>& numerator, const Vector<T>& denominator) {
  using V = Vector<T>;
  const V ratio = numerator / denominator, one(T(1));
  // Of large ones pi / 2 - atan(1 / x), of middling ones pi / 4 + atan((x - 1) / (x + 1)).
  const auto large = ratio > V(static_cast<T>(2.414213562373095));
  const auto middling = (ratio > V(static_cast<T>(0.41421356237309503))) & !large;
  const V plain = select<V>(large, -denominator / numerator, ratio);
  const V t = select<V>(middling, (ratio - one) / (ratio + one), plain);
  V series;
  const V z = t * t;
  if constexpr (std::is_same_v<T, float>) {
    static constexpr float c[] = {-0.333333164f, 0.199984893f, -0.142438442f, 0.105959699f, -0.0608337335f};
    series = polynomial(z, c);
  } else {
    static constexpr double c[] = {-0.33333333333333326,  0.19999999999997956,   -0.14285714285415985,
                                   0.11111111089618618,   -0.090909081891481058, 0.076922836478982987,
                                   -0.066662385595137305, 0.058771272347733015,  -0.052190309373456804,
                                   0.045059237709661117,  -0.033526377769468617, 0.015245007684255995};
    series = polynomial(z, c);
  }
  const V zero(T(0)), half(T(0.5));
  const V base = select<V>(large, V(half_pi<T>), select<V>(middling, half * V(half_pi<T>), zero));
  const V rest = select<V>(large, V(half_pi_rest<T>), select<V>(middling, half * V(half_pi_rest<T>), zero));
  return base + (t + multiply_add(t * z, series, rest));
}

template <class T>
Vector<T> atan(const Vector<T>& x) {
  return with_sign(positive_atan(xsimd::abs(x), Vector<T>(T(1))), x);
}

/// The angle of the point (x, y).
template <class T>
Vector<T> atan2(const Vector<T>& y, const Vector<T>& x) {
  using V = Vector<T>;
  const V infinity(std::numeric_limits<T>::infinity()), zero(T(0)), one(T(1));
  const V height = xsimd::abs(y), width = xsimd::abs(x);
  const auto none = height == zero, both = (height == infinity) & (width == infinity);
  // 0 / 0 and infinity / infinity count as 0 and 1.
  const V angle = positive_atan(select<V>(both, one, height), select<V>(none | both, one, width));
  const V turned = (V(2 * half_pi<T>) - angle) + V(2 * half_pi_rest<T>);
  const V result = with_sign(select<V>(with_sign(one, x) < zero, turned, angle), y);
  return select<V>(is_nan(x), x, result);
}

}  // namespace math
}  // namespace
}  // namespace taper::kernels
