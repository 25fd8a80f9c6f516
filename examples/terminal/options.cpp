// Checks of the numbers on a command line.
#include <charconv>
#include <cmath>
#include <cstdlib>

#include <fmt/format.h>
#include <terminal/options.h>

namespace terminal {
namespace {

// The message for a value that is not accepted. Long values are cut off.
std::string refuse(const char* expected, const std::string& given) {
  constexpr std::size_t longest = 40;
  return fmt::format("expected {}, got {}{}", expected, given.substr(0, longest),
                     given.size() > longest ? "..." : "");
}

}  // namespace

CLI::Validator whole_number(std::uint64_t least, std::uint64_t most) {
  const auto check = [=](const std::string& text) -> std::string {
    std::uint64_t number = 0;
    const char* const end = text.data() + text.size();
    const auto result = std::from_chars(text.data(), end, number);
    const bool octal = text.size() > 1 && text[0] == '0';  // to CLI11
    if (result.ec == std::errc() && result.ptr == end && !octal && number >= least && number <= most)
      return {};
    return refuse(fmt::format("a whole number from {} to {}", least, most).c_str(), text);
  };
  return {check, "", "whole number"};
}

CLI::Validator positive_number() {
  const auto check = [](const std::string& text) -> std::string {
    char* end = nullptr;
    const double number = std::strtod(text.c_str(), &end);
    const bool all = !text.empty() && end == text.c_str() + text.size();
    return all && std::isfinite(number) && number > 0 ? std::string()
                                                      : refuse("a finite number above 0", text);
  };
  return {check, "", "positive number"};
}

}  // namespace terminal
