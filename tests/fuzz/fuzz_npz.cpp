// libFuzzer: no bytes make parse_npz do anything but return tensors or throw IoError.
#include "touch.h"
#include <taper/io/numpy.h>
#include <taper/tensor/error.h>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    for (const auto& [name, tensor] : taper::io::parse_npz(std::as_bytes(std::span(data, size))).tensors)
      touch(tensor);
  } catch (const taper::IoError&) {
  }
  return 0;
}
