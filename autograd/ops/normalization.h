// Batch normalization and layer normalization.
#pragma once

#include <taper/tensor/tensor.h>

namespace taper {

struct BatchNormOptions {
  /// If true, normalize with the mean and variance of this batch, and update the running statistics. If
  /// false, use the running statistics, or those of the batch where they are undefined.
  bool training = false;
  /// running = (1 - momentum) * running + momentum * batch, as in PyTorch. (Keras's momentum is 1 minus
  /// this.)
  double momentum = 0.1;
  double epsilon = 1e-5;  ///< added to the variance
  /// Whether the running variance has Bessel's correction, as in PyTorch. (In Keras it has none.)
  bool unbiased = true;
};

/// (x - mean) / sqrt(variance + epsilon) * weight + bias for each channel of x [N, C] or [N, C, ...], over
/// all other axes (Ioffe, Szegedy: Batch normalization; ICML 2015). Running statistics, weight and bias are
/// [C]. weight and bias may each be undefined, and so may the running statistics (both or neither). In
/// training, the running statistics are changed in place; see BatchNormOptions.
/// Throws ShapeError or DTypeError for operands that do not fit together; ValueError for an
/// invalid epsilon or momentum, for only one value per channel where the statistics of the batch are used,
/// and in training for running statistics whose elements share memory (as after expand()).
Tensor batch_norm(const Tensor& x, const Tensor& running_mean, const Tensor& running_variance,
                  const Tensor& weight = {}, const Tensor& bias = {}, const BatchNormOptions& options = {});

/// The same formula with mean and variance over the last axes, whose extents are normalized_shape, separately
/// for each index of the leading axes (Ba, Kiros, Hinton: Layer normalization; 2016). weight and bias have
/// the shape normalized_shape; each may be undefined.
Tensor layer_norm(const Tensor& x, const Shape& normalized_shape, const Tensor& weight = {},
                  const Tensor& bias = {}, double epsilon = 1e-5);

}  // namespace taper
