// Reading and writing of files. A file is written completely or not at all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace taper::io {

/// The content of a regular file. Throws IoError with the path and the reason if it cannot be read or has
/// more than `largest` bytes.
std::string read_file(const std::string& path, std::uint64_t largest = std::uint64_t{1} << 30);

/// Creates or replaces the file at `path` with `content`, through an AtomicFile. Throws IoError with the path
/// and the reason.
void write_file(const std::string& path, std::string_view content);

/// A regular file that is open for reading. `function` is the name that error messages begin with.
class InputFile {
 public:
  /// Throws IoError if the file does not exist, cannot be opened or is not a regular file.
  InputFile(const char* function, const std::string& path);
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;
  ~InputFile();

  /// The size of the file in bytes when it was opened.
  std::uint64_t size() const noexcept { return size_; }
  /// Reads the next `bytes` bytes into `out`. Throws IoError if there are fewer.
  void read(void* out, std::uint64_t bytes);
  /// All bytes, of a file from which nothing has been read. Throws IoError if it has become shorter.
  std::string content();

 private:
  const char* function_;
  std::string path_;
  int descriptor_ = -1;
  std::uint64_t size_ = 0;
};

/// Writes a file atomically: the bytes go to a temporary file in the same directory, which commit() flushes
/// to the disk and renames to its final name. Until then, and after any failure, an existing file of that
/// name is unchanged, and the destructor removes the temporary file. The temporary file of a killed process
/// is removed by the next AtomicFile in the same directory. Symbolic links are followed, also to a file that
/// does not exist yet; the permissions of an existing file are preserved.
class AtomicFile {
 public:
  /// Throws IoError if the temporary file cannot be created, or if symbolic links form a cycle.
  AtomicFile(const char* function, const std::string& path);
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  ~AtomicFile();

  /// Appends bytes. Throws IoError on failure, for example if the disk is full.
  void write(const void* data, std::uint64_t bytes);
  /// Flushes the file and renames it to its final name. Throws IoError on failure. Do not write afterwards.
  void commit();

 private:
  const char* function_;
  std::string path_, temporary_;
  int descriptor_ = -1;
};

}  // namespace taper::io
