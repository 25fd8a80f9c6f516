// Pixels: by a kernel where it rounds as division does, which 256 bytes can tell, else by a table.
#include <algorithm>
#include <bit>

#include <taper/tensor/kernels/pixels.h>
#include <taper/tensor/pixels.h>

namespace taper::compute {

PixelScale::PixelScale(float mean, float deviation) noexcept : mean_(mean), deviation_(deviation) {
  std::uint8_t bytes[256];
  float scaled[256];
  for (int i = 0; i < 256; ++i) {
    bytes[i] = static_cast<std::uint8_t>(i);
    values_[i] = (static_cast<float>(i) / 255 - mean) / deviation;
  }
  kernels::pixels().scale(bytes, scaled, 256, mean, deviation);
  const auto bits = [](float value) { return std::bit_cast<std::uint32_t>(value); };
  fast_ = std::equal(scaled, scaled + 256, values_, [&](float a, float b) { return bits(a) == bits(b); });
}

void PixelScale::operator()(const std::uint8_t* from, float* to, std::int64_t count) const noexcept {
  if (fast_) return kernels::pixels().scale(from, to, count, mean_, deviation_);
  for (std::int64_t i = 0; i < count; ++i) to[i] = values_[from[i]];
}

}  // namespace taper::compute
