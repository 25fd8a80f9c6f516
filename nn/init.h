// Initializers: fill a tensor in place, unrecorded. For floating dtypes: DTypeError otherwise.
#pragma once

#include <taper/tensor/function.h>
#include <taper/tensor/random.h>
#include <taper/tensor/tensor.h>

namespace taper::nn {

/// What layers take as an option: `.weight_initializer = nn::init::he_normal`, or any such function.
using Initializer = Function<void(const Tensor& tensor, Generator& generator)>;

namespace init {

// The tensor is a handle: its elements change. Weights are [out, in] or [out, in, height, width]; a weight's
// fan in is in * height * width, its fan out is out * height * width, and a vector's are its length, as in
// Keras. Truncated normals are cut at two standard deviations and scaled so that what remains has the
// deviation that is named.

void zeros(const Tensor& tensor, Generator& unused = default_generator());
void ones(const Tensor& tensor, Generator& unused = default_generator());
void constant(const Tensor& tensor, double value);
/// In [low, high).
void uniform(const Tensor& tensor, double low, double high, Generator& generator = default_generator());
void normal(const Tensor& tensor, double mean, double standard_deviation,
            Generator& generator = default_generator());
/// Normal, redrawn beyond two standard deviations.
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
/// In +-1 / sqrt(fan in): PyTorch's default for weights.
void fan_in_uniform(const Tensor& tensor, Generator& generator = default_generator());

}  // namespace init

/// Fills a layer's weight and, if defined, bias; what no initializer is given for as PyTorch does, with
/// +-1 / sqrt(fan in of the weight).
void initialize(const Tensor& weight, const Initializer& weight_initializer, const Tensor& bias,
                const Initializer& bias_initializer);

}  // namespace taper::nn
