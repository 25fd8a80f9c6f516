// The element-wise functions, reductions and scans that have kernels.
#pragma once

namespace taper::compute {

/// Functions of one floating operand.
enum class Unary {
  negate,
  abs,
  sign,
  square,
  sqrt,
  reciprocal,
  exp,
  expm1,
  log,
  log1p,
  sin,
  cos,
  tanh,
  sigmoid,
  relu,
  normal_cdf,
  gelu,
  gelu_tanh,
  silu,
  softplus,
  erf,
  floor,
  ceil,
  round,
  count
};

/// Functions of two operands of one dtype. The *_gradient kernels take (g, y or x): see
/// autograd/ops/activation.cpp.
enum class Binary {
  add,
  subtract,
  multiply,
  divide,
  maximum,
  minimum,
  pow,  // pow and what follows: floating dtypes only
  relu_gradient,
  sigmoid_gradient,
  tanh_gradient,
  count
};

/// Comparisons of two operands of one dtype; the result is boolean.
enum class Comparison { equal, not_equal, less, less_equal, greater, greater_equal, count };

/// How an axis is reduced.
enum class ReduceOp { sum, maximum, minimum, count };
/// Other ways, with kernels of their own, which only programs that use them contain.
enum class Aggregate {
  product,  // of integers int64
  nonzero,  // how many, int64
  any,      // bool, as all
  all,
  nan_sum,  // and what follows: floating dtypes only
  sum_of_squares,
  sum_of_magnitudes,
  largest_magnitude,
  smallest_magnitude,
  count
};

/// What a scan gives for an element: the sum, product, log(sum(exp)) of all up to it.
enum class ScanOp { sum, product, logsumexp, count };

}  // namespace taper::compute
