// Records with lengths and checksums.
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <filesystem>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <taper/tensor/error.h>
#include <taper/train/event_file.h>

namespace taper::training {
namespace {

constexpr std::size_t many = 1 << 16;  // bytes

constexpr std::array<std::uint32_t, 256> make_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t remainder = i;
    for (int bit = 0; bit < 8; ++bit) remainder = remainder >> 1 ^ ((remainder & 1) != 0 ? 0x82F63B78U : 0U);
    table[i] = remainder;
  }
  return table;
}
constexpr auto table = make_table();

/// Little-endian, on any machine.
template <class Number>
std::string bytes_of(Number number) {
  std::string bytes;
  for (std::size_t i = 0; i < sizeof number; ++i) bytes += static_cast<char>(number >> 8 * i & 0xFF);
  return bytes;
}

/// Checksums of data that hold checksums are weak: so TensorFlow turns and shifts them.
std::string masked(std::string_view bytes) {
  const std::uint32_t crc = crc32c(bytes);
  return bytes_of<std::uint32_t>((crc >> 15 | crc << 17) + 0xA282EAD8U);
}

[[noreturn]] void fail(const char* what, const std::string& path, int error) {
  throw IoError(fmt::format("TensorBoard: cannot {} '{}': {}", what, path, std::strerror(error)));
}

}  // namespace

std::uint32_t crc32c(std::string_view bytes) {
  std::uint32_t remainder = 0xFFFFFFFFU;
  for (const char byte : bytes)
    remainder = table[(remainder ^ static_cast<unsigned char>(byte)) & 0xFF] ^ remainder >> 8;
  return ~remainder;
}

EventFile::EventFile(const std::string& directory) {
  static std::atomic<int> number = 0;
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) fail("make the directory", directory, error.value());
  char host[256] = "";
  if (gethostname(host, sizeof host - 1) != 0) host[0] = '\0';
  const std::string name =
      fmt::format("events.out.tfevents.{:010}.{}.{}.{:03}", std::time(nullptr), host, getpid(), number++);
  path_ = (std::filesystem::path(directory) / name).string();
  descriptor_ = open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0666);
  if (descriptor_ < 0) fail("make", path_, errno);
}

EventFile::~EventFile() {
  try {
    flush();
  } catch (...) {  // who wants to know has called flush()
  }
  close(descriptor_);
}

void EventFile::add(std::string_view record) {
  const std::string length = bytes_of<std::uint64_t>(record.size());
  waiting_ += length;
  waiting_ += masked(length);
  waiting_ += record;
  waiting_ += masked(record);
  if (waiting_.size() >= many) flush();
}

void EventFile::flush() {
  const std::string records = std::move(waiting_);
  waiting_.clear();
  for (std::size_t done = 0; done < records.size();) {
    const ssize_t count = write(descriptor_, records.data() + done, records.size() - done);
    if (count >= 0) {
      done += static_cast<std::size_t>(count);
      continue;
    }
    if (errno == EINTR) continue;
    const int error = errno;
    [[maybe_unused]] const int result = ftruncate(descriptor_, static_cast<off_t>(written_));
    fail("write", path_, error);
  }
  written_ += records.size();
}

}  // namespace taper::training
