// Kernels: dropout, in a form that compilers vectorize.
#include <taper/tensor/kernels/dropout.h>
#include <taper/tensor/kernels/simd.h>

namespace taper::kernels {
namespace {

template <class T>
void apply(const bool* mask, T scale, const T* x, T* y, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) {
    const T scaled = x[i] * scale;
    y[i] = mask[i] ? scaled : T(0);
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
