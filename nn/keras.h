// Keras's layers: its option names and defaults, as options of the layers here.
#pragma once

#include <taper/nn/batch_norm.h>
#include <taper/nn/convolution.h>
#include <taper/nn/embedding.h>
#include <taper/nn/layer_norm.h>
#include <taper/nn/linear.h>
#include <taper/nn/recurrent.h>

namespace taper::nn::keras {

// Each function takes the options of a layer of Keras and returns those of the layer here that computes and
// begins the same:
//
//     nn::Sequential model(nn::Linear(nn::keras::dense({.input = 20, .units = 64})),
//                          nn::BatchNorm1d(nn::keras::batch_normalization({.input = 64})), nn::ReLU());
//
// `input` is what Keras finds out by itself: the number of features or channels that come in. Images are [N,
// C, H, W] here. Together with the optimizers, whose defaults are Keras's anyway, a model trains as in Keras.

struct DenseOptions {
  std::int64_t input = 0;
  std::int64_t units = 0;
  Activation activation = Activation::none;
  bool use_bias = true;
  Initializer kernel_initializer = init::glorot_uniform;
  Initializer bias_initializer = init::zeros;
  DType dtype = float32;
};
/// keras.layers.Dense; its kernel is the transposed weight.
Linear::Options dense(const DenseOptions& options);

struct Conv2DOptions {
  std::int64_t input = 0;
  std::int64_t filters = 0;
  Extent2d kernel_size = 0;
  Extent2d strides = 1;
  Padding padding = Padding::valid;
  Extent2d dilation_rate = 1;
  std::int64_t groups = 1;
  Activation activation = Activation::none;
  bool use_bias = true;
  Initializer kernel_initializer = init::glorot_uniform;
  Initializer bias_initializer = init::zeros;
  DType dtype = float32;
};
/// keras.layers.Conv2D; its kernel is the weight with the axes {2, 3, 1, 0}.
Conv2d::Options conv2d(const Conv2DOptions& options);

struct BatchNormalizationOptions {
  std::int64_t input = 0;
  double momentum = 0.99;  ///< the weight of the old value in the moving statistics
  double epsilon = 1e-3;
  bool center = true;
  bool scale = true;
  DType dtype = float32;
};
/// keras.layers.BatchNormalization, of the channels. Throws ValueError unless `center` and `scale` are equal.
BatchNorm::Options batch_normalization(const BatchNormalizationOptions& options);

struct LayerNormalizationOptions {
  Shape input = {};  ///< the extents of the axes that are normalized: by default in Keras, the last one
  double epsilon = 1e-3;
  bool center = true;
  bool scale = true;
  DType dtype = float32;
};
/// keras.layers.LayerNormalization. Throws ValueError for `center` without `scale`.
LayerNorm::Options layer_normalization(const LayerNormalizationOptions& options);

struct EmbeddingOptions {
  std::int64_t input_dim = 0;   ///< the number of words
  std::int64_t output_dim = 0;  ///< the length of a vector
  Initializer embeddings_initializer = [](const Tensor& x, Generator& g) {
    init::random_uniform(x, -0.05, 0.05, g);
  };
  DType dtype = float32;
};
/// keras.layers.Embedding
Embedding::Options embedding(const EmbeddingOptions& options);

/// Of all three recurrent layers; sequences are [batch, steps, input].
struct RecurrentOptions {
  std::int64_t input = 0;
  std::int64_t units = 0;
  bool use_bias = true;
  Initializer kernel_initializer = init::glorot_uniform;
  Initializer recurrent_initializer = [](const Tensor& x, Generator& g) { init::orthogonal(x, 1, g); };
  Initializer bias_initializer = init::zeros;
  /// Only lstm(): the forget gate's bias begins at 1.
  bool unit_forget_bias = true;
  /// Only gru(): see GruOptions.
  bool reset_after = true;
  DType dtype = float32;
};
/// keras.layers.SimpleRNN; its kernel and recurrent_kernel are the transposed weights, its bias is bias_ih.
nn::RecurrentOptions simple_rnn(const RecurrentOptions& options);
/// keras.layers.LSTM; as simple_rnn(), and the gates have the same order.
nn::RecurrentOptions lstm(const RecurrentOptions& options);
/// keras.layers.GRU; as simple_rnn(), but Keras's order of the gates is z, r, n, and with reset_after its
/// bias is bias_ih and bias_hh.
nn::RecurrentOptions gru(const RecurrentOptions& options);

struct DropoutOptions {
  double rate = 0.5;
};
/// keras.layers.Dropout: the probability of `nn::Dropout`.
inline double dropout(const DropoutOptions& options) { return options.rate; }

}  // namespace taper::nn::keras
