// The element-wise functions, reductions and scans that have kernels.
#pragma once

namespace taper::compute {

/// Functions of one floating operand.
enum class Unary {
  negate,  // from here on of integers, too
  abs,
  sign,
  square,
  sqrt,  // from here on integers and bools are converted to the default dtype
  reciprocal,
  exp,
  expm1,
  log,
  log1p,
  sin,
  cos,
  tanh,
  sigmoid,
  erf,
  relu,  // from here on they are refused
  normal_cdf,
  gelu,
  gelu_tanh,
  silu,
  softplus,
  floor,  // from here on integers are whole already
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
  pow,  // pow and what follows: floating dtypes only; see IntegerPair
  relu_gradient,
  sigmoid_gradient,
  tanh_gradient,
  count
};

/// More functions of one floating operand, which fewer programs call: their kernels are linked only where one
/// is. Integers and bools are converted to the default dtype.
enum class Special {
  rsqrt,
  cbrt,
  tan,
  asin,
  acos,
  atan,
  sinh,
  cosh,
  asinh,
  acosh,
  atanh,
  exp2,
  log2,
  log10,
  erfc,
  erfinv,
  logit,
  lgamma,
  digamma,
  mish,
  mish_slope,  // the derivative of mish; so below
  hardswish,
  hardswish_slope,
  trunc,  // integers are whole already
  count
};

/// Functions of two operands of one dtype, linked like Special.
enum class SpecialPair {
  atan2,
  hypot,
  logaddexp,
  xlogy,
  copysign,
  fmax,
  fmin,
  polygamma,  // of the order and the argument
  elu,        // of the argument and alpha
  elu_slope,
  floor_divide,  // from here on of integers, too
  remainder,
  fmod,
  left_shift,  // from here on of integers alone
  right_shift,
  count
};

/// Functions of two integers; those of bits of two bools, too.
enum class IntegerPair { bit_and, bit_or, bit_xor, power, count };

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
