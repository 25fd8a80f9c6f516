// Layers' options: checks.
#include <cstdlib>
#include <memory>

#include <cxxabi.h>
#include <fmt/format.h>

#include <taper/nn/check.h>
#include <taper/tensor/error.h>

namespace taper::nn {

std::string name_of(const std::type_info& type) {
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> readable(
      abi::__cxa_demangle(type.name(), nullptr, nullptr, &status), &std::free);
  const std::string name = status == 0 ? readable.get() : type.name();
  // The last "::" outside of template arguments.
  const std::size_t colons = name.rfind("::", name.find('<'));
  return colons == std::string::npos ? name : name.substr(colons + 2);
}

std::int64_t at_least(std::int64_t least, const char* layer, const char* option, std::int64_t value) {
  if (value < least)
    throw ValueError(fmt::format("{}: {} must be at least {}, got {}", layer, option, least, value));
  return value;
}

const Extent2d& at_least(std::int64_t least, const char* layer, const char* option, const Extent2d& value) {
  at_least(least, layer, option, value.list());
  return value;
}

void at_least(std::int64_t least, const char* layer, const char* option, const Shape& values) {
  for (const std::int64_t value : values) at_least(least, layer, option, value);
}

void check_fraction(const char* layer, const char* option, double value) {
  if (!(value >= 0 && value <= 1))
    throw ValueError(fmt::format("{}: {} must be between 0 and 1, got {}", layer, option, value));
}

void check_epsilon(const char* layer, double epsilon) {
  if (!(epsilon >= 0))
    throw ValueError(fmt::format("{}: epsilon must be at least 0, got {}", layer, epsilon));
}

}  // namespace taper::nn
