// Keras's layers: its option names and defaults.
#include <taper/autograd/ops/shape.h>
#include <taper/nn/keras.h>
#include <taper/tensor/error.h>

namespace taper::nn::keras {

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
  return {.in_channels = options.input,
          .out_channels = options.filters,
          .kernel_size = options.kernel_size,
          .stride = options.strides,
          .padding = options.padding,
          .dilation = options.dilation_rate,
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

Embedding::Options embedding(const EmbeddingOptions& options) {
  return {.num_embeddings = options.input_dim,
          .embedding_dim = options.output_dim,
          .weight_initializer = options.embeddings_initializer,
          .dtype = options.dtype};
}

nn::RecurrentOptions simple_rnn(const RecurrentOptions& options) {
  return {.input_size = options.input,
          .hidden_size = options.units,
          .bias = options.use_bias,
          .hidden_bias = false,
          .batch_first = true,
          .weight_initializer = options.kernel_initializer,
          .recurrent_initializer = options.recurrent_initializer,
          .bias_initializer = options.bias_initializer,
          .dtype = options.dtype};
}

nn::RecurrentOptions lstm(const RecurrentOptions& options) {
  nn::RecurrentOptions result = simple_rnn(options);
  if (options.unit_forget_bias)
    result.bias_initializer = [inner = options.bias_initializer](const Tensor& bias, Generator& generator) {
      inner ? inner(bias, generator) : init::zeros(bias);
      const std::int64_t units = bias.numel() / 4;
      init::ones(slice(bias, 0, units, 2 * units));
    };
  return result;
}

nn::RecurrentOptions gru(const RecurrentOptions& options) {
  nn::RecurrentOptions result = simple_rnn(options);
  result.reset_after = result.hidden_bias = options.reset_after;
  return result;
}

}  // namespace taper::nn::keras
