// Pixels: bytes to numbers.
#pragma once

#include <cstdint>

namespace taper::compute {

/// Converts bytes by (byte / 255 - mean) / deviation, with float32's rounding after each operation.
class PixelScale {
 public:
  PixelScale(float mean, float deviation) noexcept;
  void operator()(const std::uint8_t* from, float* to, std::int64_t count) const noexcept;

 private:
  float mean_, deviation_;
  bool fast_;          // whether the kernel gives these values
  float values_[256];  // of each byte
};

}  // namespace taper::compute
