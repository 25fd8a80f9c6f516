// LayerNorm: layer normalization.
#pragma once

#include <taper/nn/layer.h>

namespace taper::nn {

/// Normalizes over the last axes: see layer_norm().
class LayerNorm : public Layer<LayerNorm> {
 public:
  struct Options {
    Shape normalized_shape = {};  ///< the extents of the axes that are normalized
    double epsilon = 1e-5;
    bool affine = true;  ///< whether there are a weight and, if `bias`, a bias
    bool bias = true;
    DType dtype = float32;
  };
  /// Throws ValueError for an empty normalized_shape, an extent below 1 or a negative epsilon.
  explicit LayerNorm(const Options& options);
  Tensor forward(const Tensor& x) const;

  const Options options;
  const Tensor weight, bias;  ///< of shape normalized_shape, initially ones and zeros; or undefined
};

}  // namespace taper::nn
