// Drawing of progress.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iterator>

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <terminal/progress.h>
#include <unistd.h>

namespace terminal {
namespace {

std::string clock_time(double seconds) {
  char text[32];
  const auto whole = static_cast<long>(seconds + 0.5);
  std::snprintf(text, sizeof text, "%ld:%02ld", whole / 60, whole % 60);
  return text;
}

// Of the terminal, or as many as most have.
int columns() {
  winsize size = {};
  return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

}  // namespace

bool interactive() {
  const char* const kind = std::getenv("TERM");
  return isatty(STDOUT_FILENO) == 1 && kind != nullptr && std::strcmp(kind, "dumb") != 0;
}

std::string progress_line(const std::string& title, std::int64_t done, std::int64_t total,
                          double seconds_left, const std::string& note, int columns) {
  constexpr std::int64_t widest_bar = 24, narrowest_bar = 3;
  const std::string count = fmt::format("{}/{}", done, total);
  std::int64_t room = std::max(columns - 1, 0);
  const std::int64_t bar = std::min(widest_bar, room - std::ssize(title) - std::ssize(count) - 2);
  if (bar < narrowest_bar) return (title + ' ' + count).substr(0, static_cast<std::size_t>(room));

  std::string line = title + ' ';
  for (std::int64_t i = 0; i < bar; ++i) line += i < bar * done / total ? "━" : "╌";
  line += ' ' + count;
  room -= std::ssize(title) + std::ssize(count) + 2 + bar;
  for (const std::string& part : {"  " + clock_time(seconds_left) + " left", "  " + note}) {
    room -= std::ssize(part);
    if (room >= 0) line += part;
  }
  return line;
}

Progress::Progress(std::string title, std::int64_t total)
    : title_(std::move(title)), total_(std::max<std::int64_t>(total, 1)) {}

double Progress::seconds() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
}

void Progress::advance(const std::string& note) {
  ++done_;
  if (!interactive_) return;
  const double now = seconds();
  if (drawn_ >= 0 && now - drawn_ < 0.1 && done_ < total_) return;  // ten times a second is enough
  drawn_ = now;
  const double left = now / static_cast<double>(done_) * static_cast<double>(total_ - done_);
  std::printf("\r\033[K%s", progress_line(title_, done_, total_, left, note, columns()).c_str());
  std::fflush(stdout);
}

void Progress::finish(const std::string& summary) {
  std::printf("%s%s  %s\n", interactive_ ? "\r\033[K" : "", title_.c_str(), summary.c_str());
  std::fflush(stdout);
}

}  // namespace terminal
