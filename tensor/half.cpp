// Float16 and BFloat16: conversions, as in the kernels.
#include <taper/tensor/convert.h>
#include <taper/tensor/half.h>

namespace taper {

template <int exponent_bits>
ShortFloat<exponent_bits>::ShortFloat(float value) noexcept : bits(narrowed<exponent_bits>(value)) {}

template <int exponent_bits>
ShortFloat<exponent_bits>::operator float() const noexcept {
  return widened<exponent_bits>(bits);
}

template struct ShortFloat<5>;
template struct ShortFloat<8>;

}  // namespace taper
