// Kernels: bytes to numbers, as of images.
#pragma once

#include <cstdint>

#include <taper/tensor/kernels/dispatch.h>

namespace taper::kernels {

struct PixelKernels {
  /// to[i] = (from[i] / 255 - mean) / deviation. Where division would be slow, it is a product and a
  /// correction, which for some numbers differs in the last bit.
  void (*scale)(const std::uint8_t* from, float* to, std::int64_t count, float mean, float deviation);
};

inline const PixelKernels& pixels() { return table<PixelKernels>(); }

}  // namespace taper::kernels
