// Normalization: of batches, layers, groups, channels, vectors and weights.
#pragma once

#include <optional>

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

/// The same without mean and bias: x / sqrt(mean(x^2) + epsilon) * weight (Zhang, Sennrich: Root mean square
/// layer normalization; NeurIPS 2019). By default epsilon is that of the dtype.
Tensor rms_norm(const Tensor& x, const Shape& normalized_shape, const Tensor& weight = {},
                std::optional<double> epsilon = {});

/// The formula of batch_norm() with mean and variance of each group of channels of each image of x [N, C] or
/// [N, C, ...] (Wu, He: Group normalization; ECCV 2018). weight and bias are [C]; each may be undefined.
/// Throws ValueError unless the number of groups divides C.
Tensor group_norm(const Tensor& x, std::int64_t groups, const Tensor& weight = {}, const Tensor& bias = {},
                  double epsilon = 1e-5);

struct InstanceNormOptions {
  /// If true, normalize with the mean and variance of each channel of each image, and update the running
  /// statistics with the means of these over the images, where they are defined. If false, use the running
  /// statistics.
  bool use_input_stats = true;
  double momentum = 0.1;  ///< as in BatchNormOptions
  double epsilon = 1e-5;
};
/// batch_norm() of each image of x [N, C, ...] alone (Ulyanov, Vedaldi, Lempitsky: Instance normalization;
/// 2016). Throws like batch_norm(), and ValueError for only one element in each channel.
Tensor instance_norm(const Tensor& x, const Tensor& running_mean = {}, const Tensor& running_variance = {},
                     const Tensor& weight = {}, const Tensor& bias = {},
                     const InstanceNormOptions& options = {});

struct LocalResponseNormOptions {
  double alpha = 1e-4;
  double beta = 0.75;
  double k = 1;
};
/// x / (k + alpha * s)^beta for x [N, C, ...], where s is the mean of the squares of `size` neighbouring
/// channels, 0 past the ends, of which size / 2 lie before (Krizhevsky, Sutskever, Hinton: ImageNet
/// classification with deep convolutional neural networks; NIPS 2012). Throws ShapeError for a rank below 3,
/// ValueError unless size is at least 1.
Tensor local_response_norm(const Tensor& x, std::int64_t size, const LocalResponseNormOptions& options = {});

/// x divided by its p-norm along an axis, or by epsilon where that is larger.
Tensor normalize(const Tensor& x, double p = 2, std::int64_t axis = 1, double epsilon = 1e-12);

/// v * g / |v|, where the norm is over all axes but one, and g has extent 1 along these; or over all, if g
/// has rank 0 (Salimans, Kingma: Weight normalization; NIPS 2016). Throws ShapeError for another g.
Tensor weight_norm(const Tensor& v, const Tensor& g, std::int64_t axis = 0);

struct SpectralNormOptions {
  std::int64_t axis = 0;        ///< of the rows of the matrix; all others are its columns
  std::int64_t iterations = 1;  ///< of the power method
  double epsilon = 1e-12;       ///< the least divisor of u and v
};
/// The weight divided by its largest singular value u^T W v (Miyato et al.: Spectral normalization for
/// generative adversarial networks; ICLR 2018). The power method goes on from u [rows] and v [columns], which
/// are changed in place, and are constants for the gradient. Throws ShapeError or DTypeError for operands
/// that do not fit, ValueError for a negative number of iterations.
Tensor spectral_norm(const Tensor& weight, const Tensor& u, const Tensor& v,
                     const SpectralNormOptions& options = {});

}  // namespace taper
