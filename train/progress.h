// Progress: how far a loop has come, as Keras 3 shows it: a bar on a terminal, plain lines elsewhere.
#pragma once

#include <cstdint>
#include <string>

#include <taper/train/callback.h>

namespace taper::training {

/// True if standard output is a terminal that can redraw a line.
bool interactive();

/// One line of progress; what it is made of.
struct ProgressLine {
  std::int64_t done = 0, total = 0;  ///< steps; a total of 0 is not known
  double seconds = 0;                ///< since the begin, or to the end
  double seconds_per_step = 0;
  Logs logs = {};  ///< shown in Keras's order: sorted by name, those of the validation behind the others
};
/// The line of a terminal: "3/12 ━━━━━━━━━━━━━━━━━━━━ 9s 1s/step - accuracy: 0.9000 - loss: 0.2500", where
/// the part of the bar that is done is green; as much of it as leaves one of `columns` free, where terminals
/// would begin a line. The names in the logs are ASCII.
std::string bar_line(const ProgressLine& line, int columns);
/// The line elsewhere: "12/12 - 12s - 1s/step - accuracy: 0.9000 - loss: 0.2500".
std::string plain_line(const ProgressLine& line);

/// The progress of one epoch or another loop on standard output:
///
///     training::Progress progress("Epoch 1/5", loader.size());
///     for (const data::Batch& batch : loader) {
///       ...
///       progress.advance({{"loss", loss}});
///     }
///     progress.finish({{"loss", mean}});
///
/// Where that is no terminal, only the title and the line of finish() appear.
class Progress {
 public:
  /// Prints the title on a line of its own, unless it is empty. A `total` of 0 steps is not known. Without
  /// `bar` it prints as if standard output were no terminal.
  explicit Progress(const std::string& title, std::int64_t total = 0, bool bar = true);
  /// One step is done, or so many are.
  void advance(const Logs& logs = {}) { update(done_ + 1, logs); }
  void update(std::int64_t done, const Logs& logs = {});
  /// Whether update() would draw now, rather than wait: it draws ten times a second.
  bool due() const;
  /// Replaces the bar by the last line.
  void finish(const Logs& logs = {});
  /// Ends the line of a bar that is not finished.
  void abandon();
  /// Seconds since the begin.
  double seconds() const;

 private:
  double seconds_per_step(double now) const;

  std::int64_t total_, done_ = 0, before_ = 0;  // before_: steps that were done before the first one here
  bool bar_, open_ = false;
  double begin_, first_ = -1,
                 drawn_ = -1;  // when: of a steady clock; the first step ended, the bar was drawn
};

}  // namespace taper::training
