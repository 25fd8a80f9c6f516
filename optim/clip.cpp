// Clipping of gradients.
#include <cmath>

#include <taper/autograd/grad_mode.h>
#include <taper/autograd/ops/arithmetic.h>
#include <taper/autograd/ops/math.h>
#include <taper/autograd/ops/reduce.h>
#include <taper/optim/clip.h>
#include <taper/optim/fields.h>
#include <taper/tensor/check.h>

namespace taper::optim {
namespace {

template <class Body>
void each_gradient(const char* function, const Parameters& parameters, Body&& body) {
  const NoGrad no_grad;
  for (const auto& [name, parameter] : parameters.list())
    compute::check_defined(function, parameter, "a parameter");
  for (const auto& [name, parameter] : parameters.list())
    if (const Tensor gradient = parameter.grad(); gradient.defined()) body(Tensor(parameter), gradient);
}

}  // namespace

double clip_grad_norm(const Parameters& parameters, double max_norm) {
  check("clip_grad_norm", {{"max_norm", &max_norm, range::not_negative}});
  double squares = 0;
  each_gradient("clip_grad_norm", parameters, [&](Tensor, const Tensor& gradient) {
    squares += sum(square(to(gradient, DType::float64))).item<double>();
  });
  const double norm = std::sqrt(squares), factor = max_norm / (norm + 1e-6);
  if (!(factor >= 1))
    each_gradient("clip_grad_norm", parameters,
                  [&](Tensor parameter, const Tensor& gradient) { parameter.set_grad(gradient * factor); });
  return norm;
}

void clip_grad_value(const Parameters& parameters, double clip_value) {
  check("clip_grad_value", {{"clip_value", &clip_value, range::not_negative}});
  each_gradient("clip_grad_value", parameters, [&](Tensor parameter, const Tensor& gradient) {
    parameter.set_grad(clip(gradient, -clip_value, clip_value));
  });
}

}  // namespace taper::optim
