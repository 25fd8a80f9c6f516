// Gradcheck: compares gradients with finite differences. For tests of operations, the library's and your own.
#pragma once

#include <cstdint>
#include <vector>

#include <taper/tensor/function.h>
#include <taper/tensor/tensor.h>

namespace taper {

/// What gradcheck tests: any function of several tensors, written with differentiable operations.
using TensorFunction = Function<Tensor(const std::vector<Tensor>& inputs)>;

/// Options of gradcheck and gradgradcheck.
struct GradcheckOptions {
  /// The step of the differences, multiplied by |x| for elements beyond 1.
  double epsilon = 1e-5;
  /// |analytic - numeric| <= absolute_tolerance + relative_tolerance * max(|analytic|, |numeric|).
  double absolute_tolerance = 1e-7;
  double relative_tolerance = 1e-6;
  /// Of the random cotangent; the default generator is left alone.
  std::uint64_t seed = 0;
};

/// Compares the gradient of `function`, weighted by a random cotangent, with central differences, for every
/// element of every input that requires a gradient, and the gradient computed for its own sake with the one
/// that is recorded (create_graph). Inputs that require a gradient must be float64; others are passed
/// through. The function gets copies, and may itself call grad(). Keep the inputs away from kinks and from
/// the borders of the domain.
///
/// Returns true, or throws: ValueError that names the input, the element and both values if they disagree, if
/// two calls give different values, or if no input requires a gradient; DTypeError unless the inputs and the
/// result are float64.
///
///     gradcheck([](const auto& in) { return log(in[0]) * in[1]; }, {x.set_requires_grad(), y});
bool gradcheck(const TensorFunction& function, const std::vector<Tensor>& inputs,
               const GradcheckOptions& options = {});

/// The same for the gradient itself: checks the second derivatives with respect to the inputs and to the
/// cotangent, which is counted as one more input behind the others. The recorded gradient is differentiated,
/// the differences are those of the unrecorded one.
bool gradgradcheck(const TensorFunction& function, const std::vector<Tensor>& inputs,
                   const GradcheckOptions& options = {});

}  // namespace taper
