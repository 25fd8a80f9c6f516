// Draw: single random numbers of a generator, for the transforms.
#pragma once

#include <array>
#include <cstdint>

#include <taper/tensor/random.h>

namespace taper::data {

/// Numbers from a block of the generator at a time: much cheaper than tensors of one element. What is left of
/// the last block is not used by others.
class Draw {
 public:
  explicit Draw(Generator& generator) noexcept : generator_(generator) {}

  /// Uniform in [0, 1), with 53 bits.
  double unit() noexcept;
  /// Uniform in [low, high).
  double uniform(double low, double high) noexcept { return low + (high - low) * unit(); }
  /// Uniform from 0 to count - 1.
  std::int64_t integer(std::int64_t count) noexcept;
  bool chance(double probability) noexcept { return unit() < probability; }
  /// Beta(a, a), from 0 to 1 and symmetric around 0.5; a > 0.
  double beta(double a) noexcept;

 private:
  double normal() noexcept;
  double gamma(double a) noexcept;

  Generator& generator_;
  std::array<std::uint32_t, 4> words_{};
  int used_ = 4;
};

}  // namespace taper::data
