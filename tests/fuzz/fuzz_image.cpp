// libFuzzer: no bytes make decode_image do anything but return pixels or throw IoError. The first byte
// chooses the channels, and whether the checksums of a PNG file are made right, so that what they cover is
// looked at.
#include <vector>

#include "touch.h"
#include <taper/io/image.h>
#include <taper/tensor/error.h>

namespace {

std::uint32_t checksum(std::span<const std::byte> bytes) {
  std::uint32_t sum = ~std::uint32_t{0};
  for (const std::byte byte : bytes) {
    sum ^= std::to_integer<std::uint32_t>(byte);
    for (int bit = 0; bit < 8; ++bit) sum = sum >> 1 ^ ((sum & 1) != 0 ? 0xedb88320 : 0);
  }
  return ~sum;
}

// A file is a signature of 8 bytes, and chunks: a length, a name, the content, the checksum of the latter
// two.
void mend(std::vector<std::byte>& png) {
  for (std::size_t at = 8; at + 12 <= png.size();) {
    std::size_t length = 0;
    for (std::size_t i = 0; i < 4; ++i) length = length << 8 | std::to_integer<std::size_t>(png[at + i]);
    if (length > png.size() - at - 12) return;
    const std::uint32_t sum = checksum(std::span(png).subspan(at + 4, length + 4));
    for (std::size_t i = 0; i < 4; ++i)
      png[at + 8 + length + i] = static_cast<std::byte>(sum >> (24 - 8 * i));
    at += length + 12;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  constexpr int channels[] = {0, 1, 3, 4};
  const std::span<const std::byte> input = std::as_bytes(std::span(data + 1, size - 1));
  std::vector<std::byte> bytes(input.begin(), input.end());
  if ((data[0] & 4) != 0) mend(bytes);
  try {
    touch(taper::io::decode_image(bytes, {.channels = channels[data[0] % 4], .most_pixels = 1 << 20}));
  } catch (const taper::IoError&) {
  }
  return 0;
}
