// Initializers fill a tensor in place, not recorded by autograd. For floating dtypes only (DTypeError
// otherwise).
#pragma once

#include <taper/tensor/function.h>
#include <taper/tensor/random.h>
#include <taper/tensor/tensor.h>

namespace taper::nn {

/// The type of the initializer options of layers: `.weight_initializer = nn::init::he_normal`, or any
/// function with this signature.
using Initializer = Function<void(const Tensor& tensor, Generator& generator)>;

namespace init {

// The argument is const because a Tensor is a handle; its elements are overwritten. Weights are [out, in] or
// [out, in, height, width]. Fan in is in * height * width, fan out is out * height * width; for a vector both
// are its length, as in Keras. The *_normal initializers with a given variance draw from a normal
// distribution truncated at two standard deviations, scaled so that the truncated distribution has that
// variance.

void zeros(const Tensor& tensor, Generator& unused = default_generator());
void ones(const Tensor& tensor, Generator& unused = default_generator());
void constant(const Tensor& tensor, double value);
/// Uniform in [low, high).
void uniform(const Tensor& tensor, double low, double high, Generator& generator = default_generator());
void normal(const Tensor& tensor, double mean, double standard_deviation,
            Generator& generator = default_generator());
/// Normal, where values more than two standard deviations from the mean are drawn again.
void truncated_normal(const Tensor& tensor, double mean, double standard_deviation,
                      Generator& generator = default_generator());

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
/// Uniform in +-1 / sqrt(fan in): PyTorch's default for the weights of Linear and Conv2d.
void fan_in_uniform(const Tensor& tensor, Generator& generator = default_generator());

}  // namespace init

/// Fills a layer's weight and, if it is defined, bias. An empty initializer means PyTorch's default: uniform
/// in +-1 / sqrt(fan in of the weight), for both.
void initialize(const Tensor& weight, const Initializer& weight_initializer, const Tensor& bias,
                const Initializer& bias_initializer);

}  // namespace taper::nn
