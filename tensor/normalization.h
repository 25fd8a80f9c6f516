// Normalization, not recorded by autograd.
#pragma once

#include <taper/tensor/normalization_shape.h>
#include <taper/tensor/tensor.h>

namespace taper::compute {

// `function` is the name that error messages begin with. All tensors are contiguous and have the same
// floating dtype. mean, variance and scale have one element for each group.

/// 1 / sqrt(variance + epsilon)
Tensor reciprocal_root(const char* function, const Tensor& variance, double epsilon);

/// y = (x - mean) * scale * weight + bias
Tensor normalize(const char* function, const Tensor& x, const NormalizationShape& shape, const Tensor& mean,
                 const Tensor& scale, const Tensor& weight, const Tensor& bias);

/// The same, with the mean of each group of x and scale = 1 / sqrt(variance + epsilon), where variance is the
/// biased variance of the group.
struct Normalized {
  Tensor y, mean, variance, scale;
};
Normalized normalize(const char* function, const Tensor& x, const NormalizationShape& shape,
                     const Tensor& weight, const Tensor& bias, double epsilon);

/// The gradients of the second normalize(), where mean and scale depend on x. That of x is computed only if
/// `wants_x`. Those of weight and bias have rank 1.
struct NormalizationGradients {
  Tensor x, weight, bias;
};
NormalizationGradients normalize_gradient(const char* function, const Tensor& x, const Tensor& g,
                                          const NormalizationShape& shape, const Tensor& mean,
                                          const Tensor& scale, const Tensor& weight, bool wants_x);

}  // namespace taper::compute
