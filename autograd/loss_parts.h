// What losses share: checks, weights, reductions.
#pragma once

#include <taper/tensor/cross_entropy.h>
#include <taper/tensor/tensor.h>

namespace taper::detail {

// `function` is the name that error messages begin with.

/// Throws DTypeError unless x and the target have one floating dtype, ShapeError unless they have one shape.
void check_pair(const char* function, const Tensor& x, const Tensor& target);
/// A target of any dtype in that of x, which is floating. Throws ShapeError unless it has the given shape.
Tensor target_like(const char* function, const Tensor& x, const Tensor& target, const Shape& shape);
/// Throws ShapeError or DTypeError unless a weight, if there is one, is [classes] in the dtype of x.
void check_class_weight(const char* function, const Tensor& x, const Tensor& weight, std::int64_t classes);
/// x, or `least` where x is below it; the gradient goes to x everywhere.
Tensor at_least(const char* function, const Tensor& x, double least);

/// What a mean of losses with weights divides by: their count or the sum of the weights.
enum class Divisor { count, weights };
/// The losses, times the weight if there is one, combined. Throws DTypeError if the weight has another dtype,
/// ShapeError if it does not broadcast to the shape of the losses.
Tensor reduced(const char* function, const Tensor& losses, Reduction reduction, const Tensor& weight = {},
               Divisor divisor = Divisor::count);

}  // namespace taper::detail
