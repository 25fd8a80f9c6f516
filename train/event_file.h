// EventFile: a file of records as TensorFlow writes them: each with its length and checksums.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace taper::training {

/// The checksum CRC-32C of bytes (polynomial 0x1EDC6F41, as in iSCSI, RFC 3720).
std::uint32_t crc32c(std::string_view bytes);

/// A new file events.out.tfevents.SECONDS.HOST.PROCESS.NUMBER in a directory, which is made if it is not
/// there. Unlike other files, it grows while it is read: records are appended whole, and a reader waits for
/// the rest of one that is not there yet. What an error left of a record is taken back.
class EventFile {
 public:
  /// Throws IoError if the file cannot be made.
  explicit EventFile(const std::string& directory);
  EventFile(const EventFile&) = delete;
  EventFile& operator=(const EventFile&) = delete;
  ~EventFile();

  /// Adds a record: written by flush(), or when there are many.
  void add(std::string_view record);
  /// Writes what was added. Throws IoError.
  void flush();
  const std::string& path() const noexcept { return path_; }

 private:
  std::string path_, waiting_;
  int descriptor_ = -1;
  std::uint64_t written_ = 0;
};

}  // namespace taper::training
