// SHA-256: says whether a file is the one that is meant.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace taper::io {

/// The SHA-256 hash (FIPS 180-4) of bytes that come in parts.
class Sha256 {
 public:
  Sha256();
  void add(std::span<const std::byte> bytes) noexcept;
  /// The hash of all that was added: 64 lower-case hexadecimal digits. Call it once.
  std::string digits();

 private:
  void block(const std::byte* bytes) noexcept;
  std::uint32_t state_[8];
  std::byte rest_[64] = {};
  std::uint64_t size_ = 0;  // of all bytes
};

/// The hash of a file. Throws IoError if it cannot be read.
std::string sha256_of_file(const std::string& path);

}  // namespace taper::io
