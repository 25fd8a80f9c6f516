// Normalization on values, without history.
#pragma once

#include <taper/tensor/kernels/normalization.h>
#include <taper/tensor/tensor.h>

namespace taper::compute {

using kernels::NormalizationShape;

// x, g and what has one element for each group are contiguous and of one floating dtype.

struct Moments {
  Tensor mean, variance;  // [groups]; the variance is biased
};
Moments moments(const Tensor& x, const NormalizationShape& shape);

/// 1 / sqrt(variance + epsilon)
Tensor reciprocal_root(const Tensor& variance, double epsilon);

/// (x - mean) * scale * weight + bias
Tensor normalize(const Tensor& x, const NormalizationShape& shape, const Tensor& mean, const Tensor& scale,
                 const Tensor& weight, const Tensor& bias);

/// The gradients of normalize where mean and scale follow from x; that of x only if wanted. Weight and bias
/// are flat.
struct NormalizationGradients {
  Tensor x, weight, bias;
};
NormalizationGradients normalize_gradient(const Tensor& x, const Tensor& g, const NormalizationShape& shape,
                                          const Tensor& mean, const Tensor& scale, const Tensor& weight,
                                          bool wants_x);

}  // namespace taper::compute
