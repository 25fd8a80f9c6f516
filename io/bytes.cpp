// Bytes that are read one field after the other.
#include <bit>
#include <cstring>

#include <taper/io/bytes.h>

namespace taper::io::detail {

static_assert(std::endian::native == std::endian::little, "numbers are read as they lie in the file");

std::string_view Bytes::text(std::uint64_t count) {
  if (count > rest_.size()) throw Malformed(ends_);
  const std::string_view text = rest_.substr(0, count);
  rest_.remove_prefix(count);
  return text;
}

std::uint64_t Bytes::number(std::uint64_t count) {
  std::uint64_t value = 0;
  std::memcpy(&value, text(count).data(), count);
  return value;
}

}  // namespace taper::io::detail
