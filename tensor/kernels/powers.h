// Elementary functions on batches: powers, logarithms and roots of other bases. For the .cpp files of this
// folder only.
#pragma once

#include <taper/tensor/kernels/math.h>

namespace taper::kernels {
namespace {
namespace math {

template <class T>
Vector<T> exp2(const Vector<T>& argument) {
  using V = Vector<T>;
  constexpr bool single = std::is_same_v<T, float>;
  const V zero(T(0)), magic(Format<T>::magic);
  const auto gone = argument < V(T(single ? -151 : -1076));
  const V x = select<V>(gone, zero, xsimd::min(V(T(single ? 130 : 1030)), argument));
  const V shifted = x + magic, n = shifted - magic;
  const Reduced<T> at{n, (x - n) * V(static_cast<T>(0.69314718055994530942)), shifted};
  return select<V>(gone, zero, times_power_of_2(small_expm1(at.r) + V(T(1)), at));
}

/// log(x) times `scale`, where n / base = n times `log_of_2`; each number is given with what is missing.
template <class T>
Vector<T> scaled_log(const Vector<T>& x, T scale, T scale_rest, T log_of_2, T log_of_2_rest) {
  using V = Vector<T>;
  const Parts<T> at = split_any(x);
  const V f = at.m - V(T(1)), factor(scale), n = V(T(0)) - at.minus_n;
  const V low = multiply_add(f, V(scale_rest), f * f * log_series(f) * factor);
  const V high = multiply_add(f, factor, n * V(log_of_2));
  return special_log(x, high + multiply_add(n, V(log_of_2_rest), low));
}

/// Exact at powers of 2.
template <class T>
Vector<T> log2(const Vector<T>& x) {
  constexpr double scale = 1.4426950408889634, rest = 2.0355273740931033e-17;
  return scaled_log<T>(x, static_cast<T>(scale),
                       static_cast<T>(scale - static_cast<double>(static_cast<T>(scale)) + rest), T(1), T(0));
}

template <class T>
Vector<T> log10(const Vector<T>& x) {
  constexpr double scale = 0.4342944819032518, rest = 1.098319650216765e-17;
  // The first part of log10(2) has few bits, so that its product with n is exact.
  constexpr bool single = std::is_same_v<T, float>;
  return scaled_log<T>(x, static_cast<T>(scale),
                       static_cast<T>(scale - static_cast<double>(static_cast<T>(scale)) + rest),
                       static_cast<T>(single ? 0x1.344p-2 : 0x1.34413509f6p-2),
                       static_cast<T>(single ? 4.6050389811952137e-06 : 3.6942390771589305e-13));
}

template <class T>
Vector<T> cbrt(const Vector<T>& argument) {
  using V = Vector<T>;
  using F = Format<T>;
  const V x = xsimd::abs(argument), zero(T(0)), one(T(1)), magic(F::magic);
  const Parts<T> at = split_any(x);
  const V n = zero - at.minus_n;  // 3 q + rest
  const V shifted = multiply_add(n, V(T(1) / T(3)), magic), q = shifted - magic;
  const V rest = multiply_add(V(T(-3)), q, n);
  const V m = at.m * select<V>(rest > zero, V(T(2)), select<V>(rest < zero, V(T(0.5)), one));
  // r is near m^(-1/3), and nearer with each power of the error.
  V r;
  if constexpr (std::is_same_v<T, float>) {
    static constexpr float c[] = {2.01509261f,  -2.38651514f, 2.30562305f,
                                  -1.23517072f, 0.33437112f,  -0.0356647335f};
    r = polynomial(m, c);
  } else {
    static constexpr double c[] = {2.1247709821877829,  -3.0515592335730077, 3.7893818061048608,
                                   -2.8163433399510178, 1.1982355320957816,  -0.26878386298479373,
                                   0.024597412840127161};
    r = polynomial(m, c);
  }
  static constexpr T powers[] = {static_cast<T>(1. / 3), static_cast<T>(2. / 9), static_cast<T>(14. / 81)};
  const V error = multiply_add(-m, r * r * r, one);
  r = multiply_add(r * error, polynomial(error, powers), r);
  // y is near m^(1/3); a last step with its exact square.
  const V square = r * r, y = m * square, y2 = y * y, lost = multiply_add(y, y, -y2);
  const V excess = multiply_add(lost, y, multiply_add(y2, y, -m));
  const V root = multiply_add(excess, square * V(static_cast<T>(-1. / 3)), y);
  const V result = with_sign(root * power_of_2<T>(bits_of(shifted)), argument);
  const auto regular = (x > zero) & (x < V(std::numeric_limits<T>::infinity()));
  return select<V>(regular, result, argument);
}

/// sqrt(a^2 + b^2) without overflow.
template <class T>
Vector<T> hypot(const Vector<T>& a, const Vector<T>& b) {
  using V = Vector<T>;
  constexpr bool single = std::is_same_v<T, float>;
  constexpr T far = single ? T(0x1p60) : T(0x1p500), up = single ? T(0x1p80) : T(0x1p600);
  const V first = xsimd::abs(a), second = xsimd::abs(b), one(T(1)),
          infinity(std::numeric_limits<T>::infinity());
  const V high = larger(first, second), low = smaller(first, second);
  const auto huge = high > V(far), tiny = high < V(T(1) / far);
  const V scale = select<V>(huge, V(T(1) / up), select<V>(tiny, V(up), one));
  const V back = select<V>(huge, V(up), select<V>(tiny, V(T(1) / up), one));
  const V p = high * scale, q = low * scale;
  const V result = exact_sqrt(multiply_add(p, p, q * q)) * back;
  const V regular = select<V>(is_nan(first) | is_nan(second), first + second, result);
  return select<V>((first == infinity) | (second == infinity), infinity, regular);
}

/// log(exp(a) + exp(b)).
template <class T>
Vector<T> logaddexp(const Vector<T>& a, const Vector<T>& b) {
  using V = Vector<T>;
  const V high = select<V>((a > b) | is_nan(a), a, b), zero(T(0));
  const V distance = select<V>(a == b, zero, xsimd::abs(a - b));  // infinities may be equal, too
  return high + log1p(exp(-distance));
}

/// x log(y), and 0 where x is, unless y is NaN.
template <class T>
Vector<T> xlogy(const Vector<T>& x, const Vector<T>& y) {
  const Vector<T> zero(T(0));
  return select<Vector<T>>((x == zero) & (y == y), zero, x * log(y));
}

/// log(x / (1 - x)).
template <class T>
Vector<T> logit(const Vector<T>& x) {
  using V = Vector<T>;
  const V one(T(1)), half(T(0.5)), rest = one - x;
  // Near 1/2 the quotient less 1, whose digits are not lost.
  const auto middling = xsimd::abs(x - half) < V(T(0.2));
  return select<V>(middling, log1p((x + x - one) / rest), log(x / rest));
}

}  // namespace math
}  // namespace
}  // namespace taper::kernels
