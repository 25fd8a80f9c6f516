// Elementary functions on batches: exp, log and their relatives. For the .cpp files of this folder only.
#pragma once

#include <limits>

#include <taper/tensor/kernels/simd.h>

namespace taper::kernels {
namespace {

// Note [Elementary functions]
// Each function is arithmetic that IEEE 754 defines to the bit (+, -, *, /, fused multiply-add) in a fixed
// order, so that every instruction set with FMA gives the same bits; without FMA (baseline x86-64) the last
// one or two may differ. As usual: the argument is reduced to a short interval, a polynomial does the rest,
// and exponents are put together as integers. tests/golden/minimax.py makes the coefficients;
// tests/tensor/test_functions.cpp measures the errors. Constants in two parts have so few bits in the first
// that its product with the integers that occur is exact. They are in a namespace of their own because xsimd
// has the same names, which argument-dependent lookup would find.

// Note [Registers together]
// An elementary function is one long chain, and a core looks ahead only a chain or two: less than it could do
// meanwhile. So a few registers are calculated together, their instructions mixed by the compiler (which is
// told to, in cmake/library.cmake).
constexpr std::int64_t registers_together = 4;

typedef std::uint32_t FloatBits __attribute__((vector_size(sizeof(Vector<float>))));
typedef std::uint64_t DoubleBits __attribute__((vector_size(sizeof(Vector<double>))));

/// The format of floating numbers of type T.
template <class T>
struct Format;
template <>
struct Format<float> {
  using Bits = FloatBits;
  using Word = std::uint32_t;
  static constexpr int fraction_bits = 23, bias = 127;
  static constexpr float magic = 0x1.8p23f;  // added to a small number, leaves its integer in the low bits
  static constexpr float ln2_high = 0.693145751953125f, ln2_low = 1.42860682e-06f;
};
template <>
struct Format<double> {
  using Bits = DoubleBits;
  using Word = std::uint64_t;
  static constexpr int fraction_bits = 52, bias = 1023;
  static constexpr double magic = 0x1.8p52;
  static constexpr double ln2_high = 0.6931471803691238, ln2_low = 1.9082149292705877e-10;
};

template <class T>
typename Format<T>::Bits bits_of(const Vector<T>& x) {
  return __builtin_bit_cast(typename Format<T>::Bits, x);
}
template <class T>
Vector<T> from_bits(const typename Format<T>::Bits& bits) {
  return __builtin_bit_cast(Vector<T>, bits);
}

/// The sign of `sign`, which replaces that of x.
template <class T>
Vector<T> with_sign(const Vector<T>& x, const Vector<T>& sign) {
  constexpr typename Format<T>::Word mask = typename Format<T>::Word(1) << (sizeof(T) * 8 - 1);
  return from_bits<T>((bits_of(x) & ~mask) | (bits_of(sign) & mask));
}

/// -x, of zeros too.
template <class T>
Vector<T> flip_sign(const Vector<T>& x) {
  return from_bits<T>(bits_of(x) ^ (typename Format<T>::Word(1) << (sizeof(T) * 8 - 1)));
}

/// The value at x of the polynomial with these coefficients, lowest power first.
template <class T, std::size_t count>
Vector<T> polynomial(const Vector<T>& x, const T (&coefficients)[count]) {
  Vector<T> value(coefficients[count - 1]);
  for (std::size_t i = count - 1; i-- > 0;) value = multiply_add(value, x, Vector<T>(coefficients[i]));
  return value;
}

namespace math {

/// x = n ln(2) + r; `shifted` has n in its low bits.
template <class T>
struct Reduced {
  Vector<T> n, r, shifted;
};
template <class T>
Reduced<T> reduce_by_ln2(const Vector<T>& x) {
  using F = Format<T>;
  const Vector<T> shifted =
      multiply_add(x, Vector<T>(static_cast<T>(1.4426950408889634074)), Vector<T>(F::magic));
  const Vector<T> n = shifted - Vector<T>(F::magic);
  const Vector<T> r = multiply_add(-n, Vector<T>(F::ln2_low), multiply_add(-n, Vector<T>(F::ln2_high), x));
  return {n, r, shifted};
}

/// 2^n of the n in the low bits, where that is a normal number.
template <class T>
Vector<T> power_of_2(const typename Format<T>::Bits& n) {
  using F = Format<T>;
  return from_bits<T>((n + typename F::Word(F::bias)) << F::fraction_bits);
}

/// exp(r) - 1 for |r| <= ln(2) / 2.
template <class T>
Vector<T> small_expm1(const Vector<T>& r) {
  if constexpr (std::is_same_v<T, float>) {
    static constexpr float c[] = {0.5f,           0.166666672f,   0.041666355f,
                                  0.00833327323f, 0.00139410084f, 0.000199142407f};
    return multiply_add(r * r, polynomial(r, c), r);
  } else {
    static constexpr double c[] = {0.5,
                                   0.16666666666666677,
                                   0.041666666666666699,
                                   0.0083333333333216169,
                                   0.0013888888888866694,
                                   0.00019841269886157912,
                                   2.4801587360785696e-05,
                                   2.7557244181952809e-06,
                                   2.7557242588267777e-07,
                                   2.5109045055123555e-08,
                                   2.0924491724293198e-09};
    return multiply_add(r * r, polynomial(r, c), r);
  }
}

/// Times 2^n: twice about the half of it, as 2^n itself may be no normal number. Rounds once.
template <class T>
Vector<T> times_power_of_2(const Vector<T>& x, const Reduced<T>& at) {
#if defined(__AVX512F__)
  if constexpr (std::is_same_v<T, float>)
    return _mm512_scalef_ps(x, at.n);
  else
    return _mm512_scalef_pd(x, at.n);
#else
  const Vector<T> half = multiply_add(at.n, Vector<T>(T(0.5)), Vector<T>(Format<T>::magic));
  const auto first = bits_of(half), rest = bits_of(at.shifted) - first;
  return x * power_of_2<T>(first) * power_of_2<T>(rest);
#endif
}

template <class T>
Vector<T> exp(const Vector<T>& argument) {
  constexpr bool single = std::is_same_v<T, float>;
  const Vector<T> zero(T(0));
  // Below, it is 0. Not calculated, because results that underflow take a hundred times as long, and masks of
  // softmax are full of them.
  const auto gone = argument < Vector<T>(T(single ? -104 : -746));
  // Above, it is infinite. The order of the operands lets NaN through.
  const Vector<T> x = select<Vector<T>>(gone, zero, xsimd::min(Vector<T>(T(single ? 95 : 720)), argument));
  const Reduced<T> at = reduce_by_ln2(x);
  return select<Vector<T>>(gone, zero, times_power_of_2(small_expm1(at.r) + Vector<T>(T(1)), at));
}

/// exp(x) for |x| < 80, without special cases.
template <class T>
Vector<T> moderate_exp(const Vector<T>& x) {
  const Reduced<T> at = reduce_by_ln2(x);
  return (small_expm1(at.r) + Vector<T>(T(1))) * power_of_2<T>(bits_of(at.shifted));
}

/// (exp(x) - 1) / 2 where exp(x) is 0 or normal: 2^(n - 1) (1 + small) - 1 / 2. Half of it, so that 2^(n - 1)
/// is finite.
template <class T>
Vector<T> half_expm1(const Vector<T>& x) {
  const Reduced<T> at = reduce_by_ln2(x);
  const Vector<T> scale = power_of_2<T>(bits_of(at.shifted) - typename Format<T>::Word(1));
  return multiply_add(small_expm1(at.r), scale, scale - Vector<T>(T(0.5)));
}

template <class T>
Vector<T> expm1(const Vector<T>& x) {
  constexpr bool single = std::is_same_v<T, float>;
  const Vector<T> half = half_expm1(
      xsimd::max(Vector<T>(T(single ? -20 : -40)), xsimd::min(Vector<T>(T(single ? 89 : 710)), x)));
  // Halves of denormal numbers lose a bit, and -0 its sign.
  return select<Vector<T>>(xsimd::abs(x) < Vector<T>(T(single ? 1e-30 : 1e-200)), x, half + half);
}

template <class T>
Vector<T> tanh(const Vector<T>& x) {
  const Vector<T> magnitude = xsimd::min(Vector<T>(T(std::is_same_v<T, float> ? 10 : 20)), xsimd::abs(x));
  const Vector<T> half = half_expm1(magnitude + magnitude);
  return with_sign(half / (half + Vector<T>(T(1))), x);
}

/// 1 / (1 + exp(-x)), for negative x as exp(x) / (1 + exp(x)): exact to the smallest numbers.
template <class T>
Vector<T> sigmoid(const Vector<T>& x) {
  const Vector<T> one(T(1)), e = exp(-xsimd::abs(x));
  return select<Vector<T>>(x < Vector<T>(T(0)), e, one) / (one + e);
}

/// x / (1 + exp(-x)).
template <class T>
Vector<T> silu(const Vector<T>& x) {
  const Vector<T> one(T(1)), e = exp(-xsimd::abs(x)), finite = xsimd::max(Vector<T>(T(-1000)), x);
  return select<Vector<T>>(x < Vector<T>(T(0)), finite * e, x) / (one + e);
}

/// (log(1 + f) - f) / f^2 for f between sqrt(1/2) - 1 and sqrt(2) - 1.
template <class T>
Vector<T> log_series(const Vector<T>& f) {
  if constexpr (std::is_same_v<T, float>) {
    static constexpr float c[] = {-0.5f,        0.333333164f,  -0.250008106f, 0.200022876f,  -0.16624549f,
                                  0.141811803f, -0.131287888f, 0.12881723f,   -0.0785960332f};
    return polynomial(f, c);
  } else {
    static constexpr double c[] = {-0.5,
                                   0.33333333333333248,
                                   -0.24999999999987585,
                                   0.20000000000026658,
                                   -0.16666666669894473,
                                   0.14285714285019874,
                                   -0.12499999689008504,
                                   0.11111110858379671,
                                   -0.10000015085918894,
                                   0.090909332333601711,
                                   -0.083329243394634295,
                                   0.07691357940860577,
                                   -0.071491253193273138,
                                   0.066863626857610992,
                                   -0.062011818084782448,
                                   0.056597271790684404,
                                   -0.0564557963338682,
                                   0.065082357290198969,
                                   -0.060735934672574453,
                                   0.026919645636139741};
    return polynomial(f, c);
  }
}

/// n ln(2) + log(1 + f). n comes negated: 0 * -ln(2) leaves f = -0 as it is.
template <class T>
Vector<T> assemble_log(const Vector<T>& minus_n, const Vector<T>& f) {
  using F = Format<T>;
  const Vector<T> low = multiply_add(f * f, log_series(f), minus_n * Vector<T>(-F::ln2_low));
  return multiply_add(minus_n, Vector<T>(-F::ln2_high), f + low);
}

/// x = 2^n m, m between sqrt(1/2) and sqrt(2), for normal positive x.
template <class T>
struct Parts {
  Vector<T> minus_n, m;
  typename Format<T>::Bits biased;  // n + bias
};
template <class T>
Parts<T> split(const Vector<T>& x) {
  using F = Format<T>;
  using Word = typename F::Word;
  constexpr Word fraction = (Word(1) << F::fraction_bits) - 1, one = Word(F::bias) << F::fraction_bits;
  constexpr Word root = __builtin_bit_cast(Word, static_cast<T>(0.70710678118654752440));
  const auto offset = bits_of(x) + (one - root);
  const auto biased = offset >> F::fraction_bits;
  const Vector<T> m = from_bits<T>((offset & fraction) + root);
  // The integer as a fraction of 2^fraction_bits, from which it is taken off.
  constexpr Word base = Word(F::bias + F::fraction_bits) << F::fraction_bits;
  const Vector<T> minus_n = Vector<T>(__builtin_bit_cast(T, base) + T(F::bias)) - from_bits<T>(biased | base);
  return {minus_n, m, biased};
}

/// log's and log1p's result where the argument of the logarithm, x, is 0, negative or infinite.
template <class T>
Vector<T> special_log(const Vector<T>& x, const Vector<T>& result) {
  using V = Vector<T>;
  constexpr T infinity = std::numeric_limits<T>::infinity();
  const V special = select<V>(x == V(T(0)), V(-infinity),
                              select<V>(x < V(T(0)), V(std::numeric_limits<T>::quiet_NaN()), x));
  return select<V>((x > V(T(0))) & (x < V(infinity)), result, special);
}

/// split() of any positive x.
template <class T>
Parts<T> split_any(const Vector<T>& x) {
  using V = Vector<T>;
  constexpr int up = Format<T>::fraction_bits + 2;
  const auto tiny = x < V(std::numeric_limits<T>::min());
  Parts<T> at = split(select<V>(tiny, x * V(T(1ull << up)), x));
  at.minus_n = select<V>(tiny, at.minus_n + V(T(up)), at.minus_n);
  return at;
}

template <class T>
Vector<T> log(const Vector<T>& x) {
  const Parts<T> at = split_any(x);
  return special_log(x, assemble_log(at.minus_n, at.m - Vector<T>(T(1))));
}

/// With 1 + x = 2^n m, m - 1 = 2^-n x + (2^-n - 1), which does not lose the digits of x.
template <class T>
Vector<T> log1p(const Vector<T>& x) {
  using F = Format<T>;
  using Word = typename F::Word;
  using V = Vector<T>;
  const V one(T(1)), u = one + x;
  const Parts<T> at = split(u);
  const V scale = from_bits<T>((Word(2 * F::bias) - at.biased) << F::fraction_bits);
  // Less one - scale, not plus scale - one: -0 less 0 is -0.
  const V f = select<V>(x < V(F::magic), multiply_add(x, scale, flip_sign(one - scale)), at.m - one);
  return special_log(u, assemble_log(at.minus_n, f));
}

/// erf(x) for |x| <= 1: x + x p(x^2).
template <class T>
Vector<T> small_erf(const Vector<T>& x, const Vector<T>& magnitude) {
  const Vector<T> square = magnitude * magnitude;
  if constexpr (std::is_same_v<T, float>) {
    static constexpr float small[] = {0.128379166f,   -0.37612626f,     0.112836003f,   -0.0268544443f,
                                      0.00518953521f, -0.000802083872f, 7.88911057e-05f};
    return multiply_add(x, polynomial(square, small), x);
  } else {
    static constexpr double small[] = {
        0.12837916709551256,    -0.37612638903183548,    0.11283791670945253,    -0.026866170643276219,
        0.0052239776074234677,  -0.00085483259896967576, 0.00012055295320494294, -1.4924744663335489e-05,
        1.6447517677871873e-06, -1.6209175911748696e-07, 1.3722976265924504e-08, -7.8011888740977512e-10};
    return multiply_add(x, polynomial(square, small), x);
  }
}

template <class T>
Vector<T> erf(const Vector<T>& x) {
  using V = Vector<T>;
  constexpr bool single = std::is_same_v<T, float>;
  const V magnitude = xsimd::min(V(T(single ? 4 : 6)), xsimd::abs(x));
  V exponent;
  if constexpr (single) {
    static constexpr float large[] = {0.000188465172f, -1.12958026f,    -0.633216441f,  -0.108422078f,
                                      0.0252103247f,   -0.00420527952f, 0.00044147158f, -2.16975259e-05f};
    exponent = polynomial(magnitude, large);
  } else {
    static constexpr double large[] = {
        -5.0290513055616433e-07, -1.1283740889465854,     -0.63664363044507466,   -0.10270343303442479,
        0.018990166500388247,    0.00041064522955894874,  -0.0019159618913888934, 0.00077065870263008391,
        -0.00013506056832470029, -2.0261351954740212e-05, 2.2820323065779883e-05, -8.6664628371234446e-06,
        2.1355025860687088e-06,  -3.7326977012127814e-07, 4.6418291302514094e-08, -3.9338203306432256e-09,
        2.0447048074745078e-10,  -4.9279229230207353e-12};
    exponent = polynomial(magnitude, large);
  }
  // Above 1 it is 1 - exp(p(x)).
  return select<V>(magnitude < V(T(1)), small_erf(x, magnitude),
                   with_sign(V(T(1)) - moderate_exp(exponent), x));
}

/// exp(-factor u^2) p((u - k) / (u + k)) / (u + k): the tails of the normal distribution.
template <class T, std::size_t count>
Vector<T> gaussian_tail(const Vector<T>& u, double factor, double k, const T (&coefficients)[count]) {
  using V = Vector<T>;
  const V one(T(1)), middle(static_cast<T>(k)), scaling(static_cast<T>(factor));
  // The square in two parts, the first without error: an error of the exponent is one of the result.
  constexpr auto low = (typename Format<T>::Word(1) << (std::is_same_v<T, float> ? 12 : 27)) - 1;
  const V high = from_bits<T>(bits_of(u) & ~low);
  Reduced<T> at = reduce_by_ln2(V(static_cast<T>(-factor)) * high * high);
  at.r = multiply_add(scaling * (high - u), high + u, at.r);
  const V scale = one / (u + middle), place = (u - middle) * scale;
  return times_power_of_2(small_expm1(at.r) + one, at) * (polynomial(place, coefficients) * scale);
}

/// The distribution function of the normal distribution, exact in the lower tail, too.
template <class T>
Vector<T> normal_cdf(const Vector<T>& x) {
  using V = Vector<T>;
  constexpr bool single = std::is_same_v<T, float>;
  // Above, the tail is 0. The order of the operands lets NaN through.
  const V u = xsimd::min(V(T(single ? 15 : 39)), xsimd::abs(x));
  V tail;
  if constexpr (single) {
    static constexpr float c[] = {0.769193053f,     -0.665382504f,  0.495306432f, -0.313533574f,
                                  0.165006578f,     -0.0691192001f, 0.020874111f, -0.00295412354f,
                                  -0.000959808589f, 0.000409771485f};
    tail = gaussian_tail(u, 0.5, 5, c);
  } else {
    static constexpr double c[] = {
        0.76919304975006297,     -0.66538250289005663,   0.49530561596997702,     -0.31353315667131576,
        0.16502036617036162,     -0.069118638705951876,  0.020795066800241343,    -0.0029933767756970893,
        -0.00079786940147234353, 0.00054489910587501638, -5.9375711315421671e-05, -4.9763010260853803e-05,
        1.6681144927134352e-05,  3.9814912905649865e-06, -2.7690553643582934e-06, -3.3774321493541582e-07,
        4.3268659681279564e-07,  4.3612435570826293e-08, -6.5319928030101416e-08, -1.02109559009752e-08,
        7.1819942644204895e-09,  2.0139327802337694e-09};
    tail = gaussian_tail(u, 0.5, 5, c);
  }
  return select<V>(x < V(T(0)), tail, V(T(1)) - tail);
}

}  // namespace math
}  // namespace
}  // namespace taper::kernels
