// Keras's layers: its option names and defaults.
#include <taper/nn/keras.h>
#include <taper/tensor/error.h>

namespace taper::nn::keras {
namespace {

// What `same` adds on each side of an axis.
std::int64_t same(std::int64_t kernel, std::int64_t stride, std::int64_t dilation) {
  if (kernel < 1 || dilation < 1) return 0;  // refused by the layer
  constexpr std::int64_t most = 1 << 30;
  if (stride != 1 || (kernel % 2 == 0 && dilation % 2 == 1) || kernel > most || dilation > most)
    throw ValueError(
        "conv2d: padding `same` needs strides of 1 and a kernel of odd extents; pad() the images instead");
  return (kernel - 1) * dilation / 2;
}

}  // namespace

Linear::Options dense(const DenseOptions& options) {
  return {.in_features = options.input,
          .out_features = options.units,
          .activation = options.activation,
          .bias = options.use_bias,
          .weight_initializer = options.kernel_initializer,
          .bias_initializer = options.bias_initializer,
          .dtype = options.dtype};
}

Conv2d::Options conv2d(const Conv2DOptions& options) {
  const Extent2d &kernel = options.kernel_size, &strides = options.strides, &dilation = options.dilation_rate;
  const bool padded = options.padding == Padding::same;
  return {.in_channels = options.input,
          .out_channels = options.filters,
          .kernel_size = kernel,
          .stride = strides,
          .padding = padded ? Extent2d(same(kernel.height, strides.height, dilation.height),
                                       same(kernel.width, strides.width, dilation.width))
                            : Extent2d(0),
          .dilation = dilation,
          .groups = options.groups,
          .activation = options.activation,
          .bias = options.use_bias,
          .weight_initializer = options.kernel_initializer,
          .bias_initializer = options.bias_initializer,
          .dtype = options.dtype};
}

BatchNorm::Options batch_normalization(const BatchNormalizationOptions& options) {
  if (options.center != options.scale)
    throw ValueError("batch_normalization: center and scale must be equal");
  return {.num_features = options.input,
          .epsilon = options.epsilon,
          .momentum = 1 - options.momentum,
          .affine = options.scale,
          .unbiased = false,
          .dtype = options.dtype};
}

LayerNorm::Options layer_normalization(const LayerNormalizationOptions& options) {
  if (options.center && !options.scale)
    throw ValueError("layer_normalization: center without scale is not supported");
  return {.normalized_shape = options.input,
          .epsilon = options.epsilon,
          .affine = options.scale,
          .bias = options.center,
          .dtype = options.dtype};
}

}  // namespace taper::nn::keras
