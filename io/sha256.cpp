// SHA-256, as FIPS 180-4 defines it.
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <vector>

#include <fmt/format.h>

#include <taper/io/file.h>
#include <taper/io/sha256.h>

namespace taper::io {
namespace {

constexpr std::array<std::uint32_t, 64> primes = [] {
  std::array<std::uint32_t, 64> result{};
  std::size_t count = 0;
  for (std::uint32_t number = 2; count < result.size(); ++number) {
    bool prime = true;
    for (std::size_t i = 0; i < count; ++i) prime = prime && number % result[i] != 0;
    if (prime) result[count++] = number;
  }
  return result;
}();

// The first 32 bits behind the point of a root of the number: the largest x with x^power <= number * 2^(32
// power), without its whole part.
constexpr std::uint32_t fraction_of_root(std::uint32_t number, int power) {
  // 128 bits hold the powers: roots are below 2^37 for square roots of numbers below 2^10, below 2^35 for
  // cube roots.
  __extension__ using Wide = unsigned __int128;
  const Wide limit = static_cast<Wide>(number) << (32 * power);
  std::uint64_t root = 0;
  for (int bit = 38; bit >= 0; --bit) {
    const std::uint64_t next = root | std::uint64_t{1} << bit;
    Wide value = next;
    for (int i = 1; i < power; ++i) value *= next;
    if (value <= limit) root = next;
  }
  return static_cast<std::uint32_t>(root);
}

constexpr std::array<std::uint32_t, 64> constants = [] {
  std::array<std::uint32_t, 64> result{};
  for (std::size_t i = 0; i < result.size(); ++i) result[i] = fraction_of_root(primes[i], 3);
  return result;
}();

std::uint32_t big_endian(const std::byte* bytes) {
  std::uint32_t word = 0;
  for (int i = 0; i < 4; ++i) word = word << 8 | std::to_integer<std::uint32_t>(bytes[i]);
  return word;
}

}  // namespace

Sha256::Sha256() {
  for (std::size_t i = 0; i < std::size(state_); ++i) state_[i] = fraction_of_root(primes[i], 2);
}

void Sha256::block(const std::byte* bytes) noexcept {
  using std::rotr;
  std::uint32_t words[64];
  for (std::size_t i = 0; i < 16; ++i) words[i] = big_endian(bytes + 4 * i);
  for (std::size_t i = 16; i < 64; ++i) {
    const std::uint32_t a = words[i - 15], b = words[i - 2];
    words[i] = words[i - 16] + (rotr(a, 7) ^ rotr(a, 18) ^ a >> 3) + words[i - 7] +
               (rotr(b, 17) ^ rotr(b, 19) ^ b >> 10);
  }
  auto [a, b, c, d, e, f, g, h] = state_;
  for (std::size_t i = 0; i < 64; ++i) {
    const std::uint32_t first =
        h + (rotr(e, 6) ^ rotr(e, 11) ^ rotr(e, 25)) + ((e & f) ^ (~e & g)) + constants[i] + words[i];
    const std::uint32_t second = (rotr(a, 2) ^ rotr(a, 13) ^ rotr(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
    h = g;
    g = f;
    f = e;
    e = d + first;
    d = c;
    c = b;
    b = a;
    a = first + second;
  }
  const std::uint32_t next[] = {a, b, c, d, e, f, g, h};
  for (std::size_t i = 0; i < std::size(state_); ++i) state_[i] += next[i];
}

void Sha256::add(std::span<const std::byte> bytes) noexcept {
  while (!bytes.empty()) {
    const std::size_t filled = static_cast<std::size_t>(size_ % 64),
                      count = std::min(64 - filled, bytes.size());
    if (count == 64) {
      block(bytes.data());
    } else {
      std::memcpy(rest_ + filled, bytes.data(), count);
      if (filled + count == 64) block(rest_);
    }
    size_ += count;
    bytes = bytes.subspan(count);
  }
}

std::string Sha256::digits() {
  const std::uint64_t bits = size_ * 8;
  const std::byte end[64] = {std::byte{0x80}};
  const std::size_t filled = static_cast<std::size_t>(size_ % 64);
  add(std::span(end).first(filled < 56 ? 56 - filled : 120 - filled));
  std::byte length[8];
  for (std::size_t i = 0; i < 8; ++i) length[i] = static_cast<std::byte>(bits >> (56 - 8 * i));
  add(length);
  std::string result;
  for (const std::uint32_t word : state_) result += fmt::format("{:08x}", word);
  return result;
}

std::string sha256_of_file(const std::string& path) {
  InputFile file("sha256_of_file", path);
  Sha256 hash;
  std::vector<std::byte> buffer(std::size_t{1} << 16);
  for (std::uint64_t rest = file.size(); rest > 0;) {
    const std::size_t count = static_cast<std::size_t>(std::min<std::uint64_t>(rest, buffer.size()));
    file.read(buffer.data(), count);
    hash.add(std::span(buffer).first(count));
    rest -= count;
  }
  return hash.digits();
}

}  // namespace taper::io
