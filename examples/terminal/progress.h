// Progress: a line that shows how far a loop has come, redrawn in place on a terminal.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace terminal {

/// True if standard output is a terminal that can redraw a line.
bool interactive();

/// What Progress draws: title, bar, count, time and note, as many of them as leave one of `columns` free,
/// where terminals would begin a line. `title` and `note` are ASCII.
std::string progress_line(const std::string& title, std::int64_t done, std::int64_t total,
                          double seconds_left, const std::string& note, int columns);

/// The progress of one epoch or another loop on standard output. Where that is no terminal, only the line of
/// finish() appears.
class Progress {
 public:
  /// `title` stands before the bar, as "Epoch 1/5"; `total` is the number of steps.
  Progress(std::string title, std::int64_t total);
  /// One step is done; `note` stands behind the bar, as "loss 0.25".
  void advance(const std::string& note = {});
  /// Replaces the bar by the title and `summary`.
  void finish(const std::string& summary);
  /// Seconds since the begin.
  double seconds() const;

 private:
  std::string title_;
  std::int64_t total_, done_ = 0;
  bool interactive_ = interactive();
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  double drawn_ = -1;  // when, in seconds since the begin
};

}  // namespace terminal
