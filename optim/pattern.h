// Pattern: a regular expression that picks parameters by their names.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace taper::optim {

// Note [Patterns]
// Patterns come from files, so none may take long: they have at most 256 characters, and are searched for by
// Thompson's simulation, which keeps the set of all places that a match may have reached, and so takes at
// most (characters of the name + 1) * (instructions) steps and no recursion. What it finds is what Python's
// re.search finds with re.ASCII, as Keras wants it.

/// A regular expression in Python's syntax, without what is no regular language (references, lookaround) and
/// without flags and named groups: characters, `.`, `[a-z]`, `[^a-z]`, `^ $ \A \Z \b \B`, `\d \w \s` and
/// their opposites (ASCII), groups `( )` and `(?: )`, `|`, `* + ? {m} {m,} {m,n}`, also lazy.
class Pattern {
 public:
  /// Throws ValueError, beginning with `owner`, for what is no such expression, is longer than 256
  /// characters, or would need more than 2,000 instructions, as (a{99}){99}.
  Pattern(const std::string& owner, const std::string& text);
  /// True if it matches the name or a part of it.
  bool found_in(const std::string& name) const { return search(name).found; }

  struct Result {
    bool found;
    std::int64_t steps;  // instructions that were looked at
  };
  Result search(const std::string& name) const;
  std::size_t instructions() const noexcept { return program_.size(); }

 private:
  class Parser;
  enum class Kind { take, split, start, end, last, boundary, inside, accept };
  /// `take` goes on if the next character is in a set, `split` at two places, the others where they hold.
  struct Instruction {
    Kind kind;
    int first = 1, second = 1;  // where it goes on, counted from itself; of `take`, `second` is the set
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
