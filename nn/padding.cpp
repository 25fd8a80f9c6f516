// Layers that put a border around: checks of their widths.
#include <fmt/format.h>

#include <taper/nn/check.h>
#include <taper/nn/padding.h>
#include <taper/tensor/error.h>

namespace taper::nn::detail {

void check_widths(const std::type_info& type, int axes, const std::vector<PadWidth>& widths) {
  const std::string layer = name_of(type);
  if (widths.size() != static_cast<std::size_t>(axes))
    throw ValueError(fmt::format("{}: expected widths of {} axes, got of {}", layer, axes, widths.size()));
  for (const auto& [before, after] : widths) at_least(0, layer.c_str(), "widths", Shape{before, after});
}

}  // namespace taper::nn::detail
