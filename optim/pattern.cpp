// Pattern.
#include <regex>

#include <fmt/format.h>

#include <taper/optim/pattern.h>
#include <taper/tensor/error.h>

namespace taper::optim {

struct Pattern::Regex : std::regex {
  using std::regex::regex;
};

Pattern::Pattern(const std::string& owner, const std::string& text) {
  try {
    regex_ = std::make_shared<Regex>(text);
  } catch (const std::regex_error& error) {
    throw ValueError(fmt::format("{}: '{}' is not a regular expression: {}", owner, text, error.what()));
  }
}

bool Pattern::found_in(const std::string& name) const { return std::regex_search(name, *regex_); }

}  // namespace taper::optim
