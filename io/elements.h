// What the readers of files of tensors share: elements of every type that files have.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <taper/io/bytes.h>
#include <taper/io/tensor_file.h>
#include <taper/io/zip.h>

namespace taper::io::detail {

/// Text from a file in an error message: shortened, since it may have any length, and printable.
std::string quote(std::string_view text);

/// Reads bytes in memory, from the first one on. The caller has checked that they are there.
ReadBytes reader(std::span<const std::byte> bytes);

/// The types of elements: first those of DType, in its order.
enum class ElementType : std::uint8_t {
  boolean,
  uint8,
  int32,
  int64,
  float32,
  float64,
  float16,
  bfloat16,
  int8,
  int16,
  uint16,
  uint32,
  uint64,
  float8_e4m3,  // e4m3fn: no infinity
  float8_e5m2
};

std::string_view name(ElementType type) noexcept;
/// Bytes per element.
std::uint64_t size_of(ElementType type) noexcept;
/// The dtype that has all values: see ReadOptions.
DType dtype_of(ElementType type) noexcept;
/// The bytes of `shape`; nullopt if no tensor has so many elements or a negative extent.
std::optional<std::uint64_t> byte_count(const Shape& shape, ElementType type) noexcept;

/// A new tensor of the next elements. The caller has checked that they are there: see byte_count(). Throws
/// Malformed, beginning with `what`, for a number that does not fit.
Tensor read_elements(const std::string& what, const Shape& shape, ElementType type, bool big_endian,
                     const ReadBytes& read);

/// Throws DTypeError unless the options can be met.
void check_options(const char* function, const ReadOptions& options);
/// The tensor as the options want it.
Tensor converted(const Tensor& tensor, const ReadOptions& options);

/// Throws ValueError for a tensor that is undefined, and a name that occurs twice or is not valid UTF-8.
void check_named(const char* function, const NamedTensors& tensors);
bool is_utf8(std::string_view text) noexcept;

}  // namespace taper::io::detail
