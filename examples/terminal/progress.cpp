// Drawing of progress.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

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

}  // namespace

bool interactive() {
  const char* const kind = std::getenv("TERM");
  return isatty(STDOUT_FILENO) == 1 && kind != nullptr && std::strcmp(kind, "dumb") != 0;
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
  constexpr std::int64_t width = 24;
  const std::int64_t filled = std::min(width, width * done_ / total_);
  std::string bar;
  for (std::int64_t i = 0; i < width; ++i) bar += i < filled ? "━" : "╌";
  const double left = now / static_cast<double>(done_) * static_cast<double>(total_ - done_);
  std::printf("\r\033[K%s %s %lld/%lld  %s left  %s", title_.c_str(), bar.c_str(),
              static_cast<long long>(done_), static_cast<long long>(total_), clock_time(left).c_str(),
              note.c_str());
  std::fflush(stdout);
}

void Progress::finish(const std::string& summary) {
  std::printf("%s%s  %s\n", interactive_ ? "\r\033[K" : "", title_.c_str(), summary.c_str());
  std::fflush(stdout);
}

}  // namespace terminal
