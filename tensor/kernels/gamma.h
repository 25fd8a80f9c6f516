// The gamma function's logarithm and its derivatives, element by element. For the .cpp files of this folder
// only.
#pragma once

#include <cmath>

#include <taper/tensor/kernels/math.h>
#include <taper/tensor/kernels/trigonometry.h>

namespace taper::kernels {
namespace {
namespace math {

// Note [Gamma functions]
// Calculated as double, for float32 too, by asymptotic series, from arguments that recurrences have made
// large enough, and by reflection for negative ones. Relative errors are small but near zeros.

constexpr double pi = 3.14159265358979323846;

inline double log_of(double x) { return log(Vector<double>(x)).get(0); }
template <Quarter quarter>
double sine_of(double x) {
  return sine<quarter>(Vector<double>(x)).get(0);
}

/// Lowest power first.
template <std::size_t count>
double series(double x, const double (&coefficients)[count]) {
  double value = coefficients[count - 1];
  for (std::size_t i = count - 1; i-- > 0;) value = value * x + coefficients[i];
  return value;
}

/// log(gamma(1 + d)) for d > -1/4.
inline double lgamma_of_next(double d) {
  if (d > 8) {
    static constexpr double stirling[] = {
        0.08333333333333333,   -0.002777777777777778,  0.0007936507936507937, -0.0005952380952380953,
        0.0008417508417508417, -0.0019175269175269176, 0.00641025641025641,   -0.029550653594771242};
    const double x = d + 1, inverse = 1 / x;
    return (x - 0.5) * (log_of(x) - 1) +
           (0.41893853320467274178 + inverse * series(inverse * inverse, stirling));
  }
  static constexpr double near_1[] = {
      -0.57721566490153287,   0.8224670334241132,   -0.40068563438653265,  0.27058080842780957,
      -0.20738555102840431,   0.1695571769927238,   -0.14404989678588673,  0.12550966991899756,
      -0.11133426592683361,   0.1000994410117841,   -0.090953972757535806, 0.083354158800772196,
      -0.076934286067554689,  0.071432080968722736, -0.066641292111334988, 0.062438560222237531,
      -0.058924774528927228,  0.056330328583642286, -0.054043770207425026, 0.049520510262794408,
      -0.039767822383358326,  0.025410388289135312, -0.011675340924004404, 0.0033647227307820621,
      -0.00045261199460720531};
  double product = 1;
  for (; d > 0.75; d -= 1) product *= d;
  return d * series(d, near_1) + log_of(product);
}

inline double lgamma(double x) {
  if (x != x) return x;
  if (std::fabs(x) == INFINITY || (x <= 0 && x == std::floor(x))) return INFINITY;
  if (x >= 0.75) return lgamma_of_next(x - 1);
  if (x > 0) return lgamma_of_next(x) - log_of(x);
  const double sine = sine_of<Quarter::sine>(pi * (x - std::nearbyint(x)));
  return 1.14472988584940017414 - log_of(std::fabs(sine)) - lgamma_of_next(-x);  // log(pi) first
}

inline double positive_digamma(double x) {
  static constexpr double asymptotic[] = {0.08333333333333333,   -0.008333333333333333, 0.003968253968253968,
                                          -0.004166666666666667, 0.007575757575757576,  -0.021092796092796094,
                                          0.08333333333333333,   -0.4432598039215686};
  double before = 0;
  for (; x < 10; x += 1) before -= 1 / x;
  const double inverse = 1 / x, square = inverse * inverse;
  return before + (log_of(x) - 0.5 * inverse - square * series(square, asymptotic));
}

inline double digamma(double x) {
  if (x == 0) return std::copysign(INFINITY, -x);
  if (x == INFINITY) return x;
  if (x > 0) return positive_digamma(x);
  const double turn = x - std::nearbyint(x);  // NaN of infinity
  if (turn == 0 || turn != turn) return NAN;
  return positive_digamma(1 - x) -
         pi * (sine_of<Quarter::cosine>(pi * turn) / sine_of<Quarter::sine>(pi * turn));
}

/// x^n for a whole n >= 0.
inline double whole_power(double x, double n) {
  double result = 1;
  for (; n > 0; n = std::floor(n / 2), x *= x)
    if (n != 2 * std::floor(n / 2)) result *= x;
  return result;
}

/// The sum over k >= 0 of 1 / (q + k)^s for q > 0 and a whole s > 1, by Euler and Maclaurin.
inline double positive_zeta(double s, double q) {
  static constexpr double bernoulli[] = {
      // over factorials
      0.08333333333333333,   -0.001388888888888889,  3.306878306878307e-05,  -8.267195767195768e-07,
      2.08767569878681e-08,  -5.284190138687493e-10, 1.3382536530684679e-11, -3.3896802963225827e-13,
      8.586062056277845e-15, -2.174868698558062e-16, 5.50900282836023e-18,   -1.3954464685812522e-19};
  if (q == INFINITY) return 0;
  double sum = 0;
  for (; q < 10 + s; q += 1) {
    const double term = 1 / whole_power(q, s);
    sum += term;
    if (!(term * q > 1e-18 * sum)) return sum;
  }
  const double power = 1 / whole_power(q, s - 1), inverse = 1 / q;
  double rest = 1 / (s - 1) + 0.5 * inverse, factor = s * inverse * inverse;
  for (int i = 0; i < 12; ++i) {
    rest += bernoulli[i] * factor;
    factor *= (s + 2 * i + 1) * (s + 2 * i + 2) * inverse * inverse;
  }
  return sum + power * rest;
}

/// Of negative q, the terms that are negative make a sum of their own: over those with k below `turns`.
inline double zeta(double s, double q) {
  if (q != q || q == -INFINITY) return NAN;
  if (q > 0) return positive_zeta(s, q);
  if (q == std::floor(q)) return INFINITY;
  const double turns = std::ceil(-q), last = -q - (turns - 1);
  const double sign = s != 2 * std::floor(s / 2) ? -1 : 1;
  // The first two cancel in the middle between whole numbers if s is odd.
  return (positive_zeta(s, q + turns) + sign * positive_zeta(s, last)) -
         sign * positive_zeta(s, last + turns);
}

/// The n-th derivative of digamma, n a whole number.
inline double polygamma(double n, double x) {
  if (n == 0) return digamma(x);
  if (!(n > 0 && n < 0x1p64)) return NAN;
  double factorial = 1;
  for (double i = 2; i <= n && factorial < INFINITY; i += 1) factorial *= i;
  const bool odd = n != 2 * std::floor(n / 2);
  return (odd ? factorial : -factorial) * zeta(n + 1, x);
}

}  // namespace math
}  // namespace
}  // namespace taper::kernels
