// Kernels: Philox 4x32-10 on many blocks at once, in a form that compilers vectorize.
#include <taper/tensor/kernels/random.h>
#include <taper/tensor/kernels/simd.h>

namespace taper::kernels {
namespace {

constexpr std::int64_t lanes = 16;

void blocks(std::uint64_t seed, std::uint64_t first, std::int64_t count, std::uint32_t* words) {
  for (std::int64_t begin = 0; begin < count; begin += lanes) {
    // Each word of the counter in a 64-bit lane of its own: the product of two words fits it.
    alignas(64) std::uint64_t c0[lanes], c1[lanes], c2[lanes], c3[lanes];
    for (std::int64_t i = 0; i < lanes; ++i) {
      const std::uint64_t block = first + static_cast<std::uint64_t>(begin + i);
      c0[i] = block & 0xFFFFFFFF;
      c1[i] = block >> 32;
      c2[i] = c3[i] = 0;
    }
    std::uint32_t key0 = static_cast<std::uint32_t>(seed), key1 = static_cast<std::uint32_t>(seed >> 32);
    for (int round = 0; round < 10; ++round) {
      for (std::int64_t i = 0; i < lanes; ++i) {
        const std::uint64_t a = std::uint64_t{0xD2511F53} * c0[i], b = std::uint64_t{0xCD9E8D57} * c2[i];
        c0[i] = (b >> 32) ^ c1[i] ^ key0;
        c1[i] = b & 0xFFFFFFFF;
        c2[i] = (a >> 32) ^ c3[i] ^ key1;
        c3[i] = a & 0xFFFFFFFF;
      }
      key0 += 0x9E3779B9;
      key1 += 0xBB67AE85;
    }
    const std::int64_t used = count - begin < lanes ? count - begin : lanes;
    for (std::int64_t i = 0; i < used; ++i) {
      std::uint32_t* const out = words + 4 * (begin + i);
      out[0] = static_cast<std::uint32_t>(c0[i]);
      out[1] = static_cast<std::uint32_t>(c1[i]);
      out[2] = static_cast<std::uint32_t>(c2[i]);
      out[3] = static_cast<std::uint32_t>(c3[i]);
    }
  }
}

}  // namespace

template <>
const RandomKernels& table_for<RandomKernels, TAPER_ISA>() {
  static constexpr RandomKernels table{blocks};
  return table;
}

}  // namespace taper::kernels
