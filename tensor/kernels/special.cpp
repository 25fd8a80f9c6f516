// Kernels: the element-wise functions that few programs call.
#include <utility>

#include <taper/tensor/kernels/blocks.h>
#include <taper/tensor/kernels/special.h>
#include <taper/tensor/kernels/special_functions.h>

namespace taper::kernels {
namespace {

template <auto op, int operands, class... T>
constexpr void fill(ElementwiseLoop (&row)[calculated_dtypes]) {
  ((row[static_cast<int>(dtype_of<T>)] = block_loop<T, Function<op>, operands>), ...);
}

constexpr SpecialKernels make_table() {
  SpecialKernels table{};
  [&]<std::size_t... i>(std::index_sequence<i...>) {
    (fill<static_cast<Special>(i), 1, float, double>(table.unary[i]), ...);
  }
  (std::make_index_sequence<static_cast<std::size_t>(Special::count)>());
  [&]<std::size_t... i>(std::index_sequence<i...>) {
    const auto each = [&]<SpecialPair op>(ElementwiseLoop(&row)[calculated_dtypes]) {
      if constexpr (op < SpecialPair::left_shift) fill<op, 2, float, double>(row);
      if constexpr (op >= SpecialPair::floor_divide)
        fill<op, 2, std::uint8_t, std::int32_t, std::int64_t>(row);
    };
    (each.template operator()<static_cast<SpecialPair>(i)>(table.binary[i]), ...);
  }
  (std::make_index_sequence<static_cast<std::size_t>(SpecialPair::count)>());
  return table;
}

}  // namespace

template <>
const SpecialKernels& table_for<SpecialKernels, TAPER_ISA>() {
  static constexpr SpecialKernels table = make_table();
  return table;
}

}  // namespace taper::kernels
