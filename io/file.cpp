// Files, with POSIX calls: the standard streams do not report the reason of an error and cannot flush to the
// disk.
#include <algorithm>
#include <atomic>
#include <cerrno>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <taper/io/file.h>
#include <taper/tensor/error.h>

namespace taper::io {
namespace {

namespace fs = std::filesystem;

constexpr int most_links = 40;  // the limit of Linux for the symbolic links of a path
constexpr std::uint64_t largest_transfer = std::uint64_t{1} << 30;  // some systems fail for 2 GiB in one call

IoError failure(const char* function, const char* what, const std::string& path, const std::string& reason) {
  return IoError(fmt::format("{}: cannot {} '{}': {}", function, what, path, reason));
}

IoError failure(const char* function, const char* what, const std::string& path, int code) {
  return failure(function, what, path, std::generic_category().message(code));
}

template <class Call>
auto retry(Call&& call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

// A rename is on the disk once its directory has been flushed. Not every file system supports this, so errors
// are ignored.
void flush_directory(const fs::path& directory) noexcept {
  const int descriptor = open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  fsync(descriptor);
  close(descriptor);
}

fs::path directory_of(const fs::path& path) {
  return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

// Note [Abandoned files]
// A process that is killed leaves its temporary file behind. While a writer exists, it holds a lock (flock)
// on its temporary file; the lock ends with the process. So a temporary file that can be locked is abandoned,
// and the next writer in the directory removes it. A file may be taken for abandoned after it was created and
// before its writer has locked it: then the writer finds it locked or deleted, and creates another one. On a
// file system without locks, nothing is removed.

constexpr std::string_view prefix = ".taper-", suffix = ".tmp";

bool lock(int descriptor) {
  return retry([&] { return flock(descriptor, LOCK_EX | LOCK_NB); }) == 0;
}

// Locks a new temporary file; returns false if another process took it for abandoned.
bool keep(int descriptor) {
  struct stat status;
  return (lock(descriptor) || errno != EWOULDBLOCK) &&
         (fstat(descriptor, &status) != 0 || status.st_nlink > 0);
}

void remove_abandoned(const fs::path& directory) {
  // Not std::filesystem::directory_iterator, which terminates the program in libstdc++ if memory runs out.
  const std::unique_ptr<DIR, int (*)(DIR*)> opened(opendir(directory.c_str()), closedir);
  if (opened == nullptr) return;
  while (const dirent* const entry = readdir(opened.get())) {
    const std::string_view name = entry->d_name;
    if (!name.starts_with(prefix) || !name.ends_with(suffix)) continue;
    const int descriptor = openat(
        dirfd(opened.get()), entry->d_name,
        O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);  // NFS can lock only files that are open for writing
    if (descriptor < 0) continue;
    if (lock(descriptor)) unlinkat(dirfd(opened.get()), entry->d_name, 0);
    close(descriptor);
  }
}

}  // namespace

InputFile::InputFile(const char* function, const std::string& path) : function_(function), path_(path) {
  // Checked before opening, because opening a pipe would wait for its writer.
  struct stat status;
  if (stat(path.c_str(), &status) != 0) throw failure(function, "read", path, errno);
  if (S_ISDIR(status.st_mode)) throw failure(function, "read", path, EISDIR);
  if (!S_ISREG(status.st_mode)) throw failure(function, "read", path, "Not a regular file");
  descriptor_ = retry([&] { return open(path.c_str(), O_RDONLY | O_CLOEXEC); });
  if (descriptor_ < 0) throw failure(function, "read", path, errno);
  size_ = static_cast<std::uint64_t>(status.st_size);
}

InputFile::~InputFile() { close(descriptor_); }

void InputFile::read(void* out, std::uint64_t bytes) {
  for (char* to = static_cast<char*>(out); bytes > 0;) {
    const ssize_t count = retry([&] { return ::read(descriptor_, to, std::min(bytes, largest_transfer)); });
    if (count < 0) throw failure(function_, "read", path_, errno);
    if (count == 0)
      throw failure(function_, "read", path_, fmt::format("The file ends {} bytes too early", bytes));
    to += count;
    bytes -= static_cast<std::uint64_t>(count);
  }
}

std::string InputFile::content() {
  std::string bytes(size_, '\0');
  read(bytes.data(), bytes.size());
  return bytes;
}

AtomicFile::AtomicFile(const char* function, const std::string& path) : function_(function) {
  fs::path target = path;
  std::error_code code;
  for (int links = 0; fs::is_symlink(target, code); ++links) {
    if (links == most_links) throw failure(function, "write", path, ELOOP);
    target = target.parent_path() / fs::read_symlink(target, code);
  }
  path_ = target.string();
  struct stat old;
  const bool exists = stat(path_.c_str(), &old) == 0;
  if (exists && S_ISDIR(old.st_mode)) throw failure(function, "write", path, EISDIR);
  if (exists && !S_ISREG(old.st_mode)) throw failure(function, "write", path, "Not a regular file");
  if (!target.has_filename()) throw failure(function, "write", path, "The path has no file name");

  const fs::path directory = directory_of(target);
  remove_abandoned(directory);
  static std::atomic<unsigned> number{0};
  do {
    if (descriptor_ >= 0) close(descriptor_);  // another process took it for abandoned
    temporary_ = (directory / fmt::format("{}{}-{}{}", prefix, getpid(), number++, suffix)).string();
    descriptor_ =
        retry([&] { return open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666); });
  } while (descriptor_ < 0 ? errno == EEXIST : !keep(descriptor_));
  if (descriptor_ < 0) throw failure(function, "write", path, errno);
  if (exists) fchmod(descriptor_, old.st_mode & 07777);
}

AtomicFile::~AtomicFile() {
  if (descriptor_ < 0) return;
  close(descriptor_);
  unlink(temporary_.c_str());
}

void AtomicFile::write(const void* data, std::uint64_t bytes) {
  if (descriptor_ < 0) throw failure(function_, "write", path_, "commit() has already been called");
  for (const char* from = static_cast<const char*>(data); bytes > 0;) {
    const ssize_t count =
        retry([&] { return ::write(descriptor_, from, std::min(bytes, largest_transfer)); });
    if (count < 0) throw failure(function_, "write", path_, errno);
    from += count;
    bytes -= static_cast<std::uint64_t>(count);
  }
}

void AtomicFile::commit() {
  if (descriptor_ < 0) throw failure(function_, "write", path_, "commit() has already been called");
  if (retry([&] { return fsync(descriptor_); }) != 0 || rename(temporary_.c_str(), path_.c_str()) != 0)
    throw failure(function_, "write", path_, errno);
  close(descriptor_);
  descriptor_ = -1;
  flush_directory(directory_of(path_));
}

std::string read_file(const std::string& path, std::uint64_t largest) {
  InputFile file("read_file", path);
  if (file.size() > largest)
    throw failure("read_file", "read", path,
                  fmt::format("Expected at most {} bytes, got {}", largest, file.size()));
  return file.content();
}

void write_file(const std::string& path, std::string_view content) {
  AtomicFile file("write_file", path);
  file.write(content.data(), content.size());
  file.commit();
}

}  // namespace taper::io
