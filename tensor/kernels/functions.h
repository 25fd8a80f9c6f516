// The element-wise functions: one functor each, on a batch or a scalar. For elementwise.cpp only.
#pragma once

#include <cmath>
#include <limits>

#include <taper/tensor/kernels/elementwise.h>
#include <taper/tensor/kernels/math.h>
#include <taper/tensor/kernels/simd.h>
#include <taper/tensor/kernels/trigonometry.h>

namespace taper::kernels {
namespace {

/// A functor for each enumerator. Kinks and ties are PyTorch's: relu and sign are 0 at 0; NaN goes through.
template <auto op>
struct Function;

template <class V, class Value>
V constant(Value value) {
  if constexpr (std::is_arithmetic_v<V>)
    return static_cast<V>(value);
  else
    return V(static_cast<typename V::value_type>(value));
}

template <>
struct Function<Unary::negate> {
  template <class V>
  V operator()(V x) const {
    if constexpr (std::is_arithmetic_v<V>)
      return static_cast<V>(-wrapping(x));
    else
      return flip_sign(x);  // xsimd 8's 0 - x is not -0 of 0
  }
};
template <>
struct Function<Unary::abs> {
  template <class V>
  V operator()(V x) const {
    if constexpr (std::is_arithmetic_v<V>)
      return x < 0 ? static_cast<V>(-wrapping(x)) : x;
    else
      return xsimd::abs(x);
  }
};
template <>
struct Function<Unary::sign> {
  template <class V>
  V operator()(V x) const {
    const V zero = constant<V>(0);
    return select(x > zero, constant<V>(1), select(x < zero, constant<V>(-1), x));
  }
};
template <>
struct Function<Unary::square> {
  template <class V>
  V operator()(V x) const {
    return static_cast<V>(wrapping(x) * wrapping(x));
  }
};
template <>
struct Function<Unary::sqrt> {
  template <class V>
  V operator()(V x) const {
    return exact_sqrt(x);
  }
};
template <>
struct Function<Unary::reciprocal> {
  template <class V>
  V operator()(V x) const {
    return constant<V>(1) / x;
  }
};
template <>
struct Function<Unary::exp> {
  template <class V>
  V operator()(V x) const {
    return math::exp(x);
  }
};
template <>
struct Function<Unary::expm1> {
  template <class V>
  V operator()(V x) const {
    return math::expm1(x);
  }
};
template <>
struct Function<Unary::log> {
  template <class V>
  V operator()(V x) const {
    return math::log(x);
  }
};
template <>
struct Function<Unary::log1p> {
  template <class V>
  V operator()(V x) const {
    return math::log1p(x);
  }
};
template <>
struct Function<Unary::sin> {
  template <class V>
  V operator()(V x) const {
    return math::sine<math::Quarter::sine>(x);
  }
};
template <>
struct Function<Unary::cos> {
  template <class V>
  V operator()(V x) const {
    return math::sine<math::Quarter::cosine>(x);
  }
};
template <>
struct Function<Unary::tanh> {
  template <class V>
  V operator()(V x) const {
    return math::tanh(x);
  }
};
template <>
struct Function<Unary::erf> {
  template <class V>
  V operator()(V x) const {
    return math::erf(x);
  }
};
template <>
struct Function<Unary::sigmoid> {
  template <class V>
  V operator()(V x) const {
    return math::sigmoid(x);
  }
};
template <>
struct Function<Unary::relu> {
  template <class V>
  V operator()(V x) const {
    return relu(x);
  }
};
template <>
struct Function<Unary::normal_cdf> {
  template <class V>
  V operator()(V x) const {
    return math::normal_cdf(x);
  }
};
// Below this both forms of gelu are 0; clamped, because -infinity * 0 is NaN.
template <class V>
V above_zero_gelu(V x) {
  return xsimd::max(constant<V>(-40), x);
}
template <>
struct Function<Unary::gelu> {
  template <class V>
  V operator()(V argument) const {
    const V x = above_zero_gelu(argument);
    return x * math::normal_cdf(x);
  }
};
template <>
struct Function<Unary::gelu_tanh> {
  // (1 + tanh(y)) / 2 = sigmoid(2 y), which does not cancel.
  template <class V>
  V operator()(V argument) const {
    const V x = above_zero_gelu(argument);
    return x * math::sigmoid(constant<V>(1.59576912160573071176) * (x + constant<V>(0.044715) * x * x * x));
  }
};
template <>
struct Function<Unary::silu> {
  template <class V>
  V operator()(V x) const {
    return math::silu(x);
  }
};
template <>
struct Function<Unary::softplus> {
  // log(1 + exp(x)) = max(x, 0) + log1p(exp(-|x|)), which neither overflows nor cancels.
  template <class V>
  V operator()(V x) const {
    return Function<Unary::relu>{}(x) + math::log1p(math::exp(-xsimd::abs(x)));
  }
};
// Of -0, and of what is rounded to it, xsimd 8 makes 0 on the baseline.
template <>
struct Function<Unary::floor> {
  template <class V>
  V operator()(V x) const {
    return with_sign(xsimd::floor(x), x);
  }
};
template <>
struct Function<Unary::ceil> {
  template <class V>
  V operator()(V x) const {
    return with_sign(xsimd::ceil(x), x);
  }
};
template <>
struct Function<Unary::round> {
  // To even at ties, as NumPy and PyTorch do.
  template <class V>
  V operator()(V x) const {
    return with_sign(xsimd::nearbyint(x), x);
  }
};

template <>
struct Function<Binary::add> {
  template <class V>
  V operator()(V a, V b) const {
    return static_cast<V>(wrapping(a) + wrapping(b));
  }
};
template <>
struct Function<Binary::subtract> {
  template <class V>
  V operator()(V a, V b) const {
    return static_cast<V>(wrapping(a) - wrapping(b));
  }
};
template <>
struct Function<Binary::multiply> {
  template <class V>
  V operator()(V a, V b) const {
    return static_cast<V>(wrapping(a) * wrapping(b));
  }
};
template <>
struct Function<Binary::divide> {
  template <class V>
  V operator()(V a, V b) const {
    return a / b;
  }
};
template <>
struct Function<Binary::maximum> {
  template <class V>
  V operator()(V a, V b) const {
    return select((a > b) | is_nan(a), a, b);
  }
};
template <>
struct Function<Binary::minimum> {
  template <class V>
  V operator()(V a, V b) const {
    return select((a < b) | is_nan(a), a, b);
  }
};
template <>
struct Function<Binary::pow> {
  template <class V>
  V operator()(V a, V b) const {
    // Element by element through the C library: exact at integers and right at every special case.
    alignas(64) typename V::value_type x[V::size], y[V::size];
    a.store_aligned(x);
    b.store_aligned(y);
    for (std::size_t i = 0; i < V::size; ++i) x[i] = std::pow(x[i], y[i]);
    return V::load_aligned(x);
  }
};
template <>
struct Function<Binary::relu_gradient> {
  template <class V>
  V operator()(V g, V y) const {
    return select(y <= constant<V>(0), constant<V>(0), g);
  }
};
template <>
struct Function<Binary::sigmoid_gradient> {
  template <class V>
  V operator()(V g, V y) const {
    return g * y * (constant<V>(1) - y);
  }
};
template <>
struct Function<Binary::tanh_gradient> {
  template <class V>
  V operator()(V g, V y) const {
    return g * (constant<V>(1) - y * y);
  }
};

template <>
struct Function<Comparison::equal> {
  template <class V>
  auto operator()(V a, V b) const {
    return a == b;
  }
};
template <>
struct Function<Comparison::not_equal> {
  template <class V>
  auto operator()(V a, V b) const {
    return !(a == b);  // see is_nan
  }
};
template <>
struct Function<Comparison::less> {
  template <class V>
  auto operator()(V a, V b) const {
    return a < b;
  }
};
template <>
struct Function<Comparison::less_equal> {
  template <class V>
  auto operator()(V a, V b) const {
    return a <= b;
  }
};
template <>
struct Function<Comparison::greater> {
  template <class V>
  auto operator()(V a, V b) const {
    return a > b;
  }
};
template <>
struct Function<Comparison::greater_equal> {
  template <class V>
  auto operator()(V a, V b) const {
    return a >= b;
  }
};

}  // namespace
}  // namespace taper::kernels
