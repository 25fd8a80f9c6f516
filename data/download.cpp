// Downloading, by programs that are everywhere, rather than by a library.
#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <taper/data/download.h>
#include <taper/io/sha256.h>
#include <taper/tensor/error.h>

namespace taper::data {
namespace {

namespace fs = std::filesystem;

// A file that disappears if it is not wanted.
struct Temporary {
  fs::path path;
  explicit Temporary(fs::path name) : path(std::move(name)) {}
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;
  ~Temporary() { unlink(path.c_str()); }
};

// What the program writes to its standard error, at most so much of it. Closes the descriptor.
std::string read_all(int descriptor) {
  constexpr std::size_t most = 300;
  std::string text;
  std::array<char, 512> buffer;
  while (true) {
    const ssize_t count = read(descriptor, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    text.append(buffer.data(), static_cast<std::size_t>(count));
    text.resize(std::min(text.size(), most));
  }
  close(descriptor);
  std::replace(text.begin(), text.end(), '\n', ' ');
  while (text.ends_with(' ')) text.pop_back();
  return text;
}

// Runs a program, found in PATH, without a shell. Returns "", or why it failed.
std::string run(std::vector<std::string> arguments) {
  std::vector<char*> pointers;
  pointers.reserve(arguments.size() + 1);
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return std::generic_category().message(errno);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
  pid_t child = 0;
  const int code = posix_spawnp(&child, pointers[0], &actions, nullptr, pointers.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  const std::string text = read_all(ends[0]);
  if (code != 0) return code == ENOENT ? "is not installed" : std::generic_category().message(code);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return "";
  if (WIFEXITED(status) && WEXITSTATUS(status) == 127 && text.empty()) return "is not installed";
  return text.empty() ? fmt::format("ended with status {}", WEXITSTATUS(status))
                      : fmt::format("says: {}", text);
}

// Fetches the file. Returns "", or why none of the programs could.
std::string fetch(const std::string& url, const std::string& path) {
  const std::string curl =
      run({"curl", "--fail", "--location", "--silent", "--show-error", "--proto", "=http,https",
           "--proto-redir", "=http,https", "--connect-timeout", "30", "--speed-limit", "1000", "--speed-time",
           "60", "--output", path, "--url", url});
  if (curl.empty()) return "";
  const std::string wget =
      run({"wget", "--no-verbose", "--tries=2", "--timeout=60", "--output-document=" + path, "--", url});
  return wget.empty() ? "" : fmt::format("curl {}; wget {}", curl, wget);
}

std::string lower_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); });
  return text;
}

void check(const std::string& url, const std::string& sha256) {
  const bool web = url.starts_with("https://") || url.starts_with("http://");
  if (!web || std::any_of(url.begin(), url.end(), [](unsigned char c) { return c <= ' ' || c == 127; }))
    throw ValueError(
        fmt::format("download: expected a URL that begins with https:// or http://, got '{}'", url));
  if (sha256.size() != 64 || sha256.find_first_not_of("0123456789abcdef") != std::string::npos)
    throw ValueError(
        fmt::format("download: expected a SHA-256 hash of 64 hexadecimal digits, got '{}'", sha256));
}

}  // namespace

std::string download(const std::string& url, const std::string& path, const std::string& sha256) {
  const std::string expected = lower_case(sha256);
  check(url, expected);
  std::error_code ignored;
  if (fs::exists(path, ignored)) {
    const std::string found = io::sha256_of_file(path);
    if (found != expected)
      throw IoError(
          fmt::format("download: '{}' is not the file that is expected: its SHA-256 is {}, not {}; remove it "
                      "to have it fetched from {}",
                      path, found, expected, url));
    return path;
  }
  // In the same directory, so that it can be renamed; absolute, so that no program takes it for an option.
  const Temporary part(fs::absolute(fmt::format("{}.part-{}", path, getpid())));
  const std::string instruction =
      fmt::format("get it from {} in another way and put it at '{}'; its SHA-256 is {}", url, path, expected);
  if (const std::string reason = fetch(url, part.path.string()); !reason.empty())
    throw IoError(
        fmt::format("download: cannot fetch '{}': {}. Without a network, {}", path, reason, instruction));
  const std::string found = io::sha256_of_file(part.path.string());
  if (found != expected)
    throw IoError(
        fmt::format("download: what came from {} is not the file that is expected: its SHA-256 is {}, not {}",
                    url, found, expected));
  std::error_code code;
  fs::rename(part.path, path, code);
  if (code) throw IoError(fmt::format("download: cannot write '{}': {}", path, code.message()));
  return path;
}

}  // namespace taper::data
