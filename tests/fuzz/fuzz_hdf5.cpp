// libFuzzer: no bytes make parse_hdf5 do anything but return tensors or throw IoError.
#include "touch.h"
#include <taper/io/hdf5.h>
#include <taper/tensor/error.h>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    std::uint64_t bytes = 0;
    for (const auto& [path, tensor] : taper::io::parse_hdf5(std::as_bytes(std::span(data, size))).tensors) {
      touch(tensor);
      bytes += static_cast<std::uint64_t>(tensor.numel() * size_of(tensor.dtype()));
    }
    if (bytes > 8 * size) __builtin_trap();  // int8 becomes int64
  } catch (const taper::IoError&) {
  }
  return 0;
}
