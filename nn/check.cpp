// Checks of layer options.
#include <fmt/format.h>

#include <taper/nn/check.h>
#include <taper/tensor/error.h>

namespace taper::nn {

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

void check_epsilon(const char* layer, double epsilon) {
  if (!(epsilon >= 0))
    throw ValueError(fmt::format("{}: epsilon must be at least 0, got {}", layer, epsilon));
}

}  // namespace taper::nn
