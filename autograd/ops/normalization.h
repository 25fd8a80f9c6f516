// Normalization of batches and layers.
#pragma once

#include <taper/tensor/tensor.h>

namespace taper {

struct BatchNormOptions {
  /// Use the statistics of this batch, and update the running ones; else use the running ones, if given.
  bool training = false;
  /// The weight of the new value in the running statistics (Keras's momentum is 1 less this).
  double momentum = 0.1;
  double epsilon = 1e-5;  ///< added to the variance
};

/// (x - mean) / sqrt(variance + epsilon) * weight + bias for each channel of x [N, C] or [N, C, ...], over
/// all other axes (Ioffe, Szegedy: Batch normalization; ICML 2015). Running statistics, weight and bias are
/// [C]; each may be undefined. While training, the running statistics are changed in place, the variance with
/// Bessel's correction, as in PyTorch. Throws ShapeError or DTypeError for operands that do not fit,
/// ValueError for one value a channel while training, running statistics whose elements share memory then (as
/// after expand()), or an epsilon or momentum that makes no sense.
Tensor batch_norm(const Tensor& x, const Tensor& running_mean, const Tensor& running_variance,
                  const Tensor& weight = {}, const Tensor& bias = {}, const BatchNormOptions& options = {});

/// The same for each sample by itself, over the last axes, whose extents are normalized_shape; weight and
/// bias, which may be undefined, have that shape (Ba, Kiros, Hinton: Layer normalization; 2016).
Tensor layer_norm(const Tensor& x, const Shape& normalized_shape, const Tensor& weight = {},
                  const Tensor& bias = {}, double epsilon = 1e-5);

}  // namespace taper
