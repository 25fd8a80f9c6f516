// Files, through POSIX calls: the standard streams neither give reasons nor flush to the disk.
#include <algorithm>
#include <atomic>
#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <taper/io/file.h>
#include <taper/tensor/error.h>

namespace taper::io {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t largest_transfer = std::uint64_t{1} << 30;  // some systems refuse 2 GiB at once

IoError failure(const char* function, const char* what, const fs::path& path, const std::string& reason) {
  return IoError(fmt::format("{}: cannot {} '{}': {}", function, what, path.string(), reason));
}

IoError failure(const char* function, const char* what, const fs::path& path, int code) {
  return failure(function, what, path, std::generic_category().message(code));
}

template <class Call>
auto retry(Call&& call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

// A rename is on the disk when its directory is. Not every file system can say so, hence no error.
void flush_directory(const fs::path& directory) noexcept {
  const int descriptor = open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  fsync(descriptor);
  close(descriptor);
}

}  // namespace

InputFile::InputFile(const char* function, const fs::path& path) : function_(function), path_(path) {
  // Asked by name first: opening a pipe would wait for its writer.
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
      throw failure(function_, "read", path_, fmt::format("it ends {} bytes before it should", bytes));
    to += count;
    bytes -= static_cast<std::uint64_t>(count);
  }
}

AtomicFile::AtomicFile(const char* function, const fs::path& path) : function_(function), path_(path) {
  std::error_code ignored;
  if (fs::is_symlink(path, ignored)) path_ = fs::weakly_canonical(path, ignored);
  struct stat old;
  const bool exists = stat(path_.c_str(), &old) == 0;
  if (exists && S_ISDIR(old.st_mode)) throw failure(function, "write", path, EISDIR);
  if (exists && !S_ISREG(old.st_mode)) throw failure(function, "write", path, "Not a regular file");
  if (!path_.has_filename()) throw failure(function, "write", path, "It has no file name");

  static std::atomic<unsigned> number{0};
  do {
    temporary_ = path_.parent_path() / fmt::format(".taper-{}-{}.tmp", getpid(), number++);
    descriptor_ =
        retry([&] { return open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666); });
  } while (descriptor_ < 0 && errno == EEXIST);
  if (descriptor_ < 0) throw failure(function, "write", path, errno);
  if (exists) fchmod(descriptor_, old.st_mode & 07777);
}

AtomicFile::~AtomicFile() {
  if (descriptor_ < 0) return;
  close(descriptor_);
  unlink(temporary_.c_str());
}

void AtomicFile::write(const void* data, std::uint64_t bytes) {
  if (descriptor_ < 0) throw failure(function_, "write", path_, "It has been committed already");
  for (const char* from = static_cast<const char*>(data); bytes > 0;) {
    const ssize_t count =
        retry([&] { return ::write(descriptor_, from, std::min(bytes, largest_transfer)); });
    if (count < 0) throw failure(function_, "write", path_, errno);
    from += count;
    bytes -= static_cast<std::uint64_t>(count);
  }
}

void AtomicFile::commit() {
  if (descriptor_ < 0) throw failure(function_, "write", path_, "It has been committed already");
  if (retry([&] { return fsync(descriptor_); }) != 0 || rename(temporary_.c_str(), path_.c_str()) != 0)
    throw failure(function_, "write", path_, errno);
  close(descriptor_);
  descriptor_ = -1;
  flush_directory(path_.has_parent_path() ? path_.parent_path() : fs::path("."));
}

std::string read_file(const fs::path& path) {
  InputFile file("read_file", path);
  std::string content(file.size(), '\0');
  file.read(content.data(), content.size());
  return content;
}

void write_file(const fs::path& path, std::string_view content) {
  AtomicFile file("write_file", path);
  file.write(content.data(), content.size());
  file.commit();
}

}  // namespace taper::io
