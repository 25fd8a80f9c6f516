// DType: names.
#include <ostream>

#include <taper/tensor/dtype.h>

namespace taper {

std::string_view name(DType dtype) noexcept {
  constexpr std::string_view names[] = {"bool", "uint8", "int32", "int64", "float32", "float64"};
  return names[static_cast<int>(dtype)];
}

std::ostream& operator<<(std::ostream& stream, DType dtype) { return stream << name(dtype); }

}  // namespace taper
