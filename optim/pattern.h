// Pattern: a regular expression that selects parameters by their names.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace taper::optim {

// Note [Patterns]
// Patterns may come from untrusted files, so the time of a search must be limited. A pattern has at most 256
// characters, and the search uses Thompson's NFA simulation: it tracks the set of all states that a match can
// be in, takes at most (characters of the name + 1) * (instructions) steps, and does not recurse. It finds a
// match exactly if Python's re.search with re.ASCII, which Keras uses, finds one.

/// A regular expression in a subset of Python's syntax: characters, `.`, `[a-z]`, `[^a-z]`, `^ $ \A \Z \b
/// \B`, `\d \w \s` and their opposites (ASCII), groups `( )` and `(?: )`, `|`, `* + ? {m} {m,} {m,n}`, also
/// lazy ones. Backreferences, lookaround, flags and named groups are not supported.
class Pattern {
 public:
  /// Throws ValueError, which begins with `owner`, for an expression that is malformed or not supported, is
  /// longer than 256 characters, or needs more than 2,000 instructions, such as (a{99}){99}.
  Pattern(const std::string& owner, const std::string& text);
  /// True if the pattern matches the name or a part of it.
  bool found_in(const std::string& name) const { return search(name).found; }

  struct Result {
    bool found;
    std::int64_t steps;  // the number of instructions that were executed
  };
  Result search(const std::string& name) const;
  std::size_t instructions() const noexcept { return program_.size(); }

 private:
  class Parser;
  enum class Kind { take, split, start, end, last, boundary, inside, accept };
  /// `take` continues if the next character is in a set, `split` continues at two instructions, the others
  /// continue if their condition holds.
  struct Instruction {
    Kind kind;
    // The next instructions, relative to this one; for `take`, `second` is the index of the set.
    int first = 1, second = 1;
  };
  struct Set {
    std::vector<std::pair<char32_t, char32_t>> ranges;  // both ends are included
    bool negated = false;
  };
  bool holds(Kind kind, const std::u32string& name, std::size_t at) const;
  bool contains(int set, char32_t c) const;

  std::vector<Instruction> program_;
  std::vector<Set> sets_;
};

}  // namespace taper::optim
