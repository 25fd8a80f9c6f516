// Conv2d: a 2D convolution layer.
#include <fmt/format.h>

#include <taper/autograd/ops/convolution.h>
#include <taper/nn/check.h>
#include <taper/nn/conv2d.h>
#include <taper/tensor/error.h>

namespace taper::nn {
namespace {

const Conv2d::Options& checked(const Conv2d::Options& options) {
  at_least(1, "Conv2d", "in_channels", options.in_channels);
  at_least(1, "Conv2d", "out_channels", options.out_channels);
  at_least(1, "Conv2d", "kernel_size", options.kernel_size);
  at_least(1, "Conv2d", "stride", options.stride);
  at_least(0, "Conv2d", "padding", options.padding);
  at_least(1, "Conv2d", "dilation", options.dilation);
  at_least(1, "Conv2d", "groups", options.groups);
  at_least(1, "Conv2d", "max_pool", options.max_pool);
  if (options.in_channels % options.groups != 0 || options.out_channels % options.groups != 0)
    throw ValueError(fmt::format("Conv2d: groups must divide in_channels {} and out_channels {}, got {}",
                                 options.in_channels, options.out_channels, options.groups));
  return options;
}

Shape weight_shape(const Conv2d::Options& options) {
  return {options.out_channels, options.in_channels / options.groups, options.kernel_size.height,
          options.kernel_size.width};
}

}  // namespace

Conv2d::Conv2d(const Options& given)
    : options{.stride = checked(given).stride,
              .padding = given.padding,
              .dilation = given.dilation,
              .groups = given.groups,
              .activation = given.activation,
              .max_pool = given.max_pool},
      weight(parameter("weight", Tensor::empty(weight_shape(given), given.dtype))),
      bias(given.bias ? parameter("bias", Tensor::empty({given.out_channels}, given.dtype)) : Tensor()) {
  initialize(weight, given.weight_initializer, bias, given.bias_initializer);
}

Conv2d::Conv2d(std::int64_t in_channels, std::int64_t out_channels, Extent2d kernel_size)
    : Conv2d(in_channels, out_channels, kernel_size, {}) {}
Conv2d::Conv2d(std::int64_t in_channels, std::int64_t out_channels, Extent2d kernel_size, Options others)
    : Conv2d([&] {
        others.in_channels = in_channels;
        others.out_channels = out_channels;
        others.kernel_size = kernel_size;
        return others;
      }()) {}

Tensor Conv2d::forward(const Tensor& x) const { return conv2d(x, weight, bias, options); }

}  // namespace taper::nn
