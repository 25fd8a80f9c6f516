// Activation functions. All are element-wise and for floating dtypes (DTypeError otherwise), but sigmoid and
// tanh convert integers and bools to the default dtype. Where a function is not differentiable, the gradient
// is PyTorch's. gelu and silu of -infinity are their limits, -0 or 0; PyTorch multiplies by 0 and gets NaN.
#pragma once

#include <taper/tensor/tensor.h>

namespace taper {

/// max(x, 0); the gradient at 0 is 0.
Tensor relu(const Tensor& x);
/// The gradient of relu, given the gradient g of its result y: 0 where y <= 0, else g (also where y is NaN,
/// as in PyTorch). For operations with a fused relu.
Tensor relu_gradient(const Tensor& g, const Tensor& y);
/// 1 / (1 + exp(-x))
Tensor sigmoid(const Tensor& x);
/// The hyperbolic tangent.
Tensor tanh(const Tensor& x);

enum class GeluApproximation { none, tanh };
/// x * P(z <= x) for a standard normal z, exact or approximated with tanh (Hendrycks, Gimpel: Gaussian error
/// linear units; 2016).
Tensor gelu(const Tensor& x, GeluApproximation approximation = GeluApproximation::none);
/// x * sigmoid(x), also called swish.
Tensor silu(const Tensor& x);
/// log(1 + exp(x)) without overflow.
Tensor softplus(const Tensor& x);
/// x where x > 0, else negative_slope * x; the gradient at 0 is negative_slope.
Tensor leaky_relu(const Tensor& x, double negative_slope = 0.01);
/// x where x > 0, else alpha * (exp(x) - 1); the gradient at 0 is alpha.
Tensor elu(const Tensor& x, double alpha = 1);

/// x limited to [low, high], as clip(), but with the gradient 0 at the limits. Throws ValueError if low >
/// high.
Tensor hardtanh(const Tensor& x, double low = -1, double high = 1);

}  // namespace taper
