// Draw: two words of a block make a number.
#include <algorithm>
#include <cmath>
#include <numbers>

#include <taper/data/draw.h>

namespace taper::data {

double Draw::unit() noexcept {
  if (used_ == 4) {
    const std::uint64_t block = generator_.advance(1), seed = generator_.seed();
    words_ = philox({static_cast<std::uint32_t>(block), static_cast<std::uint32_t>(block >> 32), 0, 0},
                    {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)});
    used_ = 0;
  }
  const auto at = static_cast<std::size_t>(used_);
  const std::uint64_t bits = words_[at] | std::uint64_t{words_[at + 1]} << 32;
  used_ += 2;
  return static_cast<double>(bits >> 11) * 0x1p-53;
}

std::int64_t Draw::integer(std::int64_t count) noexcept {
  return std::min(static_cast<std::int64_t>(unit() * static_cast<double>(count)), count - 1);
}

// Box and Muller.
double Draw::normal() noexcept {
  const double radius = std::sqrt(-2 * std::log(1 - unit()));
  return radius * std::cos(2 * std::numbers::pi * unit());
}

// Marsaglia, Tsang: A simple method for generating gamma variables (2000); a >= 1.
double Draw::gamma(double a) noexcept {
  const double d = a - 1. / 3, c = 1 / std::sqrt(9 * d);
  for (;;) {
    const double x = normal(), root = 1 + c * x;
    if (root <= 0) continue;
    const double v = root * root * root;
    if (std::log(1 - unit()) < x * x / 2 + d - d * v + d * std::log(v)) return d * v;
  }
}

double Draw::beta(double a) noexcept {
  if (a > 1) {
    const double x = gamma(a), y = gamma(a);
    return x / (x + y);
  }
  // Joehnk: Erzeugung von betaverteilten und gammaverteilten Zufallszahlen (1964); in logarithms, as the
  // powers of small numbers are 0.
  for (;;) {
    const double x = std::log(1 - unit()) / a, y = std::log(1 - unit()) / a;
    const double largest = std::max(x, y),
                 sum = largest + std::log(std::exp(x - largest) + std::exp(y - largest));
    if (sum <= 0) return std::exp(x - sum);
  }
}

}  // namespace taper::data
