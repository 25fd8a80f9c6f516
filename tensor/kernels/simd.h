// SIMD: the batch types that kernels are written on. For the .cpp files of this folder only.
#pragma once

#include <cstdint>
#include <type_traits>

#include <xsimd/xsimd.hpp>

#include <taper/tensor/kernels/dispatch.h>

#if defined(__aarch64__) && XSIMD_VERSION_MAJOR < 9
// There xsimd's quotient of float32 is an estimate.
template <>
inline xsimd::batch<float>& xsimd::batch<float>::operator/=(const xsimd::batch<float>& other) noexcept {
  return *this = vdivq_f32(*this, other);
}
#endif

namespace taper::kernels {
namespace {  // one copy for each instruction set

/// A full register of T.
template <class T>
using Vector = xsimd::batch<T>;
template <class T>
constexpr std::int64_t width = static_cast<std::int64_t>(Vector<T>::size);
template <class V>
using Mask = typename V::batch_bool_type;

template <class T>
Vector<T> load(const T* from) {
  return Vector<T>::load_unaligned(from);
}
template <class T>
void store(T* to, const Vector<T>& value) {
  value.store_unaligned(to);
}

/// The same value, which the compiler would otherwise load again for each use.
template <class V>
V in_register(const V& value) {
  typename V::register_type raw = value;
#if defined(__aarch64__)
  asm("" : "+w"(raw));
#else
  asm("" : "+v"(raw));
#endif
  return raw;
}

/// Writes past the caches, where the instruction set can, to a multiple of the register's size. Other threads
/// see it after finish_stores().
template <class T>
void store_past_cache(T* to, const Vector<T>& value) {
#if defined(__AVX512F__)
  _mm512_stream_si512(reinterpret_cast<__m512i*>(to), __builtin_bit_cast(__m512i, value));
#elif defined(__AVX2__)
  _mm256_stream_si256(reinterpret_cast<__m256i*>(to), __builtin_bit_cast(__m256i, value));
#elif defined(__SSE2__)
  _mm_stream_si128(reinterpret_cast<__m128i*>(to), __builtin_bit_cast(__m128i, value));
#else
  store(to, value);
#endif
}
inline void finish_stores() {
#if defined(__SSE2__)
  _mm_sfence();
#endif
}

#if defined(__AVX2__) && !defined(__AVX512F__)
/// All bits of the first `count` lanes.
template <class T>
__m256i first_lanes(std::int64_t count) {
  if constexpr (sizeof(T) == 4) {
    static constexpr std::int32_t ones[16] = {-1, -1, -1, -1, -1, -1, -1, -1};
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(ones + 8 - count));
  } else {
    static constexpr std::int64_t ones[8] = {-1, -1, -1, -1};
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(ones + 4 - count));
  }
}
#endif

/// The first `count` elements, count < width; the others are `fill`.
template <class T>
Vector<T> load_partial(const T* from, std::int64_t count, T fill = T(0)) {
#if defined(__AVX512F__)
  if constexpr (std::is_same_v<T, float>)
    return _mm512_mask_loadu_ps(Vector<T>(fill), static_cast<__mmask16>((1u << count) - 1), from);
  else if constexpr (std::is_same_v<T, double>)
    return _mm512_mask_loadu_pd(Vector<T>(fill), static_cast<__mmask8>((1u << count) - 1), from);
  else if constexpr (std::is_same_v<T, std::int32_t>)
    return _mm512_mask_loadu_epi32(Vector<T>(fill), static_cast<__mmask16>((1u << count) - 1), from);
#elif defined(__AVX2__)
  const __m256i mask = first_lanes<T>(count);
  if constexpr (std::is_same_v<T, float>)
    return _mm256_blendv_ps(Vector<T>(fill), _mm256_maskload_ps(from, mask), _mm256_castsi256_ps(mask));
  else if constexpr (std::is_same_v<T, double>)
    return _mm256_blendv_pd(Vector<T>(fill), _mm256_maskload_pd(from, mask), _mm256_castsi256_pd(mask));
  else if constexpr (std::is_same_v<T, std::int32_t>)
    return _mm256_blendv_epi8(Vector<T>(fill), _mm256_maskload_epi32(from, mask), mask);
#endif
  alignas(64) T padded[width<T>];
  Vector<T>(fill).store_aligned(padded);
  for (std::int64_t i = 0; i < count; ++i) padded[i] = from[i];
  return Vector<T>::load_aligned(padded);
}
/// The first `count` lanes, count <= width.
template <class T>
void store_partial(T* to, const Vector<T>& value, std::int64_t count) {
#if defined(__AVX512F__)
  if constexpr (std::is_same_v<T, float>)
    return _mm512_mask_storeu_ps(to, static_cast<__mmask16>((1u << count) - 1), value);
  else if constexpr (std::is_same_v<T, double>)
    return _mm512_mask_storeu_pd(to, static_cast<__mmask8>((1u << count) - 1), value);
  else if constexpr (std::is_same_v<T, std::int32_t>)
    return _mm512_mask_storeu_epi32(to, static_cast<__mmask16>((1u << count) - 1), value);
#elif defined(__AVX2__)
  // Piece by piece: on some processors a masked store takes as long as many others.
  static_assert(sizeof(T) == 4 || sizeof(T) == 8);
  if (count == width<T>) return store(to, value);
  const __m256i all = __builtin_bit_cast(__m256i, value);
  char* bytes = reinterpret_cast<char*>(to);
  __m128i rest = _mm256_castsi256_si128(all);
  if (count * sizeof(T) & 16) {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(bytes), rest);
    rest = _mm256_extracti128_si256(all, 1);
    bytes += 16;
  }
  if (count * sizeof(T) & 8) {
    _mm_storeu_si64(bytes, rest);
    rest = _mm_unpackhi_epi64(rest, rest);
    bytes += 8;
  }
  if constexpr (sizeof(T) == 4)
    if (count & 1) _mm_storeu_si32(bytes, rest);
  return;
#endif
  alignas(64) T padded[width<T>];
  value.store_aligned(padded);
  for (std::int64_t i = 0; i < count; ++i) to[i] = padded[i];
}
/// The first `count` elements or lanes, count <= width; whole registers are the usual case.
template <class T>
Vector<T> load_some(const T* from, std::int64_t count, T fill = T(0)) {
  return count == width<T> ? load(from) : load_partial(from, count, fill);
}
template <class T>
void store_some(T* to, const Vector<T>& value, std::int64_t count) {
  count == width<T> ? store(to, value) : store_partial(to, value, count);
}
/// Elements at from[0], from[stride], ...
template <class T>
Vector<T> load_strided(const T* from, std::int64_t stride, std::int64_t count) {
  alignas(64) T padded[width<T>] = {};
  for (std::int64_t i = 0; i < count; ++i) padded[i] = from[i * stride];
  return Vector<T>::load_aligned(padded);
}

/// a * b + c with one rounding where the instruction set has it. (Not called fma: xsimd's would be found in
/// its place, and before version 9 that one rounds twice on AVX-512.)
template <class V>
V multiply_add(const V& a, const V& b, const V& c) {
#if defined(__AVX512F__)
  if constexpr (std::is_same_v<V, Vector<float>>)
    return _mm512_fmadd_ps(a, b, c);
  else
    return _mm512_fmadd_pd(a, b, c);
#else
  return xsimd::fma(a, b, c);
#endif
}

/// Correctly rounded. (xsimd 8's is an estimate for float32 on 64-bit ARM.)
template <class V>
V exact_sqrt(const V& x) {
#if defined(__aarch64__)
  if constexpr (std::is_same_v<V, Vector<float>>) return vsqrtq_f32(x);
#endif
  return xsimd::sqrt(x);
}

/// Integers are calculated without sign, so that they wrap around, as NumPy's do, where signed ones would
/// overflow.
template <class V>
auto wrapping(const V& x) {
  if constexpr (std::is_integral_v<V>)
    return static_cast<std::make_unsigned_t<V>>(x);
  else
    return x;
}

/// For batches and scalars alike. Not x != x: xsimd 8's is false for NaN on AVX-512.
template <class V>
auto is_nan(const V& x) {
  return !(x == x);
}

/// condition ? a : b, for batches and scalars alike.
template <class V>
V select(const Mask<V>& condition, const V& a, const V& b) {
  return xsimd::select(condition, a, b);
}
template <class T>
requires std::is_arithmetic_v<T> T select(bool condition, T a, T b) { return condition ? a : b; }

/// NaN goes through.
template <class V>
V relu(const V& x) {
  const V zero(typename V::value_type(0));
  return select(x <= zero, zero, x);
}

/// a > b ? a : b and a < b ? a : b, for batches and scalars alike: what x86's instructions do.
template <class V>
V larger(const V& a, const V& b) {
#if defined(__SSE2__)
  if constexpr (!std::is_arithmetic_v<V>) return xsimd::max(a, b);
#endif
  return select(a > b, a, b);
}
template <class V>
V smaller(const V& a, const V& b) {
#if defined(__SSE2__)
  if constexpr (!std::is_arithmetic_v<V>) return xsimd::min(a, b);
#endif
  return select(a < b, a, b);
}

}  // namespace
}  // namespace taper::kernels
