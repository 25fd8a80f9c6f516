// Gradcheck: compares gradients with finite differences. For tests of the library's operations and of your
// own.
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
  /// The step of the finite differences; multiplied by |x| for elements with |x| > 1.
  double epsilon = 1e-5;
  /// The gradient passes if |analytic - numeric| <= absolute_tolerance + relative_tolerance * max(|analytic|,
  /// |numeric|).
  double absolute_tolerance = 1e-7;
  double relative_tolerance = 1e-6;
  /// The seed of the random cotangent. The default generator is not used.
  std::uint64_t seed = 0;
};

/// Checks the gradient of sum(cotangent * function(inputs)), with a random cotangent, for every element of
/// every input that requires a gradient: it must agree with central differences, and with the gradient
/// computed with create_graph. Inputs that require a gradient must be float64; others are passed to the
/// function as they are. The function receives copies of the inputs, and may itself call grad(). Choose
/// inputs that are not close to points where the function is not differentiable or not defined.
///
/// Returns true, or throws. ValueError: the gradients disagree (the message names the input, the element and
/// both values), two calls of the function give different results, or no input requires a gradient.
/// DTypeError: an input that requires a gradient, or the result, is not float64.
///
///     gradcheck([](const auto& in) { return log(in[0]) * in[1]; }, {x.set_requires_grad(), y});
bool gradcheck(const TensorFunction& function, const std::vector<Tensor>& inputs,
               const GradcheckOptions& options = {});

/// The same for the gradient of `function`: checks the second derivatives with respect to the inputs and to
/// the cotangent, which error messages count as one more input after the others. The gradient computed with
/// create_graph is differentiated, and compared with finite differences of the one computed without.
bool gradgradcheck(const TensorFunction& function, const std::vector<Tensor>& inputs,
                   const GradcheckOptions& options = {});

}  // namespace taper
