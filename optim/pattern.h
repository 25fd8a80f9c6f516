// Pattern: a regular expression that picks parameters by their names.
#pragma once

#include <memory>
#include <string>

namespace taper::optim {

/// An ECMAScript regular expression. Apart from its users, as <regex> is slow to compile.
class Pattern {
 public:
  /// Throws ValueError, beginning with `owner`, for what is none.
  Pattern(const std::string& owner, const std::string& text);
  /// True if it matches the name or a part of it.
  bool found_in(const std::string& name) const;

 private:
  struct Regex;
  std::shared_ptr<const Regex> regex_;
};

}  // namespace taper::optim
