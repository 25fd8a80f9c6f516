// LayerNorm, RMSNorm, GroupNorm and LocalResponseNorm: normalization of each example alone.
#pragma once

#include <optional>

#include <taper/autograd/ops/normalization.h>
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
  explicit LayerNorm(std::int64_t extent) : LayerNorm(Options{.normalized_shape = extent}) {}
  Tensor forward(const Tensor& x) const;

  const Options options;
  const Tensor weight, bias;  ///< of shape normalized_shape, initially ones and zeros; or undefined
};

/// Divides by the root of the mean square over the last axes: see rms_norm().
class RMSNorm : public Layer<RMSNorm> {
 public:
  struct Options {
    Shape normalized_shape = {};         ///< the extents of the axes that are normalized
    std::optional<double> epsilon = {};  ///< if empty, that of the dtype of the input
    bool affine = true;                  ///< whether there is a weight
    DType dtype = float32;
  };
  /// Throws like LayerNorm.
  explicit RMSNorm(const Options& options);
  explicit RMSNorm(std::int64_t extent) : RMSNorm(Options{.normalized_shape = extent}) {}
  Tensor forward(const Tensor& x) const;

  const Options options;
  const Tensor weight;  ///< of shape normalized_shape, initially ones; or undefined
};

/// Normalizes groups of channels: see group_norm().
class GroupNorm : public Layer<GroupNorm> {
 public:
  struct Options {
    std::int64_t num_groups = 0;
    std::int64_t num_channels = 0;
    double epsilon = 1e-5;
    bool affine = true;  ///< whether there are weight and bias
    DType dtype = float32;
  };
  /// Throws ValueError unless num_groups divides num_channels, and for a negative epsilon.
  explicit GroupNorm(const Options& options);
  GroupNorm(std::int64_t num_groups, std::int64_t num_channels)
      : GroupNorm(Options{.num_groups = num_groups, .num_channels = num_channels}) {}
  /// Throws ShapeError unless x is [N, num_channels, ...].
  Tensor forward(const Tensor& x) const;

  const Options options;
  const Tensor weight, bias;  ///< [num_channels], initially ones and zeros; undefined unless affine
};

/// Divides by the squares of neighbouring channels: see local_response_norm().
class LocalResponseNorm : public Layer<LocalResponseNorm> {
 public:
  /// Throws ValueError unless size is at least 1.
  explicit LocalResponseNorm(std::int64_t size, const LocalResponseNormOptions& options = {});
  Tensor forward(const Tensor& x) const { return local_response_norm(x, size, options); }

  const std::int64_t size;
  const LocalResponseNormOptions options;
};

}  // namespace taper::nn
