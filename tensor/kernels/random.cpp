// Kernels: Philox 4x32-10 on many blocks at once.
#include <taper/tensor/kernels/random.h>
#include <taper/tensor/kernels/simd.h>

namespace taper::kernels {
namespace {

#if defined(__AVX512F__)
constexpr int register_bytes = 64;
#elif defined(__AVX2__)
constexpr int register_bytes = 32;
#else
constexpr int register_bytes = 16;
#endif
// Each word of the counter lies in a 64-bit lane of its own: the product of two words fits it.
typedef std::uint64_t Words __attribute__((vector_size(register_bytes)));
constexpr int words_each = register_bytes / 8;
constexpr int registers = 2;  // enough to hide the latency of a product
constexpr std::int64_t lanes = words_each * registers;

// Products of the low words. Compilers do not see that the high ones are 0, and make several products of it.
Words multiply(const Words& a, std::uint64_t b) {
#if defined(__AVX512F__)
  return reinterpret_cast<Words>(
      _mm512_mul_epu32(reinterpret_cast<__m512i>(a), _mm512_set1_epi64(static_cast<long long>(b))));
#elif defined(__AVX2__)
  return reinterpret_cast<Words>(
      _mm256_mul_epu32(reinterpret_cast<__m256i>(a), _mm256_set1_epi64x(static_cast<long long>(b))));
#elif defined(__SSE2__)
  return reinterpret_cast<Words>(
      _mm_mul_epu32(reinterpret_cast<__m128i>(a), _mm_set1_epi64x(static_cast<long long>(b))));
#else
  return a * b;
#endif
}

void blocks(std::uint64_t seed, std::uint64_t first, std::int64_t count, std::uint32_t* words) {
  constexpr std::uint64_t numbers[8] = {0, 1, 2, 3, 4, 5, 6, 7};
  Words steps;
  __builtin_memcpy(&steps, numbers, sizeof(steps));
  for (std::int64_t begin = 0; begin < count; begin += lanes) {
    Words c0[registers], c1[registers], c2[registers], c3[registers];
    for (int r = 0; r < registers; ++r) {
      const Words block = steps + (first + static_cast<std::uint64_t>(begin + r * words_each));
      c0[r] = block & std::uint64_t{0xFFFFFFFF};
      c1[r] = block >> 32;
      c2[r] = c3[r] = Words{};
    }
    std::uint32_t key0 = static_cast<std::uint32_t>(seed), key1 = static_cast<std::uint32_t>(seed >> 32);
    for (int round = 0; round < 10; ++round) {
      for (int r = 0; r < registers; ++r) {
        const Words a = multiply(c0[r], 0xD2511F53), b = multiply(c2[r], 0xCD9E8D57);
        c0[r] = (b >> 32) ^ c1[r] ^ std::uint64_t{key0};
        c1[r] = b & std::uint64_t{0xFFFFFFFF};
        c2[r] = (a >> 32) ^ c3[r] ^ std::uint64_t{key1};
        c3[r] = a & std::uint64_t{0xFFFFFFFF};
      }
      key0 += 0x9E3779B9;
      key1 += 0xBB67AE85;
    }
    const std::int64_t used = count - begin < lanes ? count - begin : lanes;
    std::uint32_t rest[4 * lanes];
    std::uint32_t* const out = used == lanes ? words + 4 * begin : rest;
    for (int r = 0; r < registers; ++r)
      for (int i = 0; i < words_each; ++i) {
        std::uint32_t* const block = out + 4 * (r * words_each + i);
        block[0] = static_cast<std::uint32_t>(c0[r][i]);
        block[1] = static_cast<std::uint32_t>(c1[r][i]);
        block[2] = static_cast<std::uint32_t>(c2[r][i]);
        block[3] = static_cast<std::uint32_t>(c3[r][i]);
      }
    if (used < lanes)
      for (std::int64_t i = 0; i < 4 * used; ++i) words[4 * begin + i] = rest[i];
  }
}

}  // namespace

template <>
const RandomKernels& table_for<RandomKernels, TAPER_ISA>() {
  static constexpr RandomKernels table{blocks};
  return table;
}

}  // namespace taper::kernels
