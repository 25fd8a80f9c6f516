// Pooling layers.
#include <fmt/format.h>

#include <taper/autograd/ops/convolution.h>
#include <taper/nn/check.h>
#include <taper/nn/pooling.h>
#include <taper/tensor/error.h>

namespace taper::nn {
namespace {

const Pool2dOptions& checked(const char* layer, const Pool2dOptions& options) {
  const Extent2d kernel = at_least(1, layer, "kernel_size", options.kernel_size);
  if (options.stride != Extent2d(0)) at_least(1, layer, "stride", options.stride);
  const Extent2d padding = at_least(0, layer, "padding", options.padding);
  if (padding.height > kernel.height / 2 || padding.width > kernel.width / 2)
    throw ValueError(fmt::format("{}: padding must be at most half of kernel_size, got {} x {} for {} x {}",
                                 layer, padding.height, padding.width, kernel.height, kernel.width));
  return options;
}

}  // namespace

MaxPool2d::MaxPool2d(const Pool2dOptions& options) : options(checked("MaxPool2d", options)) {}
Tensor MaxPool2d::forward(const Tensor& x) const { return max_pool2d(x, options); }

AvgPool2d::AvgPool2d(const Pool2dOptions& options) : options(checked("AvgPool2d", options)) {}
Tensor AvgPool2d::forward(const Tensor& x) const { return avg_pool2d(x, options); }

}  // namespace taper::nn
