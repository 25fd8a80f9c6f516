// Linear: a fully connected layer.
#pragma once

#include <taper/nn/init.h>
#include <taper/nn/layer.h>
#include <taper/tensor/activation.h>

namespace taper::nn {

/// x [..., in_features] -> activation(x weight^T + bias) [..., out_features]: see linear().
class Linear : public Layer<Linear> {
 public:
  struct Options {
    std::int64_t in_features = 0;
    std::int64_t out_features = 0;
    Activation activation = Activation::none;  ///< fused, so faster than a separate activation layer
    bool bias = true;
    Initializer weight_initializer = {};  ///< if empty, PyTorch's default: see initialize()
    Initializer bias_initializer = {};
    DType dtype = float32;
  };
  /// Throws ValueError unless in_features and out_features are at least 1.
  explicit Linear(const Options& options);
  /// The same with the sizes first: `nn::Linear(784, 128)`, `nn::Linear(784, 128, {.bias = false})`.
  Linear(std::int64_t in_features, std::int64_t out_features);
  Linear(std::int64_t in_features, std::int64_t out_features, Options others);
  Tensor forward(const Tensor& x) const;

  const Activation activation;
  const Tensor weight;  ///< [out_features, in_features]
  const Tensor bias;    ///< [out_features]; undefined without bias
};

}  // namespace taper::nn
