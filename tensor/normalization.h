// Normalization on values, without history.
#pragma once

#include <taper/tensor/normalization_shape.h>
#include <taper/tensor/tensor.h>

namespace taper::compute {

// `function` is the name that error messages begin with. x, g and what has one element for each group are
// contiguous and of one floating dtype.

/// 1 / sqrt(variance + epsilon)
Tensor reciprocal_root(const char* function, const Tensor& variance, double epsilon);

/// y = (x - mean) * scale * weight + bias
Tensor normalize(const char* function, const Tensor& x, const NormalizationShape& shape, const Tensor& mean,
                 const Tensor& scale, const Tensor& weight, const Tensor& bias);

/// The same with the mean of each group and the scale that follows from its biased variance.
struct Normalized {
  Tensor y, mean, variance, scale;
};
Normalized normalize(const char* function, const Tensor& x, const NormalizationShape& shape,
                     const Tensor& weight, const Tensor& bias, double epsilon);

/// The gradients of normalize where mean and scale follow from x; that of x only if wanted. Weight and bias
/// are flat.
struct NormalizationGradients {
  Tensor x, weight, bias;
};
NormalizationGradients normalize_gradient(const char* function, const Tensor& x, const Tensor& g,
                                          const NormalizationShape& shape, const Tensor& mean,
                                          const Tensor& scale, const Tensor& weight, bool wants_x);

}  // namespace taper::compute
