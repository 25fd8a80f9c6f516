// Files: read to the last byte, or written whole or not at all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace taper::io {

/// The whole content of a regular file of at most `largest` bytes. Throws IoError with the path and the
/// reason.
std::string read_file(const std::string& path, std::uint64_t largest = std::uint64_t{1} << 30);

/// Replaces the file at `path` by `content`, as AtomicFile does. Throws IoError with the path and the reason.
void write_file(const std::string& path, std::string_view content);

/// A regular file open for reading. `function` is the name that an error message begins with.
class InputFile {
 public:
  /// Throws IoError if it does not exist, cannot be opened or is no regular file.
  InputFile(const char* function, const std::string& path);
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;
  ~InputFile();

  /// Bytes in the file when it was opened.
  std::uint64_t size() const noexcept { return size_; }
  /// The next `bytes` bytes. Throws IoError if there are fewer.
  void read(void* out, std::uint64_t bytes);

 private:
  const char* function_;
  std::string path_;
  int descriptor_ = -1;
  std::uint64_t size_ = 0;
};

/// Writes a file that appears whole under its name or not at all: the bytes go to a temporary file in the
/// same directory, which commit() flushes to the disk and renames. Until then, and after any failure, an
/// older file of that name stays as it is, and the destructor removes the temporary one; that of a process
/// which was killed is removed by the next one made in the directory. A link is followed, also to a file that
/// is yet to be made; the permissions of an older file are kept.
class AtomicFile {
 public:
  /// Throws IoError if the temporary file cannot be made, or if links go round in a circle.
  AtomicFile(const char* function, const std::string& path);
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  ~AtomicFile();

  /// Appends. Throws IoError if the disk is full, for example.
  void write(const void* data, std::uint64_t bytes);
  /// Puts the file in its place. Throws IoError. Nothing may be written afterwards.
  void commit();

 private:
  const char* function_;
  std::string path_, temporary_;
  int descriptor_ = -1;
};

}  // namespace taper::io
