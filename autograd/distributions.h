// Probability distributions: sampling, logarithms of probabilities, entropy, divergence.
#pragma once

#include <taper/tensor/elementwise.h>
#include <taper/tensor/random.h>
#include <taper/tensor/tensor.h>

namespace taper::distributions {

// An object holds one distribution for each element of its parameters, which are floating tensors or numbers
// and broadcast to shape(). What it computes is differentiable in the parameters and in the value.
//
// - sample() draws independent values of shape [shape..., shape()...], without a gradient.
// - rsample() draws the same values as functions of the parameters: their gradient is that of the values
//   (Kingma, Welling: Auto-encoding variational Bayes; 2014).
// - log_prob() is the logarithm of the probability, or of its density, of a value that broadcasts with
//   shape(): -inf where the value is impossible.
// - entropy() has the shape shape(), and so has kl_divergence(p, q), the mean of p's log_prob() - q's
//   log_prob() over values drawn from p, once both are broadcast.
//
// Constructors throw ValueError for parameters out of their range, DTypeError for those that are not
// floating, ShapeError where they don't broadcast, as values that don't.

/// Normal distributions.
class Normal {
 public:
  /// The deviations are above 0.
  explicit Normal(const Operand& mean = 0, const Operand& standard_deviation = 1);
  const Shape& shape() const { return mean_.shape(); }
  Tensor mean() const { return mean_; }
  Tensor standard_deviation() const { return deviation_; }
  Tensor variance() const;

  Tensor sample(const Shape& shape = {}, Generator& generator = default_generator()) const;
  Tensor rsample(const Shape& shape = {}, Generator& generator = default_generator()) const;
  Tensor log_prob(const Tensor& value) const;
  Tensor entropy() const;
  friend Tensor kl_divergence(const Normal& p, const Normal& q);

 private:
  Tensor mean_, deviation_;
};

/// Uniform distributions over [low, high).
class Uniform {
 public:
  /// Low is below high, and the difference is finite.
  explicit Uniform(const Operand& low = 0, const Operand& high = 1);
  const Shape& shape() const { return low_.shape(); }
  Tensor low() const { return low_; }
  Tensor high() const { return high_; }
  Tensor mean() const;
  Tensor variance() const;

  Tensor sample(const Shape& shape = {}, Generator& generator = default_generator()) const;
  Tensor rsample(const Shape& shape = {}, Generator& generator = default_generator()) const;
  Tensor log_prob(const Tensor& value) const;
  Tensor entropy() const;
  /// Infinite where q can't give all that p gives.
  friend Tensor kl_divergence(const Uniform& p, const Uniform& q);

 private:
  Tensor low_, high_;
};

/// The parameters of Bernoulli and Categorical, one of the two: Bernoulli({.logits = x}). Logits keep their
/// precision where a probability is near 0 or 1.
struct Odds {
  Tensor probabilities{}, logits{};
};

/// 1 with the given probability, else 0. With logits the probability is sigmoid(logits).
class Bernoulli {
 public:
  /// Probabilities are from 0 to 1; logits may be infinite.
  explicit Bernoulli(const Odds& odds);
  const Shape& shape() const { return one_.shape(); }
  Tensor probabilities() const { return one_; }
  Tensor mean() const { return one_; }
  Tensor variance() const;

  /// In the dtype of the parameters.
  Tensor sample(const Shape& shape = {}, Generator& generator = default_generator()) const;
  /// Values are 0 or 1; between them it is interpolated.
  Tensor log_prob(const Tensor& value) const;
  Tensor entropy() const;
  friend Tensor kl_divergence(const Bernoulli& p, const Bernoulli& q);

 private:
  Tensor one_, zero_, log_one_, log_zero_;  // the probabilities, and their logarithms
};

/// The indices 0..n-1 with the probabilities of the last axis [..., n]. With logits they are softmax(logits).
class Categorical {
 public:
  /// Probabilities are finite, at least 0, and divided by their sum, which is above 0. Logits may be -inf,
  /// but not all.
  explicit Categorical(const Odds& odds);
  const Shape& shape() const { return shape_; }
  Tensor probabilities() const { return probabilities_; }

  /// int64
  Tensor sample(const Shape& shape = {}, Generator& generator = default_generator()) const;
  /// Values are indices, without a gradient (DTypeError unless integers; IndexError out of range).
  Tensor log_prob(const Tensor& value) const;
  Tensor entropy() const;
  friend Tensor kl_divergence(const Categorical& p, const Categorical& q);

 private:
  Tensor probabilities_, logarithms_;
  Shape shape_;
};

}  // namespace taper::distributions
