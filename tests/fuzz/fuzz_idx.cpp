// libFuzzer: no bytes, gzipped or not, make parse_idx do anything but return a tensor or throw IoError.
#include "touch.h"
#include <taper/data/idx.h>
#include <taper/tensor/error.h>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    touch(taper::data::parse_idx(std::as_bytes(std::span(data, size))));
  } catch (const taper::IoError&) {
  }
  return 0;
}
