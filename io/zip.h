// Zip archives: named pieces of bytes in one file, as in NumPy's .npz, PyTorch's .pt and Keras's .keras.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <taper/io/file.h>
#include <taper/tensor/function.h>

namespace taper::io {

/// What a zip archive lists.
struct ZipEntry {
  std::string name;
  std::uint64_t size = 0;  ///< bytes, uncompressed
};

/// Copies the next bytes of some content to `out`. Throws if there are fewer.
using ReadBytes = Function<void(void* out, std::uint64_t bytes)>;

/// Reads an archive, also one of more than 4 GiB; `function` is the name that error messages begin with.
/// Needs libzip: without it, the constructors throw an IoError that says how to get it. They also throw
/// IoError with the path if this is no zip archive, or if an entry is encrypted, compressed by another method
/// than deflate, has the name of another one, or claims a size that its bytes in the archive cannot have.
class ZipReader {
 public:
  ZipReader(const char* function, const std::string& path);
  /// An archive in memory, which must stay there.
  ZipReader(const char* function, std::span<const std::byte> bytes);
  ZipReader(const ZipReader&) = delete;
  ZipReader& operator=(const ZipReader&) = delete;
  ~ZipReader();

  /// In the order of the archive.
  const std::vector<ZipEntry>& entries() const noexcept { return entries_; }
  /// The entry of that name, or null.
  const ZipEntry* find(std::string_view name) const noexcept;
  /// The content of one of entries(). Throws IoError if it has more than `largest` bytes, is damaged, or
  /// fails its checksum.
  std::string read(const ZipEntry& entry, std::uint64_t largest = std::uint64_t{1} << 30) const;
  /// Calls `use` with a function that reads the entry from its beginning on, piece by piece. That throws
  /// IoError like read(); the checksum is compared when the last byte is read.
  void stream(const ZipEntry& entry, const Function<void(const ReadBytes& read)>& use) const;
  /// What error messages about the archive begin with: "function: 'path': ".
  const std::string& place() const noexcept { return place_; }

 private:
  struct Archive;
  void list(std::uint64_t size);

  std::string place_;
  std::vector<ZipEntry> entries_;
  std::vector<std::size_t> by_name_;  // numbers of entries, in order of their names
  std::unique_ptr<Archive> archive_;
};

/// Options of ZipWriter::add().
struct ZipEntryOptions {
  bool deflate = false;         ///< compressed, or stored as it is
  std::uint16_t alignment = 1;  ///< of the first byte of what is stored, within the file: a power of two
  bool zip64 = false;           ///< in the form that sizes beyond 4 GiB need, also where it is smaller
};

/// Writes an archive, piece by piece and atomically: see AtomicFile. What is written depends on names and
/// contents alone: there are no times in it. All errors are IoErrors with the path, unless said otherwise.
class ZipWriter {
 public:
  /// Throws IoError as AtomicFile does.
  ZipWriter(const char* function, const std::string& path);
  /// Appends an entry whose content is `parts`, one after the other. Throws ValueError for a name that is
  /// empty, used already, or longer than 65535 bytes.
  void add(const std::string& name, std::initializer_list<std::string_view> parts,
           const ZipEntryOptions& options = {});
  /// Writes the directory, and gives the file its name. Do not add() afterwards.
  void commit();

 private:
  void write(std::string_view bytes);

  const char* function_;
  AtomicFile file_;
  std::uint64_t position_ = 0, count_ = 0;
  std::string directory_;  // the records at the end of the archive
  std::vector<std::string> names_;
};

}  // namespace taper::io
