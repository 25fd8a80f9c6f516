// LayerNorm: layer normalization.
#pragma once

#include <taper/nn/module.h>

namespace taper::nn {

/// Normalizes each sample over the last axes: see layer_norm().
class LayerNorm : public Module {
 public:
  struct Options {
    Shape normalized_shape = {};  ///< the extents of these axes
    double epsilon = 1e-5;
    bool affine = true;  ///< has weight and, if `bias`, bias
    bool bias = true;
    DType dtype = float32;
  };
  /// Throws ValueError for an option that makes no sense.
  explicit LayerNorm(const Options& options);
  Tensor forward(const Tensor& x) override;

  const Options options;
  const Tensor weight, bias;  ///< of normalized_shape, ones and zeros at first; or undefined
};

}  // namespace taper::nn
