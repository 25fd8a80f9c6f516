// libFuzzer: no bytes make decode_image do anything but return pixels or throw IoError. The first byte
// chooses the channels.
#include "touch.h"
#include <taper/io/image.h>
#include <taper/tensor/error.h>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  constexpr int channels[] = {0, 1, 3, 4};
  try {
    touch(taper::io::decode_image(std::as_bytes(std::span(data + 1, size - 1)),
                                  {.channels = channels[data[0] % 4], .most_pixels = 1 << 20}));
  } catch (const taper::IoError&) {
  }
  return 0;
}
