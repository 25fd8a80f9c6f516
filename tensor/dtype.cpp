// DType: names, and the default.
#include <atomic>
#include <ostream>

#include <fmt/format.h>

#include <taper/tensor/dtype.h>
#include <taper/tensor/error.h>

namespace taper {
namespace {

std::atomic<DType> floating_default{DType::float32};

}  // namespace

DType default_dtype() noexcept { return floating_default.load(std::memory_order_relaxed); }

void set_default_dtype(DType dtype) {
  if (!is_floating(dtype))
    throw DTypeError(fmt::format("set_default_dtype: expected float32 or float64, got {}", name(dtype)));
  floating_default = dtype;
}

void detail::throw_storage_only(const char* function, DType dtype) {
  throw DTypeError(
      fmt::format("{}: {} is for storage only; convert with to(x, float32)", function, name(dtype)));
}

std::string_view name(DType dtype) noexcept {
  constexpr std::string_view names[] = {"bool",    "uint8",   "int32",   "int64",
                                        "float32", "float64", "float16", "bfloat16"};
  return names[static_cast<int>(dtype)];
}

std::ostream& operator<<(std::ostream& stream, DType dtype) { return stream << name(dtype); }

}  // namespace taper
