// Elements of files: read into tensors, converted where there is no such dtype.
#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <unordered_set>

#include <fmt/format.h>

#include <taper/io/elements.h>
#include <taper/tensor/elementwise.h>
#include <taper/tensor/error.h>

namespace taper::io::detail {
namespace {

static_assert(std::endian::native == std::endian::little, "elements are read as they lie in the file");

struct TypeOfElements {
  std::string_view name;
  std::uint64_t size;
  DType dtype;
};
constexpr TypeOfElements types[] = {
    {"bool", 1, DType::boolean},    {"uint8", 1, DType::uint8},         {"int32", 4, DType::int32},
    {"int64", 8, DType::int64},     {"float32", 4, DType::float32},     {"float64", 8, DType::float64},
    {"float16", 2, DType::float16}, {"bfloat16", 2, DType::bfloat16},   {"int8", 1, DType::int32},
    {"int16", 2, DType::int32},     {"uint16", 2, DType::int32},        {"uint32", 4, DType::int64},
    {"uint64", 8, DType::int64},    {"float8_e4m3", 1, DType::float16}, {"float8_e5m2", 1, DType::float16},
};

const TypeOfElements& of(ElementType type) noexcept { return types[static_cast<int>(type)]; }

void swap_bytes(unsigned char* elements, std::uint64_t count, std::uint64_t size) {
  for (std::uint64_t i = 0; i < count; ++i) std::reverse(elements + i * size, elements + (i + 1) * size);
}

// A bit pattern of float8_e4m3fn as one of float16: the exponent's bias grows by 8, the digits by 7 zeros.
std::uint16_t e4m3_as_float16(unsigned bits) {
  const unsigned sign = (bits & 0x80u) << 8, magnitude = bits & 0x7fu;
  if (magnitude == 0x7f) return static_cast<std::uint16_t>(sign | 0x7e00u);  // NaN
  if (magnitude >= 8) return static_cast<std::uint16_t>(sign | ((magnitude << 7) + (8u << 10)));
  // Subnormal: a multiple of 2^-9, which float16 has as normal numbers.
  return static_cast<std::uint16_t>(sign | Float16(static_cast<float>(magnitude) / 512).bits);
}

// One element without a dtype of its own, of its bytes in this machine's order.
template <class From>
From element(const unsigned char* bytes) {
  From value;
  std::memcpy(&value, bytes, sizeof(value));
  return value;
}

template <class To, class From>
void widen(const std::string& what, Tensor& tensor, std::uint64_t begin, std::uint64_t count,
           const unsigned char* bytes) {
  To* const out = static_cast<To*>(tensor.mutable_raw()) + begin;
  for (std::uint64_t i = 0; i < count; ++i) {
    const From value = element<From>(bytes + i * sizeof(From));
    if constexpr (std::is_same_v<From, std::uint64_t>)
      if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
        throw Malformed(
            fmt::format("{} has {}, and int64, which uint64 is read as, cannot hold that", what, value));
    out[i] = static_cast<To>(value);  // NOLINT: int8 is a number
  }
}

void widen_float8(Tensor& tensor, std::uint64_t begin, std::uint64_t count, const unsigned char* bytes,
                  bool e4m3) {
  Float16* const out = static_cast<Float16*>(tensor.mutable_raw()) + begin;
  for (std::uint64_t i = 0; i < count; ++i)  // e5m2 is the upper byte of float16
    out[i].bits = e4m3 ? e4m3_as_float16(bytes[i]) : static_cast<std::uint16_t>(bytes[i] << 8);
}

void widen(const std::string& what, Tensor& tensor, ElementType type, std::uint64_t begin,
           std::uint64_t count, const unsigned char* bytes) {
  switch (type) {
    case ElementType::int8:
      return widen<std::int32_t, std::int8_t>(what, tensor, begin, count, bytes);
    case ElementType::int16:
      return widen<std::int32_t, std::int16_t>(what, tensor, begin, count, bytes);
    case ElementType::uint16:
      return widen<std::int32_t, std::uint16_t>(what, tensor, begin, count, bytes);
    case ElementType::uint32:
      return widen<std::int64_t, std::uint32_t>(what, tensor, begin, count, bytes);
    case ElementType::uint64:
      return widen<std::int64_t, std::uint64_t>(what, tensor, begin, count, bytes);
    default:
      return widen_float8(tensor, begin, count, bytes, type == ElementType::float8_e4m3);
  }
}

bool has_dtype(ElementType type) noexcept { return type <= ElementType::bfloat16; }

}  // namespace

std::string quote(std::string_view text) {
  constexpr std::size_t longest = 80;
  std::string shown;
  for (const char c : text.substr(0, longest)) shown += c >= 0 && c < ' ' ? '?' : c;
  return fmt::format("'{}{}'", shown, text.size() > longest ? "..." : "");
}

ReadBytes reader(std::span<const std::byte> bytes) {
  return [rest = bytes](void* out, std::uint64_t count) mutable {
    if (count > 0) std::memcpy(out, rest.data(), count);
    rest = rest.subspan(count);
  };
}

std::string_view name(ElementType type) noexcept { return of(type).name; }
std::uint64_t size_of(ElementType type) noexcept { return of(type).size; }
DType dtype_of(ElementType type) noexcept { return of(type).dtype; }

std::optional<std::uint64_t> byte_count(const Shape& shape, ElementType type) noexcept {
  std::uint64_t bytes = size_of(type);
  bool empty = false;
  for (const std::int64_t extent : shape) {
    if (extent < 0) return std::nullopt;
    empty |= extent == 0;
    // Even if one extent is 0, the product of the others is limited, as in Layout. It has room for elements
    // that are read as larger ones.
    const std::uint64_t factor = static_cast<std::uint64_t>(std::max<std::int64_t>(extent, 1));
    if (bytes > (std::uint64_t{1} << 56) / factor) return std::nullopt;
    bytes *= factor;
  }
  return empty ? 0 : bytes;
}

Tensor read_elements(const std::string& what, const Shape& shape, ElementType type, bool big_endian,
                     const ReadBytes& read) {
  Tensor tensor = Tensor::empty(shape, dtype_of(type));
  const std::uint64_t count = static_cast<std::uint64_t>(tensor.numel()), size = size_of(type);
  if (has_dtype(type)) {
    auto* const elements = static_cast<unsigned char*>(tensor.mutable_raw());
    read(elements, count * size);
    if (big_endian) swap_bytes(elements, count, size);
    if (type == ElementType::boolean)  // a bool that is neither 0 nor 1 would be undefined behaviour
      for (std::uint64_t i = 0; i < count; ++i) elements[i] = elements[i] != 0;
    return tensor;
  }
  constexpr std::uint64_t piece = 4096;
  unsigned char buffer[piece * 8];
  for (std::uint64_t begin = 0; begin < count; begin += piece) {
    const std::uint64_t here = std::min(piece, count - begin);
    read(buffer, here * size);
    if (big_endian) swap_bytes(buffer, here, size);
    widen(what, tensor, type, begin, here, buffer);
  }
  return tensor;
}

void check_options(const char* function, const ReadOptions& options) {
  if (options.dtype && !is_floating(*options.dtype) && !is_storage_only(*options.dtype))
    throw DTypeError(fmt::format("{}: expected a floating dtype to convert floating tensors to, got {}",
                                 function, taper::name(*options.dtype)));
}

Tensor converted(const Tensor& tensor, const ReadOptions& options) {
  const bool floating = is_floating(tensor.dtype()) || is_storage_only(tensor.dtype());
  return options.dtype && floating && tensor.dtype() != *options.dtype ? compute::cast(tensor, *options.dtype)
                                                                       : tensor;
}

void check_named(const char* function, const NamedTensors& tensors) {
  std::unordered_set<std::string_view> names;
  for (const auto& [name, tensor] : tensors) {
    if (!is_utf8(name))
      throw ValueError(fmt::format("{}: a name of {} bytes is not valid UTF-8", function, name.size()));
    if (!tensor.defined()) throw ValueError(fmt::format("{}: tensor '{}' is undefined", function, name));
    if (!names.insert(name).second)
      throw ValueError(fmt::format("{}: the name '{}' occurs twice", function, name));
  }
}

bool is_utf8(std::string_view text) noexcept {
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = [&](std::size_t k) {
      return static_cast<unsigned>(static_cast<unsigned char>(text[k]));
    };
    const unsigned first = byte(i);
    const unsigned length = first < 0x80       ? 1
                            : first >> 5 == 6  ? 2
                            : first >> 4 == 14 ? 3
                            : first >> 3 == 30 ? 4
                                               : 0;
    if (length == 0 || length > text.size() - i) return false;
    unsigned code = length == 1 ? first : first & (0x7fu >> length);
    for (std::size_t k = i + 1; k < i + length; ++k) {
      if (byte(k) >> 6 != 2) return false;
      code = code << 6 | (byte(k) & 0x3fu);
    }
    constexpr unsigned least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (code < least[length] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return false;
    i += length;
  }
  return true;
}

}  // namespace taper::io::detail
