// Derivatives of functions: products with the Jacobian, the Jacobian, the Hessian; and checkpoints, which
// trade time for memory.
#pragma once

#include <vector>

#include <taper/autograd/gradcheck.h>

namespace taper {

// The functions below call `function` with copies of the inputs that share their elements, under recording,
// also inside a NoGrad. Floating inputs are differentiated, whether they require a gradient or not; others
// (labels, masks) are passed on, and what concerns them is undefined in the results. Where the result does
// not depend on an input, its derivative is zeros. All throw ValueError that names the function called if the
// result of `function` is undefined or not floating, or if no input is floating; ShapeError or DTypeError for
// a vector that does not fit.

/// Options of derivatives.
struct DerivativeOptions {
  /// Record the derivatives, so that they can be differentiated with respect to the inputs that require a
  /// gradient.
  bool create_graph = false;
};

/// A function's value, and one tensor for each input.
struct ValueAndGradients {
  Tensor value;
  std::vector<Tensor> gradients;
};

/// The value of a function with one element as its result, and its gradients. torch.func.grad_and_value.
///
///     const auto [loss, gradients] = grad_and_value([](const auto& in) { return sum(square(in[0])); }, {x});
ValueAndGradients grad_and_value(const TensorFunction& function, const std::vector<Tensor>& inputs,
                                 const DerivativeOptions& options = {});

/// The value, and the product of `cotangent` (of the value's shape and dtype) with the Jacobian: one backward
/// pass. torch.autograd.functional.vjp.
ValueAndGradients vjp(const TensorFunction& function, const std::vector<Tensor>& inputs,
                      const Tensor& cotangent, const DerivativeOptions& options = {});

/// A function's value, and its derivative along a direction.
struct ValueAndTangent {
  Tensor value, tangent;
};

/// The value, and the product of the Jacobian with `tangents`, one for each input and of its shape and dtype
/// (undefined: zeros): the gradient of a vjp by its cotangent. torch.autograd.functional.jvp.
ValueAndTangent jvp(const TensorFunction& function, const std::vector<Tensor>& inputs,
                    const std::vector<Tensor>& tangents, const DerivativeOptions& options = {});

/// For each input the derivatives of all elements of the result, of shape [result..., input...]: one backward
/// pass for each element. torch.autograd.functional.jacobian.
std::vector<Tensor> jacobian(const TensorFunction& function, const std::vector<Tensor>& inputs,
                             const DerivativeOptions& options = {});

/// The second derivatives of a function with one element as its result: [i][j] has shape [input i..., input
/// j...]. torch.autograd.functional.hessian.
std::vector<std::vector<Tensor>> hessian(const TensorFunction& function, const std::vector<Tensor>& inputs,
                                         const DerivativeOptions& options = {});

/// The value of such a function, and the product of its Hessian with `vectors`, one for each input
/// (undefined: zeros): two backward passes. torch.autograd.functional.hvp.
ValueAndGradients hvp(const TensorFunction& function, const std::vector<Tensor>& inputs,
                      const std::vector<Tensor>& vectors, const DerivativeOptions& options = {});

/// function(inputs), of which the graph keeps the inputs alone: what lies between is computed again when a
/// gradient is asked for, with the same random numbers of the default generator. So a chain of n blocks keeps
/// n inputs, rather than all values inside of the blocks, and costs one more forward pass (Chen, Xu, Zhang,
/// Guestrin: Training deep nets with sublinear memory cost, 2016; torch.utils.checkpoint).
///
/// Gradients, also of gradients and by grad(), reach the inputs and the leaves that the function captures,
/// such as the parameters of a layer. What it captures must be there, unchanged, when the gradient is
/// computed; what it changes, such as running statistics, changes twice. Throws ValueError if the function
/// gives another shape or dtype the second time.
///
///     h = checkpoint([&](const auto& in) { return block(in[0]); }, {h});
Tensor checkpoint(const TensorFunction& function, const std::vector<Tensor>& inputs);

}  // namespace taper
