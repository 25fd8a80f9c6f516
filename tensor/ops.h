// The element-wise functions and the reductions that have kernels.
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

}  // namespace taper::compute
