// DType: the types an element can have, and their C++ counterparts.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string_view>
#include <type_traits>

#include <taper/tensor/half.h>

namespace taper {

/// The type of a tensor's elements. Floating types are for values, the others for labels, indices, masks and
/// raw pixels; float16 and bfloat16 are for storage only: see is_storage_only().
enum class DType : std::uint8_t { boolean, uint8, int32, int64, float32, float64, float16, bfloat16 };

using enum DType;

/// The dtype of floating numbers where none is given: float32 unless set_default_dtype() changed it.
DType default_dtype() noexcept;
/// For all threads. Throws DTypeError unless float32 or float64.
void set_default_dtype(DType dtype);

/// "float32" and so on: NumPy's names.
std::string_view name(DType dtype) noexcept;

/// Prints name(dtype).
std::ostream& operator<<(std::ostream& stream, DType dtype);

namespace detail {
// A local array would be built on the stack.
inline constexpr std::int64_t element_sizes[] = {1, 1, 4, 8, 4, 8, 2, 2};
/// Throws a DTypeError that names the function, and the conversion that helps.
[[noreturn]] void throw_storage_only(const char* function, DType dtype);
}  // namespace detail
/// Bytes per element.
constexpr std::int64_t size_of(DType dtype) noexcept {
  return detail::element_sizes[static_cast<int>(dtype)];
}

/// True for float32 and float64, the only dtypes that can require a gradient.
constexpr bool is_floating(DType dtype) noexcept {
  return dtype == DType::float32 || dtype == DType::float64;
}
/// True for uint8, int32 and int64.
constexpr bool is_integer(DType dtype) noexcept { return dtype >= DType::uint8 && dtype <= DType::int64; }
/// True for float16 and bfloat16. Such tensors are made, moved, read, printed, saved, loaded, and converted
/// by to(). Nothing is calculated with them (DTypeError), and they have no gradient.
constexpr bool is_storage_only(DType dtype) noexcept { return dtype > DType::float64; }
/// The other dtypes: those come first, and tables of kernels have a column for each.
inline constexpr int calculated_dtypes = 6;

/// The dtype of C++ type T: `dtype_of<float> == float32`.
template <class T>
constexpr DType dtype_of = [] {
  if constexpr (std::is_same_v<T, bool>)
    return DType::boolean;
  else if constexpr (std::is_same_v<T, std::uint8_t>)
    return DType::uint8;
  else if constexpr (std::is_same_v<T, std::int32_t>)
    return DType::int32;
  else if constexpr (std::is_same_v<T, float>)
    return DType::float32;
  else if constexpr (std::is_same_v<T, double>)
    return DType::float64;
  else if constexpr (std::is_same_v<T, Float16>)
    return DType::float16;
  else if constexpr (std::is_same_v<T, BFloat16>)
    return DType::bfloat16;
  else {
    static_assert(std::is_integral_v<T> && sizeof(T) == 8,
                  "elements are bool, uint8_t, int32_t, int64_t, float, double, Float16 or BFloat16");
    return DType::int64;
  }
}();

/// Calls `function.template operator()<T>()` with the C++ type of `dtype`. Throws DTypeError if that is for
/// storage only.
template <class Function>
decltype(auto) visit(DType dtype, Function&& function) {
  switch (dtype) {
    case DType::boolean:
      return function.template operator()<bool>();
    case DType::uint8:
      return function.template operator()<std::uint8_t>();
    case DType::int32:
      return function.template operator()<std::int32_t>();
    case DType::int64:
      return function.template operator()<std::int64_t>();
    case DType::float32:
      return function.template operator()<float>();
    case DType::float64:
      return function.template operator()<double>();
    default:
      detail::throw_storage_only("visit", dtype);
  }
}

/// The same for every dtype.
template <class Function>
decltype(auto) visit_all(DType dtype, Function&& function) {
  switch (dtype) {
    case DType::float16:
      return function.template operator()<Float16>();
    case DType::bfloat16:
      return function.template operator()<BFloat16>();
    default:
      return visit(dtype, function);
  }
}

/// The same for floating dtypes only; the caller must have checked is_floating(dtype).
template <class Function>
decltype(auto) visit_floating(DType dtype, Function&& function) {
  return dtype == DType::float32 ? function.template operator()<float>()
                                 : function.template operator()<double>();
}

}  // namespace taper
