// Kernels: bytes to numbers. A division takes as long as ten other operations.
#include <taper/tensor/kernels/pixels.h>
#include <taper/tensor/kernels/simd.h>

namespace taper::kernels {
namespace {

using V = Vector<float>;

#if defined(__AVX2__)
V load_bytes(const std::uint8_t* from) {
#if defined(__AVX512F__)
  return _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from))));
#else
  return _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(from))));
#endif
}

// x / d by 1 / d: the remainder of the rounded product corrects it (Markstein: Computation of elementary
// functions on the IBM RISC System/6000 processor; 1990).
V quotient(const V& x, const V& d, const V& reciprocal) {
  const V guess = x * reciprocal;
  return multiply_add(multiply_add(-guess, d, x), reciprocal, guess);
}
#endif

void scale(const std::uint8_t* from, float* to, std::int64_t count, float mean, float deviation) {
  std::int64_t i = 0;
#if defined(__AVX2__)
  const V whole(255), part(1.0f / 255), center(mean), unit(deviation), inverse(1 / deviation);
  for (; i + width<float> <= count; i += width<float>)
    store(to + i, quotient(quotient(load_bytes(from + i), whole, part) - center, unit, inverse));
#endif
  for (; i < count; ++i) to[i] = (static_cast<float>(from[i]) / 255 - mean) / deviation;
}

}  // namespace

template <>
const PixelKernels& table_for<PixelKernels, TAPER_ISA>() {
  static constexpr PixelKernels table{scale};
  return table;
}

}  // namespace taper::kernels
