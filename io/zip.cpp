// Reading of zip archives, with libzip.
#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include <taper/io/optional_library.h>
#include <taper/io/zip.h>
#include <taper/tensor/error.h>

#ifdef TAPER_HAS_LIBZIP
#include <zip.h>
#endif

namespace taper::io {

const ZipEntry* ZipReader::find(std::string_view name) const noexcept {
  const auto found = std::lower_bound(
      by_name_.begin(), by_name_.end(), name,
      [&](std::size_t number, std::string_view wanted) { return entries_[number].name < wanted; });
  return found == by_name_.end() || entries_[*found].name != name ? nullptr : &entries_[*found];
}

std::string ZipReader::read(const ZipEntry& entry, std::uint64_t largest) const {
  if (entry.size > largest)
    throw IoError(fmt::format("{}entry '{}': expected at most {} bytes, got {}", place_, entry.name, largest,
                              entry.size));
  std::string content;
  stream(entry, [&](const ReadBytes& next) {
    content.resize(entry.size);
    next(content.data(), content.size());
  });
  return content;
}

ZipReader::~ZipReader() = default;

#ifdef TAPER_HAS_LIBZIP

namespace {

// Deflate cannot do better: at best, 258 bytes take two bits.
constexpr std::uint64_t largest_ratio = 1032;

struct Discard {
  void operator()(zip_t* archive) const noexcept { zip_discard(archive); }
  void operator()(zip_file_t* file) const noexcept { zip_fclose(file); }
};

// An error of libzip, freed at the end.
struct ZipFailure {
  ZipFailure() { zip_error_init(&error); }
  ZipFailure(const ZipFailure&) = delete;
  ZipFailure& operator=(const ZipFailure&) = delete;
  ~ZipFailure() { zip_error_fini(&error); }
  zip_error_t error;
};

}  // namespace

struct ZipReader::Archive {
  std::unique_ptr<zip_t, Discard> archive;

  // Opens a source, and owns it.
  Archive(const std::string& place, zip_source_t* source, ZipFailure& failure) {
    if (source != nullptr) archive.reset(zip_open_from_source(source, ZIP_RDONLY, &failure.error));
    if (archive != nullptr) return;
    zip_source_free(source);
    throw IoError(
        fmt::format("{}cannot be read as a zip archive: {}", place, zip_error_strerror(&failure.error)));
  }
};

ZipReader::ZipReader(const char* function, const std::string& path)
    : place_(fmt::format("{}: '{}': ", function, path)) {
  const std::uint64_t size = InputFile(function, path).size();  // a regular file that can be read
  ZipFailure failure;
  archive_ =
      std::make_unique<Archive>(place_, zip_source_file_create(path.c_str(), 0, -1, &failure.error), failure);
  list(size);
}

ZipReader::ZipReader(const char* function, std::span<const std::byte> bytes)
    : place_(fmt::format("{}: ", function)) {
  ZipFailure failure;
  archive_ = std::make_unique<Archive>(
      place_, zip_source_buffer_create(bytes.data(), bytes.size(), 0, &failure.error), failure);
  list(bytes.size());
}

void ZipReader::list(std::uint64_t size) {
  zip_t* const archive = archive_->archive.get();
  const zip_int64_t count = zip_get_num_entries(archive, 0);
  std::uint64_t used = 0;
  for (zip_int64_t i = 0; i < count; ++i) {
    zip_stat_t status;
    constexpr zip_uint64_t wanted = ZIP_STAT_NAME | ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE |
                                    ZIP_STAT_COMP_METHOD | ZIP_STAT_ENCRYPTION_METHOD;
    const zip_uint64_t number = static_cast<zip_uint64_t>(i);
    if (zip_stat_index(archive, number, ZIP_FL_ENC_RAW, &status) != 0 || (status.valid & wanted) != wanted)
      throw IoError(fmt::format("{}entry {} has no name or no sizes", place_, i));
    const auto refuse = [&](const std::string& what) {
      throw IoError(
          fmt::format("{}entry '{}' {}", place_, std::string_view(status.name).substr(0, 80), what));
    };
    if (status.encryption_method != ZIP_EM_NONE) refuse("is encrypted");
    const bool stored = status.comp_method == ZIP_CM_STORE;
    if (!stored && status.comp_method != ZIP_CM_DEFLATE)
      refuse(fmt::format("is compressed by method {}, which is not deflate", status.comp_method));
    // Before anybody takes memory for it. Entries do not overlap.
    if (status.comp_size > size - used || (stored && status.size != status.comp_size) ||
        status.size / largest_ratio > status.comp_size)
      refuse(fmt::format("claims {} bytes from {} in an archive of {}", status.size, status.comp_size, size));
    used += status.comp_size;
    entries_.push_back({status.name, status.size});
  }
  by_name_.resize(entries_.size());
  std::iota(by_name_.begin(), by_name_.end(), std::size_t{0});
  const auto name = [&](std::size_t i) -> const std::string& { return entries_[i].name; };
  std::sort(by_name_.begin(), by_name_.end(),
            [&](std::size_t a, std::size_t b) { return name(a) < name(b); });
  const auto twice = std::adjacent_find(by_name_.begin(), by_name_.end(),
                                        [&](std::size_t a, std::size_t b) { return name(a) == name(b); });
  if (twice != by_name_.end())
    throw IoError(fmt::format("{}the entry '{}' occurs twice", place_, name(*twice).substr(0, 80)));
}

void ZipReader::stream(const ZipEntry& entry, const Function<void(const ReadBytes& read)>& use) const {
  const auto fail = [&](const char* reason) {
    throw IoError(fmt::format("{}entry '{}' cannot be read: {}", place_, entry.name.substr(0, 80), reason));
  };
  zip_t* const archive = archive_->archive.get();
  const std::unique_ptr<zip_file_t, Discard> file(
      zip_fopen_index(archive, static_cast<zip_uint64_t>(&entry - entries_.data()), 0));
  if (file == nullptr) fail(zip_strerror(archive));
  std::uint64_t rest = entry.size;
  use([&](void* out, std::uint64_t bytes) {
    if (bytes > rest) fail("it ends too early");
    rest -= bytes;
    for (char* to = static_cast<char*>(out); bytes > 0;) {
      const zip_int64_t count = zip_fread(file.get(), to, bytes);
      if (count <= 0) fail(count < 0 ? zip_file_strerror(file.get()) : "it ends too early");
      to += count;
      bytes -= static_cast<std::uint64_t>(count);
    }
    // libzip compares the checksum when there is no more.
    char more = 0;
    if (rest > 0) return;
    const zip_int64_t count = zip_fread(file.get(), &more, 1);
    if (count != 0) fail(count < 0 ? zip_file_strerror(file.get()) : "it is longer than it claims");
  });
}

#else

struct ZipReader::Archive {};

ZipReader::ZipReader(const char* function, const std::string&) {
  detail::throw_missing_library(function, "libzip", "libzip-dev");
}
ZipReader::ZipReader(const char* function, std::span<const std::byte>) {
  detail::throw_missing_library(function, "libzip", "libzip-dev");
}
void ZipReader::list(std::uint64_t) {}
void ZipReader::stream(const ZipEntry&, const Function<void(const ReadBytes&)>&) const {}

#endif

}  // namespace taper::io
