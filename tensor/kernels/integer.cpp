// Kernels: operations on the bits of integers and bools, and their powers.
#include <taper/tensor/kernels/blocks.h>
#include <taper/tensor/kernels/integer.h>

namespace taper::kernels {
namespace {

struct And {
  template <class T>
  T operator()(T a, T b) const {
    return static_cast<T>(a & b);
  }
};
struct Or {
  template <class T>
  T operator()(T a, T b) const {
    return static_cast<T>(a | b);
  }
};
struct Xor {
  template <class T>
  T operator()(T a, T b) const {
    return static_cast<T>(a ^ b);
  }
};
/// Wraps around. Of negative powers, those of 1 and -1 are whole; the others are 0, as in PyTorch.
struct Power {
  template <class T>
  T operator()(T base, T exponent) const {
    if (exponent < 0) {
      if (base != 1 && base != static_cast<T>(-1)) return 0;
      return exponent & 1 ? base : T(1);
    }
    auto factor = wrapping(base), result = static_cast<decltype(factor)>(1);
    for (auto rest = wrapping(exponent); rest != 0; rest = static_cast<decltype(rest)>(rest >> 1)) {
      if (rest & 1) result = static_cast<decltype(result)>(result * factor);
      factor = static_cast<decltype(factor)>(factor * factor);
    }
    return static_cast<T>(result);
  }
};

/// Bits have no sign, and bools the bits of bytes.
template <class F>
constexpr void fill(ElementwiseLoop (&row)[calculated_dtypes]) {
  row[static_cast<int>(DType::boolean)] = row[static_cast<int>(DType::uint8)] =
      block_loop<std::uint8_t, F, 2>;
  row[static_cast<int>(DType::int32)] = block_loop<std::uint32_t, F, 2>;
  row[static_cast<int>(DType::int64)] = block_loop<std::uint64_t, F, 2>;
}

constexpr IntegerKernels make_table() {
  IntegerKernels table{};
  fill<And>(table.binary[static_cast<int>(IntegerPair::bit_and)]);
  fill<Or>(table.binary[static_cast<int>(IntegerPair::bit_or)]);
  fill<Xor>(table.binary[static_cast<int>(IntegerPair::bit_xor)]);
  ElementwiseLoop(&power)[calculated_dtypes] = table.binary[static_cast<int>(IntegerPair::power)];
  power[static_cast<int>(DType::uint8)] = block_loop<std::uint8_t, Power, 2>;
  power[static_cast<int>(DType::int32)] = block_loop<std::int32_t, Power, 2>;
  power[static_cast<int>(DType::int64)] = block_loop<std::int64_t, Power, 2>;
  return table;
}

}  // namespace

template <>
const IntegerKernels& table_for<IntegerKernels, TAPER_ISA>() {
  static constexpr IntegerKernels table = make_table();
  return table;
}

}  // namespace taper::kernels
