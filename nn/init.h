// Initializers fill a tensor in place, not recorded by autograd. For floating dtypes only (DTypeError
// otherwise).
#pragma once

#include <cstdint>

#include <taper/tensor/function.h>
#include <taper/tensor/random.h>
#include <taper/tensor/tensor.h>

namespace taper::nn {

/// The type of the initializer options of layers: `.weight_initializer = nn::init::he_normal`, or any
/// function with this signature.
using Initializer = Function<void(const Tensor& tensor, Generator& generator)>;

namespace init {

// The argument is const because a Tensor is a handle; its elements are overwritten. Weights are [out, in] or
// [out, in, kernel...], those of transposed convolutions [in, out, kernel...]. Fan in is the second extent
// times the extents of the kernel, fan out the first one times them, as in PyTorch.

void zeros(const Tensor& tensor, Generator& unused = default_generator());
void ones(const Tensor& tensor, Generator& unused = default_generator());
void constant(const Tensor& tensor, double value);
/// Uniform in [low, high).
void uniform(const Tensor& tensor, double low = 0, double high = 1,
             Generator& generator = default_generator());
void normal(const Tensor& tensor, double mean = 0, double standard_deviation = 1,
            Generator& generator = default_generator());

// Keras's. For a vector both fans are its length, for a scalar 1.

/// uniform() and normal() with Keras's defaults.
void random_uniform(const Tensor& tensor, double low = -0.05, double high = 0.05,
                    Generator& generator = default_generator());
void random_normal(const Tensor& tensor, double mean = 0, double standard_deviation = 0.05,
                   Generator& generator = default_generator());
/// Normal, where values more than two standard deviations from the mean are drawn again.
void truncated_normal(const Tensor& tensor, double mean = 0, double standard_deviation = 0.05,
                      Generator& generator = default_generator());

/// What the variance of weights is divided by: fan in, fan out, or the mean of both.
enum class FanMode { fan_in, fan_out, fan_avg };
enum class Distribution { truncated_normal, untruncated_normal, uniform };
struct VarianceScaling {
  double scale = 1;
  FanMode mode = FanMode::fan_in;
  Distribution distribution = Distribution::truncated_normal;
};
/// A distribution with mean 0 and variance scale / fan, where the fan is at least 1. The normal one is
/// truncated at two standard deviations, and scaled so that it has that variance. Throws ValueError unless
/// scale >= 0.
void variance_scaling(const Tensor& tensor, const VarianceScaling& options = {},
                      Generator& generator = default_generator());
// Of this kind, the normal ones truncated:
/// Variance 2 / (fan in + fan out) (Glorot, Bengio: Understanding the difficulty of training deep feedforward
/// neural networks; AISTATS 2010). Keras's default.
void glorot_uniform(const Tensor& tensor, Generator& generator = default_generator());
void glorot_normal(const Tensor& tensor, Generator& generator = default_generator());
/// Variance 2 / fan in (He et al.: Delving deep into rectifiers; ICCV 2015).
void he_uniform(const Tensor& tensor, Generator& generator = default_generator());
void he_normal(const Tensor& tensor, Generator& generator = default_generator());
/// Variance 1 / fan in (LeCun et al.: Efficient backprop; 1998).
void lecun_uniform(const Tensor& tensor, Generator& generator = default_generator());
void lecun_normal(const Tensor& tensor, Generator& generator = default_generator());

// PyTorch's. Without a kernel's or a matrix's axes there are no fans: they throw ShapeError for rank 0 and 1.

enum class Nonlinearity { linear, sigmoid, tanh, relu, leaky_relu, selu };
/// The factor that keeps the scale of what goes through a nonlinearity (torch.nn.init.calculate_gain);
/// `parameter` is the negative slope of leaky_relu.
double gain(Nonlinearity nonlinearity, double parameter = 0.01);

/// Uniform, and normal (not truncated), with variance gain^2 * 2 / (fan in + fan out).
void xavier_uniform(const Tensor& tensor, double gain = 1, Generator& generator = default_generator());
void xavier_normal(const Tensor& tensor, double gain = 1, Generator& generator = default_generator());
struct Kaiming {
  double a = 0;  ///< the negative slope of leaky_relu
  FanMode mode = FanMode::fan_in;
  Nonlinearity nonlinearity = Nonlinearity::leaky_relu;
};
/// Uniform, and normal (not truncated), with variance gain(nonlinearity, a)^2 / fan.
void kaiming_uniform(const Tensor& tensor, const Kaiming& options = {},
                     Generator& generator = default_generator());
void kaiming_normal(const Tensor& tensor, const Kaiming& options = {},
                    Generator& generator = default_generator());
/// Uniform in +-1 / sqrt(fan in), also of vectors and scalars: PyTorch's default for the weights of Linear
/// and Conv2d.
void fan_in_uniform(const Tensor& tensor, Generator& generator = default_generator());

struct TruncNormal {
  double mean = 0, standard_deviation = 1;
  double a = -2, b = 2;  ///< the limits
};
/// Normal within limits that are numbers, not multiples of the deviation (C. P. Robert, "Simulation of
/// truncated normal variables", 1995). Throws ValueError unless the deviation is above 0 and a < b.
void trunc_normal(const Tensor& tensor, const TruncNormal& options = {},
                  Generator& generator = default_generator());

// Matrices.

/// A random matrix with orthogonal rows or columns of the length `gain`, whichever are fewer; axes behind the
/// first one count as one (Saxe et al.: Exact solutions to the nonlinear dynamics of learning in deep linear
/// neural networks; ICLR 2014). Throws ShapeError for rank 0 and 1.
void orthogonal(const Tensor& tensor, double gain = 1, Generator& generator = default_generator());
/// `gain` on the diagonal of a matrix, 0 elsewhere. Throws ShapeError unless the rank is 2.
void identity(const Tensor& tensor, double gain = 1);
/// identity() under PyTorch's name.
void eye(const Tensor& tensor);
/// The weights of a convolution that hands its inputs on, in each group as many as it has channels for: 1 in
/// the middle of the kernel from channel i to i, else 0. Throws ShapeError unless the rank is 3 to 5,
/// ValueError unless the number of groups is above 0 and divides the first extent.
void dirac(const Tensor& tensor, std::int64_t groups = 1);
/// Normal with mean 0, where in each column the part `sparsity` of the elements is 0 (Martens: Deep learning
/// via Hessian-free optimization; ICML 2010). Throws ShapeError unless the rank is 2, ValueError unless the
/// sparsity is from 0 to 1.
void sparse(const Tensor& tensor, double sparsity, double standard_deviation = 0.01,
            Generator& generator = default_generator());

}  // namespace init

/// Fills a layer's weight and, if it is defined, bias. An empty initializer means PyTorch's default: uniform
/// in +-1 / sqrt(fan in of the weight), for both.
void initialize(const Tensor& weight, const Initializer& weight_initializer, const Tensor& bias,
                const Initializer& bias_initializer);

}  // namespace taper::nn
