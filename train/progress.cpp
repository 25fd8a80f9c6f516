// Drawing of progress.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iterator>

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <taper/train/progress.h>

namespace taper::training {
namespace {

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// Of the terminal, or as many as most have.
int columns() {
  winsize size = {};
  return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

// Of what is to come: "9s", "1:01", "1:00:01".
std::string time_left(double seconds) {
  const auto whole = static_cast<std::int64_t>(seconds);
  if (seconds > 3600) return fmt::format("{}:{:02}:{:02}", whole / 3600, whole % 3600 / 60, whole % 60);
  if (seconds > 60) return fmt::format("{}:{:02}", whole / 60, whole % 60);
  return fmt::format("{}s", whole);
}

std::string time_of_step(double seconds) {
  if (seconds >= 1 || seconds == 0) return fmt::format("{:.0f}s/step", seconds);
  if (seconds >= 1e-3) return fmt::format("{:.0f}ms/step", seconds * 1e3);
  return fmt::format("{:.0f}us/step", seconds * 1e6);
}

// " - loss: 0.2500" of each.
std::vector<std::string> texts(Logs logs) {
  const auto of_validation = [](const std::string& name) { return name.starts_with("val_"); };
  std::stable_sort(logs.begin(), logs.end(), [&](const auto& a, const auto& b) {
    return std::pair(of_validation(a.first), a.first) < std::pair(of_validation(b.first), b.first);
  });
  std::vector<std::string> all;
  all.reserve(logs.size());
  for (const auto& [name, value] : logs)
    all.push_back(std::abs(value) > 1e-3 ? fmt::format(" - {}: {:.4f}", name, value)
                                         : fmt::format(" - {}: {:.4e}", name, value));
  return all;
}

std::string repeated(std::int64_t count, const char* text) {
  std::string all;
  for (std::int64_t i = 0; i < count; ++i) all += text;
  return all;
}

std::string count_of(const ProgressLine& line) {
  if (line.total <= 0) return fmt::format("{:7}/Unknown", line.done);
  const std::string total = fmt::to_string(line.total);
  return fmt::format("{:{}}/{}", line.done, total.size(), total);
}

}  // namespace

bool interactive() {
  const char* const kind = std::getenv("TERM");
  return isatty(STDOUT_FILENO) == 1 && kind != nullptr && std::strcmp(kind, "dumb") != 0;
}

std::string bar_line(const ProgressLine& line, int columns) {
  constexpr std::int64_t widest_bar = 20, narrowest_bar = 3;
  std::string text = count_of(line);
  std::int64_t room = std::max(columns - 1, 0) - std::ssize(text);
  if (room < 0) return text.substr(0, static_cast<std::size_t>(std::max(columns - 1, 0)));
  if (line.total > 0) {
    const std::int64_t bar = std::min(widest_bar, room - 1);
    if (bar < narrowest_bar) return text;
    const auto filled = static_cast<std::int64_t>(
        static_cast<double>(bar) * static_cast<double>(std::clamp<std::int64_t>(line.done, 0, line.total)) /
        static_cast<double>(line.total));
    text += " \033[32m" + repeated(filled, "━") + "\033[90m" + repeated(bar - filled, "━") + "\033[0m";
    room -= bar + 1;
  }
  const bool ends = line.total > 0 && line.done >= line.total;
  std::vector<std::string> parts{
      ' ' + (line.total > 0 && !ends ? time_left(line.seconds) : fmt::format("{:.0f}s", line.seconds)) + ' ' +
      time_of_step(line.seconds_per_step)};
  for (std::string& part : texts(line.logs)) parts.push_back(std::move(part));
  for (const std::string& part : parts) {
    room -= std::ssize(part);
    if (room < 0) break;
    text += part;
  }
  return text;
}

std::string plain_line(const ProgressLine& line) {
  std::string text =
      fmt::format("{} - {:.0f}s - {}", count_of(line), line.seconds, time_of_step(line.seconds_per_step));
  for (const std::string& part : texts(line.logs)) text += part;
  return text;
}

Progress::Progress(const std::string& title, std::int64_t total, bool bar)
    : total_(total), bar_(bar && interactive()), begin_(now()) {
  if (title.empty()) return;
  std::printf("%s\n", title.c_str());
  std::fflush(stdout);
}

double Progress::seconds() const { return now() - begin_; }

// Without the first step, which takes longer than others, as Keras has it.
double Progress::seconds_per_step(double at) const {
  const std::int64_t steps = done_ - before_;
  if (steps > 1 && first_ >= 0) return (at - first_) / static_cast<double>(steps - 1);
  return steps > 0 ? (at - begin_) / static_cast<double>(steps) : 0;
}

bool Progress::due() const { return bar_ && (drawn_ < 0 || now() - drawn_ >= 0.1); }

void Progress::update(std::int64_t done, const Logs& logs) {
  const double at = now();
  if (first_ < 0) {
    first_ = at;
    before_ = done - 1;
  }
  done_ = done;
  if (!due()) return;
  drawn_ = at;
  open_ = true;
  const double of_step = seconds_per_step(at);
  const double seconds = total_ > 0 ? of_step * static_cast<double>(total_ - done_) : at - begin_;
  std::printf("\r\033[K%s", bar_line({done_, total_, seconds, of_step, logs}, columns()).c_str());
  std::fflush(stdout);
}

void Progress::finish(const Logs& logs) {
  const double at = now();
  // As in Keras, all is done when the loop has ended, also where the number of steps was not known.
  const std::int64_t total = total_ > 0 ? total_ : done_;
  const ProgressLine line{total, total, at - begin_, seconds_per_step(at), logs};
  if (bar_)
    std::printf("\r\033[K%s\n", bar_line(line, columns()).c_str());
  else
    std::printf("%s\n", plain_line(line).c_str());
  std::fflush(stdout);
  open_ = false;
}

void Progress::abandon() {
  if (!open_) return;
  std::printf("\n");
  std::fflush(stdout);
  open_ = false;
}

}  // namespace taper::training
