// Checks of the numbers on a command line.
#include <charconv>
#include <cstdlib>
#include <limits>

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

// A number, neither of the limits.
CLI::Validator number_between(double low, double high, const char* expected) {
  const auto check = [=](const std::string& text) -> std::string {
    char* end = nullptr;
    const double number = std::strtod(text.c_str(), &end);
    const bool all = !text.empty() && end == text.c_str() + text.size();
    return all && number > low && number < high ? std::string() : refuse(expected, text);
  };
  return {check, "", "number"};
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
  return number_between(0, std::numeric_limits<double>::infinity(), "a finite number above 0");
}

CLI::Validator fraction() { return number_between(0, 1, "a number above 0 and below 1"); }

}  // namespace terminal
