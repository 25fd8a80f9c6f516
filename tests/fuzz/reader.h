// Reader: makes integers, numbers and choices of a fuzzer's bytes; after the last byte all is 0.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <span>

class Reader {
 public:
  explicit Reader(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

  bool empty() const { return bytes_.empty(); }
  std::span<const std::uint8_t> rest() const { return bytes_; }
  unsigned byte() {
    if (bytes_.empty()) return 0;
    const unsigned value = bytes_.front();
    bytes_ = bytes_.subspan(1);
    return value;
  }
  /// 0..count-1, count being at most 256.
  std::size_t below(std::size_t count) { return byte() % count; }
  bool flag() { return below(2) == 1; }
  /// True for one byte of 16: what an argument seldom is.
  bool seldom() { return below(16) == 15; }

  /// Mostly -3..12, at times as large as can be.
  std::int64_t integer() {
    using Limits = std::numeric_limits<std::int64_t>;
    constexpr std::int64_t extreme[] = {Limits::min(),
                                        Limits::min() + 1,
                                        Limits::max(),
                                        Limits::max() - 1,
                                        std::numeric_limits<std::int32_t>::min(),
                                        std::numeric_limits<std::int32_t>::max(),
                                        std::int64_t{1} << 32,
                                        std::int64_t{1} << 62,
                                        -(std::int64_t{1} << 40),
                                        -100,
                                        255,
                                        1000};
    const unsigned choice = byte();
    return choice < 240 ? static_cast<std::int64_t>(choice % 16) - 3 : extreme[(choice - 240) % 12];
  }

  double number() {
    using Limits = std::numeric_limits<double>;
    constexpr double numbers[] = {0,      -0.,   1,     -1,    0.5,  2,    -3.25,   0.1,
                                  1e-3,   100,   1e-30, 1e30,  1e19, -1e9, 1e308,   -1e308,
                                  1e-308, 3e-39, 255,   -0.75, 0.9,  1e-5, 16777217};
    const unsigned choice = byte();
    if (choice >= 250) return choice % 2 == 0 ? Limits::infinity() : -Limits::infinity();
    if (choice >= 245) return Limits::quiet_NaN();
    return numbers[choice % std::size(numbers)];
  }

 private:
  std::span<const std::uint8_t> bytes_;
};
