// Activation functions. All are for floating dtypes (DTypeError otherwise), but sigmoid and tanh convert
// integers and bools to the default dtype. They are element-wise but for those that have an axis. Where a
// function is not differentiable, the gradient is PyTorch's. gelu and silu of -infinity are their limits, -0
// or 0; PyTorch multiplies by 0 and gets NaN.
#pragma once

#include <taper/tensor/random.h>
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
/// log(1 + exp(beta x)) / beta, and x where beta x > threshold, as PyTorch has it.
Tensor softplus(const Tensor& x, double beta, double threshold = 20);
/// log(sigmoid(x)) without overflow.
Tensor logsigmoid(const Tensor& x);
/// x * tanh(softplus(x)) (Misra: Mish; BMVC 2020).
Tensor mish(const Tensor& x);
/// (x + sqrt(x^2 + b)) / 2, a smooth relu of algebraic functions alone (Barron: Squareplus; 2021).
Tensor squareplus(const Tensor& x, double b = 4);
/// 0 up to -1, x from 1 on, and (x + 1)^2 / 4 between: a softplus that reaches 0 (Keras).
Tensor sparse_plus(const Tensor& x);
/// Its derivative, (x + 1) / 2 limited to [0, 1] (Keras).
Tensor sparse_sigmoid(const Tensor& x);
/// x / (1 + |x|).
Tensor softsign(const Tensor& x);
/// x - tanh(x).
Tensor tanhshrink(const Tensor& x);
/// x where x > 0, else negative_slope * x; the gradient at 0 is negative_slope.
Tensor leaky_relu(const Tensor& x, double negative_slope = 0.01);
/// x where x > 0, else alpha * (exp(x) - 1); the gradient at 0 is alpha.
Tensor elu(const Tensor& x, double alpha = 1);
/// The same with exp(x / alpha), so that the slope at 0 is 1 on both sides (Barron: Continuously
/// differentiable exponential linear units; 2017). Throws ValueError unless alpha > 0.
Tensor celu(const Tensor& x, double alpha = 1);
/// 1.0507 * elu(x, 1.6733), whose factors keep mean 0 and variance 1 from layer to layer (Klambauer et al.:
/// Self-normalizing neural networks; NIPS 2017).
Tensor selu(const Tensor& x);
/// x where x > 0, else weight * x with one learned weight, or one for each channel, which is axis 1 of x (He
/// et al.: Delving deep into rectifiers; ICCV 2015). Throws ShapeError for another number of weights,
/// DTypeError for another dtype.
Tensor prelu(const Tensor& x, const Tensor& weight);
/// leaky_relu with a slope that is drawn for each element from [lower, upper) if `training`, else with their
/// mean (Xu et al.: Empirical evaluation of rectified activations; 2015). Throws ValueError unless
/// lower <= upper are finite.
Tensor rrelu(const Tensor& x, double lower = 1. / 8, double upper = 1. / 3, bool training = false,
             Generator& generator = default_generator());

/// x limited to [low, high], as clip(), but with the gradient 0 at the limits. Throws ValueError if low >
/// high.
Tensor hardtanh(const Tensor& x, double low = -1, double high = 1);
/// x limited to [0, 6].
Tensor relu6(const Tensor& x);
/// (x + 3) / 6 limited to [0, 1].
Tensor hardsigmoid(const Tensor& x);
/// x * hardsigmoid(x) (Howard et al.: Searching for MobileNetV3; ICCV 2019). Keras's hard_silu.
Tensor hardswish(const Tensor& x);
/// x where x > limit, else `value`.
Tensor threshold(const Tensor& x, double limit, double value);
/// 0 where |x| <= lambda, else x.
Tensor hardshrink(const Tensor& x, double lambda = 0.5);
/// 0 where |x| <= lambda, else x moved by lambda towards 0. Throws ValueError unless lambda >= 0.
Tensor softshrink(const Tensor& x, double lambda = 0.5);

/// a * sigmoid(b) for the two halves of x along an axis (Dauphin et al.: Language modeling with gated
/// convolutional networks; ICML 2017). Throws ShapeError for an odd extent.
Tensor glu(const Tensor& x, std::int64_t axis = -1);
/// softmax(-x) along an axis.
Tensor softmin(const Tensor& x, std::int64_t axis);
/// The point nearest to x with elements of at least 0 and sum 1 along an axis: a softmax that reaches 0
/// (Martins, Astudillo: From softmax to sparsemax; ICML 2016). Throws ValueError for an axis without
/// elements.
Tensor sparsemax(const Tensor& x, std::int64_t axis = -1);
/// softmax((logits + noise) / tau) along an axis with Gumbel noise: a sample of classes, the harder the
/// smaller tau is (Jang, Gu, Poole: Categorical reparameterization with Gumbel-softmax; ICLR 2017). If
/// `hard`, 1 for the largest and 0 for all others, with the gradient of the soft sample. Throws ValueError
/// unless tau > 0.
Tensor gumbel_softmax(const Tensor& logits, double tau = 1, bool hard = false, std::int64_t axis = -1,
                      Generator& generator = default_generator());

}  // namespace taper
