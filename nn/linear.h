// Linear: a fully connected layer.
#pragma once

#include <taper/nn/init.h>
#include <taper/nn/module.h>
#include <taper/tensor/activation.h>

namespace taper::nn {

/// x [..., in_features] -> x weight^T + bias, [..., out_features], then the activation.
class Linear : public Module {
 public:
  struct Options {
    std::int64_t in_features = 0;
    std::int64_t out_features = 0;
    Activation activation = Activation::none;  ///< of the result: cheaper than a layer of its own
    bool bias = true;
    Initializer weight_initializer = {};  ///< PyTorch's default if empty: see initialize()
    Initializer bias_initializer = {};
    DType dtype = float32;
  };
  /// Throws ValueError unless both features are at least 1.
  explicit Linear(const Options& options);
  Tensor forward(const Tensor& x) override;

  const Activation activation;
  const Tensor weight;  ///< [out_features, in_features]
  const Tensor bias;    ///< [out_features], or undefined
};

}  // namespace taper::nn
