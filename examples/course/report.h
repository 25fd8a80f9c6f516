// Report: what an idea of the course says, claims and draws.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <taper/train/plot/plot.h>

namespace course {

namespace plot = taper::training::plot;

struct Options {
  bool quick = false;  ///< small, for tests
  std::uint64_t seed = 1;
  std::filesystem::path output, data;  ///< for the pictures; of MNIST
};

/// Prints at once, keeps everything for the page, and writes the pictures.
class Report {
 public:
  Report(std::string name, std::string title, const Options& options);

  /// What differs in a quick run.
  template <class T>
  T choose(T full, T quick) const {
    return options.quick ? quick : full;
  }
  template <class... Arguments>
  void say(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    print(fmt::format(format, std::forward<Arguments>(arguments)...));
  }
  /// Something that the text relies on. If it does not hold, the program fails at its end.
  template <class... Arguments>
  void claim(bool holds, fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    failures_ += !holds;
    print((holds ? "[holds] " : "[FAILS] ") + fmt::format(format, std::forward<Arguments>(arguments)...));
  }
  /// A claim about time. Not in a quick run: a test must not depend on how busy the machine is.
  template <class... Arguments>
  void claim_time(bool holds, fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    if (!options.quick) claim(holds, format, std::forward<Arguments>(arguments)...);
  }
  /// Writes NAME.svg.
  void draw(const std::string& name, const plot::Figure& figure);

  int failures() const { return failures_; }
  /// The part of the page.
  std::string html() const;

  const Options options;

 private:
  void print(const std::string& line);

  std::string name_, title_, text_;
  std::vector<std::string> figures_;
  int failures_ = 0;
};

/// One page with all parts.
std::string page(const std::vector<Report>& reports);

}  // namespace course
