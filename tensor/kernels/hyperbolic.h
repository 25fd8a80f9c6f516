// Elementary functions on batches: hyperbolic functions and their inverses. For the .cpp files of this folder
// only.
#pragma once

#include <taper/tensor/kernels/math.h>

namespace taper::kernels {
namespace {
namespace math {

/// exp(x) / 2 for x >= 0; infinite only where that is.
template <class T>
Vector<T> half_exp(const Reduced<T>& at) {
  const Vector<T> one(T(1));
  return times_power_of_2<T>(small_expm1(at.r) + one, {at.n - one, at.r, at.shifted - one});
}
template <class T>
Reduced<T> reduce_magnitude(const Vector<T>& x) {
  return reduce_by_ln2(xsimd::min(Vector<T>(T(std::is_same_v<T, float> ? 95 : 720)), xsimd::abs(x)));
}

/// With h = (exp(x) - 1) / 2 it is h + h / (2 h + 1), and exp(x) / 2 from where that is the same.
template <class T>
Vector<T> sinh(const Vector<T>& x) {
  using V = Vector<T>;
  constexpr bool single = std::is_same_v<T, float>;
  const V magnitude = xsimd::abs(x), limit(T(single ? 12 : 22));
  const V h = half_expm1(xsimd::min(limit, magnitude));
  const V small = h + h / (h + h + V(T(1)));
  const V result = select<V>(magnitude < limit, small, half_exp(reduce_magnitude(x)));
  return select<V>(magnitude < V(T(single ? 1e-30 : 1e-200)), x, with_sign(result, x));
}

template <class T>
Vector<T> cosh(const Vector<T>& x) {
  const Vector<T> half = half_exp(reduce_magnitude(x));
  return half + Vector<T>(T(0.25)) / half;
}

/// From here on x^2 + 1 is x^2, and 2 x as large as what the logarithms below are of.
template <class T>
constexpr T large_hyperbolic = std::is_same_v<T, float> ? T(0x1p26) : T(0x1p54);

/// log1p(x), plus log(2) where x is large.
template <class T>
Vector<T> log1p_twice(const Vector<T>& x, const Mask<Vector<T>>& large) {
  using V = Vector<T>;
  return log1p(x) + select<V>(large, V(static_cast<T>(0.69314718055994530942)), V(T(0)));
}

template <class T>
Vector<T> asinh(const Vector<T>& x) {
  using V = Vector<T>;
  const V magnitude = xsimd::abs(x), one(T(1));
  const auto large = magnitude > V(large_hyperbolic<T>);
  const V finite = select<V>(large, one, magnitude), square = finite * finite;
  const V more = finite + square / (one + exact_sqrt(square + one));
  return with_sign(log1p_twice<T>(select<V>(large, magnitude, more), large), x);
}

template <class T>
Vector<T> acosh(const Vector<T>& x) {
  using V = Vector<T>;
  const V one(T(1)), nan(std::numeric_limits<T>::quiet_NaN());
  const auto large = x > V(large_hyperbolic<T>);
  const V less = select<V>(large, one, x - one);
  const V more = less + exact_sqrt(less * (less + V(T(2))));
  return select<V>(x >= one, log1p_twice<T>(select<V>(large, x, more), large), nan);
}

template <class T>
Vector<T> atanh(const Vector<T>& x) {
  using V = Vector<T>;
  const V magnitude = xsimd::abs(x);
  return with_sign(V(T(0.5)) * log1p((magnitude + magnitude) / (V(T(1)) - magnitude)), x);
}

}  // namespace math
}  // namespace
}  // namespace taper::kernels
