// Orientation: the directory's entry, and the order of pixels.
#include <cstdint>
#include <cstring>
#include <string_view>

#include <taper/io/orientation.h>

namespace taper::io::detail {

int exif_orientation(std::span<const std::byte> segment) noexcept {
  constexpr std::string_view name("Exif\0\0", 6);
  if (segment.size() < name.size() || std::memcmp(segment.data(), name.data(), name.size()) != 0) return 0;
  const std::span<const std::byte> tiff = segment.subspan(name.size());
  // A number of that many bytes; 0 where they are not all there.
  bool little_endian = false;
  const auto number = [&](std::size_t at, std::size_t bytes) {
    std::uint32_t value = 0;
    if (at > tiff.size() || bytes > tiff.size() - at) return value;
    for (std::size_t i = 0; i < bytes; ++i)
      value = value << 8 | std::to_integer<std::uint32_t>(tiff[little_endian ? at + bytes - 1 - i : at + i]);
    return value;
  };
  constexpr std::uint32_t intel = 0x4949, motorola = 0x4d4d, version = 42, tag = 0x0112, entry = 12;
  constexpr std::uint32_t of_16_bits = 3, of_32_bits = 4;
  const std::uint32_t order = number(0, 2);
  little_endian = order == intel;
  if ((order != intel && order != motorola) || number(2, 2) != version) return 0;
  const std::size_t directory = number(4, 4), entries = number(directory, 2);
  for (std::size_t i = 0; i < entries; ++i) {
    const std::size_t at = directory + 2 + entry * i;
    if (at >= tiff.size()) break;
    if (number(at, 2) != tag) continue;
    const std::uint32_t type = number(at + 2, 2);
    if ((type != of_16_bits && type != of_32_bits) || number(at + 4, 4) != 1) return 0;
    const std::uint32_t value = number(at + 8, type == of_16_bits ? 2 : 4);
    return value >= 1 && value <= 8 ? static_cast<int>(value) : 0;
  }
  return 0;
}

Tensor upright(const Tensor& pixels, int orientation) {
  // First mirrored, then transposed.
  const bool transposed = orientation >= 5;
  const bool rows_mirrored = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  const bool columns_mirrored = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  const std::int64_t channels = pixels.shape()[0], rows = pixels.shape()[1], columns = pixels.shape()[2];
  const std::int64_t height = transposed ? columns : rows, width = transposed ? rows : columns;
  Tensor result = Tensor::empty({channels, height, width}, DType::uint8, "read_image");
  const std::int64_t row_step = rows_mirrored ? -columns : columns, column_step = columns_mirrored ? -1 : 1;
  const std::int64_t step_y = transposed ? column_step : row_step,
                     step_x = transposed ? row_step : column_step;
  const std::int64_t first =
      (rows_mirrored ? (rows - 1) * columns : 0) + (columns_mirrored ? columns - 1 : 0);
  const std::uint8_t* const from = static_cast<const std::uint8_t*>(pixels.raw());
  std::uint8_t* out = result.mutable_data<std::uint8_t>();
  for (std::int64_t channel = 0; channel < channels; ++channel)
    for (std::int64_t y = 0; y < height; ++y) {
      const std::int64_t row = channel * rows * columns + first + y * step_y;
      for (std::int64_t x = 0; x < width; ++x) *out++ = from[row + x * step_x];
    }
  return result;
}

}  // namespace taper::io::detail
