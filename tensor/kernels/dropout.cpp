// Kernels: dropout, in a form that compilers vectorize.
#include <type_traits>

#include <taper/tensor/kernels/dropout.h>
#include <taper/tensor/kernels/simd.h>

namespace taper::kernels {
namespace {

// With arithmetic on the bits: compilers make a branch of `mask ? x * scale : 0`, which is guessed wrongly.
template <class T>
void apply(const bool* mask, T scale, const T* x, T* y, std::int64_t count) {
  using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  for (std::int64_t i = 0; i < count; ++i) {
    const Bits keep = Bits(0) - static_cast<Bits>(mask[i]);
    y[i] = __builtin_bit_cast(T, __builtin_bit_cast(Bits, x[i] * scale) & keep);
  }
}

template <class T>
void draw(const std::uint32_t* words, std::uint32_t threshold, T scale, const T* x, bool* mask, T* y,
          std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) mask[i] = words[i] < threshold;
  apply(mask, scale, x, y, count);
}

}  // namespace

template <>
const DropoutKernels<float>& table_for<DropoutKernels<float>, TAPER_ISA>() {
  static constexpr DropoutKernels<float> table{draw<float>, apply<float>};
  return table;
}
template <>
const DropoutKernels<double>& table_for<DropoutKernels<double>, TAPER_ISA>() {
  static constexpr DropoutKernels<double> table{draw<double>, apply<double>};
  return table;
}

}  // namespace taper::kernels
