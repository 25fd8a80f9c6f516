// What readers of files in memory share: a cursor that never goes beyond the end, and errors in the content.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

#include <taper/tensor/error.h>

namespace taper::io::detail {

/// An error in the content of a file. The public functions rethrow it as an IoError: see reading().
struct Malformed : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// What `read` returns. Malformed becomes an IoError that begins with `place`: "load: 'path': ".
template <class Read>
auto reading(const std::string& place, const Read& read) {
  try {
    return read();
  } catch (const Malformed& error) {
    throw IoError(place + error.what());
  }
}

/// Bytes that are read one field after the other. Throws Malformed with the message `ends` if they end too
/// early.
class Bytes {
 public:
  explicit Bytes(std::string_view bytes = {}, const char* ends = "it ends within what it describes")
      : rest_(bytes), ends_(ends) {}

  /// What has not been read yet.
  std::string_view rest() const noexcept { return rest_; }
  std::uint64_t left() const noexcept { return rest_.size(); }
  std::string_view text(std::uint64_t count);
  Bytes take(std::uint64_t count) { return Bytes(text(count), ends_); }
  /// The next `count` bytes, at most 8, as a number: the first byte is the lowest.
  std::uint64_t number(std::uint64_t count);

 private:
  std::string_view rest_;
  const char* ends_;
};

}  // namespace taper::io::detail
