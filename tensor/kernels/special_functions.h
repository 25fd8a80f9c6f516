// The functions of the second table: one functor each, on a batch or a scalar. For special.cpp only.
#pragma once

#include <cmath>

#include <taper/tensor/kernels/error_function.h>
#include <taper/tensor/kernels/functions.h>
#include <taper/tensor/kernels/gamma.h>
#include <taper/tensor/kernels/hyperbolic.h>
#include <taper/tensor/kernels/powers.h>
#include <taper/tensor/kernels/special.h>

namespace taper::kernels {
namespace {

template <>
struct Function<Special::rsqrt> {
  template <class V>
  V operator()(V x) const {
    return constant<V>(1) / exact_sqrt(x);
  }
};
template <>
struct Function<Special::trunc> {
  template <class V>
  V operator()(V x) const {
    return with_sign(xsimd::trunc(x), x);
  }
};
template <>
struct Function<Special::cbrt> {
  template <class V>
  V operator()(V x) const {
    return math::cbrt(x);
  }
};
template <>
struct Function<Special::tan> {
  template <class V>
  V operator()(V x) const {
    return math::tan(x);
  }
};
template <>
struct Function<Special::asin> {
  template <class V>
  V operator()(V x) const {
    return math::asin(x);
  }
};
template <>
struct Function<Special::acos> {
  template <class V>
  V operator()(V x) const {
    return math::acos(x);
  }
};
template <>
struct Function<Special::atan> {
  template <class V>
  V operator()(V x) const {
    return math::atan(x);
  }
};
template <>
struct Function<Special::sinh> {
  template <class V>
  V operator()(V x) const {
    return math::sinh(x);
  }
};
template <>
struct Function<Special::cosh> {
  template <class V>
  V operator()(V x) const {
    return math::cosh(x);
  }
};
template <>
struct Function<Special::asinh> {
  template <class V>
  V operator()(V x) const {
    return math::asinh(x);
  }
};
template <>
struct Function<Special::acosh> {
  template <class V>
  V operator()(V x) const {
    return math::acosh(x);
  }
};
template <>
struct Function<Special::atanh> {
  template <class V>
  V operator()(V x) const {
    return math::atanh(x);
  }
};
template <>
struct Function<Special::exp2> {
  template <class V>
  V operator()(V x) const {
    return math::exp2(x);
  }
};
template <>
struct Function<Special::log2> {
  template <class V>
  V operator()(V x) const {
    return math::log2(x);
  }
};
template <>
struct Function<Special::log10> {
  template <class V>
  V operator()(V x) const {
    return math::log10(x);
  }
};
template <>
struct Function<Special::erfc> {
  template <class V>
  V operator()(V x) const {
    return math::erfc(x);
  }
};
template <>
struct Function<Special::erfinv> {
  template <class V>
  V operator()(V x) const {
    return math::erfinv(x);
  }
};
template <>
struct Function<Special::logit> {
  template <class V>
  V operator()(V x) const {
    return math::logit(x);
  }
};
template <>
struct Function<Special::lgamma> {
  static constexpr bool scalar = true;
  template <class T>
  T operator()(T x) const {
    return static_cast<T>(math::lgamma(static_cast<double>(x)));
  }
};
template <>
struct Function<Special::digamma> {
  static constexpr bool scalar = true;
  template <class T>
  T operator()(T x) const {
    return static_cast<T>(math::digamma(static_cast<double>(x)));
  }
};

// x tanh(log(1 + e)) for e = exp(x), where the tangent is n / (n + 2) for n = e (e + 2). Clamped: above, it
// is 1 to the last bit, and below, where it is 0, -infinity * 0 is NaN.
template <class V>
V mish_exp(V x) {
  return math::exp(xsimd::min(constant<V>(40), x));
}
template <>
struct Function<Special::mish> {
  template <class V>
  V operator()(V argument) const {
    const V x = xsimd::max(constant<V>(-1000), argument), e = mish_exp(x), n = e * (e + constant<V>(2));
    return x * (n / (n + constant<V>(2)));
  }
};
template <>
struct Function<Special::mish_slope> {
  template <class V>
  V operator()(V argument) const {
    const V x = xsimd::min(constant<V>(1000), xsimd::max(constant<V>(-1000), argument)), e = mish_exp(x);
    const V two = constant<V>(2), n = e * (e + two), d = n + two;
    return n / d + x * (e / d) * (constant<V>(4) * (e + constant<V>(1)) / d);
  }
};
template <>
struct Function<Special::hardswish> {
  template <class V>
  V operator()(V argument) const {
    const V x = xsimd::max(constant<V>(-3), argument);
    return x * (xsimd::min(constant<V>(6), x + constant<V>(3)) * constant<V>(1. / 6));
  }
};
template <>
struct Function<Special::hardswish_slope> {
  template <class V>
  V operator()(V x) const {
    const V three = constant<V>(3), one = constant<V>(1), slope = x / three + constant<V>(0.5);
    return select(x <= constant<V>(-3), constant<V>(0), select(x >= three, one, slope));
  }
};

template <>
struct Function<SpecialPair::elu> {
  template <class V>
  V operator()(V x, V alpha) const {
    return select(x > constant<V>(0), x, alpha * math::expm1(x));
  }
};
template <>
struct Function<SpecialPair::elu_slope> {
  template <class V>
  V operator()(V x, V alpha) const {
    return select(x > constant<V>(0), constant<V>(1), alpha * math::exp(x));
  }
};
template <>
struct Function<SpecialPair::atan2> {
  template <class V>
  V operator()(V a, V b) const {
    return math::atan2(a, b);
  }
};
template <>
struct Function<SpecialPair::hypot> {
  template <class V>
  V operator()(V a, V b) const {
    return math::hypot(a, b);
  }
};
template <>
struct Function<SpecialPair::logaddexp> {
  template <class V>
  V operator()(V a, V b) const {
    return math::logaddexp(a, b);
  }
};
template <>
struct Function<SpecialPair::xlogy> {
  template <class V>
  V operator()(V a, V b) const {
    return math::xlogy(a, b);
  }
};
// The sign of NaN is left to the processor, so it counts as plus.
template <>
struct Function<SpecialPair::copysign> {
  template <class V>
  V operator()(V a, V b) const {
    return with_sign(a, select(is_nan(b), constant<V>(0), b));
  }
};
template <>
struct Function<SpecialPair::fmax> {
  template <class V>
  V operator()(V a, V b) const {
    return select((a >= b) | is_nan(b), a, b);
  }
};
template <>
struct Function<SpecialPair::fmin> {
  template <class V>
  V operator()(V a, V b) const {
    return select((a <= b) | is_nan(b), a, b);
  }
};
template <>
struct Function<SpecialPair::polygamma> {
  static constexpr bool scalar = true;
  template <class T>
  T operator()(T n, T x) const {
    return static_cast<T>(math::polygamma(static_cast<double>(n), static_cast<double>(x)));
  }
};
// Of integers, 0 where the divisor is 0, which is refused before. -1 is an exception because the quotient of
// the lowest number and -1 overflows.
template <>
struct Function<SpecialPair::fmod> {
  static constexpr bool scalar = true;
  template <class T>
  T operator()(T a, T b) const {
    if constexpr (std::is_floating_point_v<T>)
      return std::fmod(a, b);
    else
      return b == 0 || b == static_cast<T>(-1) ? (std::is_signed_v<T> || b == 0 ? 0 : a % b) : a % b;
  }
};
template <>
struct Function<SpecialPair::remainder> {
  static constexpr bool scalar = true;
  template <class T>
  T operator()(T a, T b) const {
    const T rest = Function<SpecialPair::fmod>{}(a, b);
    return rest != 0 && (rest < 0) != (b < 0) ? static_cast<T>(rest + b) : rest;
  }
};
template <>
struct Function<SpecialPair::floor_divide> {
  static constexpr bool scalar = true;
  template <class T>
  T operator()(T a, T b) const {
    if constexpr (std::is_floating_point_v<T>) {
      if (b == 0) return a / b;
      // a less its remainder is a multiple of b: the quotient is whole but for its rounding.
      const T rest = std::fmod(a, b), whole = std::nearbyint((a - rest) / b);
      const T quotient = rest != 0 && (rest < 0) != (b < 0) ? whole - 1 : whole;
      return quotient == 0 ? std::copysign(T(0), a / b) : quotient;
    } else {
      if (b == 0) return 0;
      if (std::is_signed_v<T> && b == static_cast<T>(-1)) return static_cast<T>(0 - wrapping(a));
      return static_cast<T>(a / b - (a % b != 0 && (a < 0) != (b < 0)));
    }
  }
};
// As in PyTorch, negative shifts count as large ones.
template <>
struct Function<SpecialPair::left_shift> {
  template <class T>
  T operator()(T a, T b) const {
    return b < 0 || b >= static_cast<T>(sizeof(T) * 8) ? T(0) : static_cast<T>(wrapping(a) << b);
  }
};
template <>
struct Function<SpecialPair::right_shift> {
  template <class T>
  T operator()(T a, T b) const {
    constexpr int bits = static_cast<int>(sizeof(T)) * 8;
    if (b < 0 || b >= static_cast<T>(bits)) return a < 0 ? static_cast<T>(-1) : T(0);
    return static_cast<T>(a >> b);
  }
};

}  // namespace
}  // namespace taper::kernels
