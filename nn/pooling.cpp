// Pooling layers: checks of their options.
#include <fmt/format.h>

#include <taper/nn/check.h>
#include <taper/nn/pooling.h>
#include <taper/tensor/error.h>

namespace taper::nn::detail {

void check_pooling(const std::type_info& type, const compute::Pooling& pooling) {
  const std::string name = name_of(type);
  const char* const layer = name.c_str();
  at_least(1, layer, "kernel_size", pooling.size);
  at_least(1, layer, "stride", pooling.stride);
  at_least(0, layer, "padding", pooling.padding);
  at_least(1, layer, "dilation", pooling.dilation);
  at_least(0, layer, "divisor_override", pooling.divisor);
  compute::check_extents(layer, "kernel_size", pooling.size, 1);
  compute::check_extents(layer, "dilation", pooling.dilation, 1);
  for (int i = 0; i < pooling.size.rank(); ++i)
    if (pooling.padding[i] > (pooling.dilation[i] * (pooling.size[i] - 1) + 1) / 2)
      throw ValueError(fmt::format("{}: padding must be at most half of kernel_size, got {} for {}", layer,
                                   compute::joined(pooling.padding), compute::joined(pooling.size)));
}

void check_size(const std::type_info& layer, const Shape& size) {
  at_least(1, name_of(layer).c_str(), "output_size", size);
}

}  // namespace taper::nn::detail
