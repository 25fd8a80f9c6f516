// libFuzzer: no bytes make parse_cifar do anything but return images and labels or throw IoError. The input
// stands for a file of its bytes, each repeated so often that a few make whole records.
#include <vector>

#include "touch.h"
#include <taper/data/cifar.h>
#include <taper/tensor/error.h>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::int64_t classes = data[0] % 2 == 0 ? 10 : 100;
  const std::size_t times = data[0] < 128 ? 1 : classes == 10 ? 3073 : 1537;  // two labels and 3072 pixels
  std::vector<std::byte> bytes;
  for (std::size_t i = 1; i < size; ++i) bytes.insert(bytes.end(), times, static_cast<std::byte>(data[i]));
  try {
    const taper::data::CifarFile file = taper::data::parse_cifar(bytes, classes);
    touch(file.images);
    touch(file.labels);
  } catch (const taper::IoError&) {
  }
  return 0;
}
