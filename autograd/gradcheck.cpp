// Gradcheck: analytic gradients against central differences.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include <taper/autograd/backward.h>
#include <taper/autograd/grad_mode.h>
#include <taper/autograd/gradcheck.h>
#include <taper/autograd/ops/shape.h>
#include <taper/tensor/create.h>
#include <taper/tensor/elementwise.h>
#include <taper/tensor/error.h>
#include <taper/tensor/random.h>

namespace taper {
namespace {

using Values = std::vector<double>;

void check_float64(const char* function, const Tensor& x, const std::string& what) {
  if (x.dtype() != DType::float64)
    throw DTypeError(fmt::format("{}: {} must be float64, for float32 has too few digits; got {}", function,
                                 what, name(x.dtype())));
}

// Leaves with the values of `inputs`, which share nothing with them.
std::vector<Tensor> copies(const char* function, const std::vector<Tensor>& inputs) {
  std::vector<Tensor> result;
  bool any = false;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    result.push_back(compute::cast(inputs[i], inputs[i].dtype()));
    if (!inputs[i].requires_grad()) continue;
    check_float64(function, inputs[i], fmt::format("input {}", i));
    result.back().set_requires_grad();
    any = true;
  }
  if (!any)
    throw ValueError(
        fmt::format("{}: at least one of the {} inputs must require a gradient", function, inputs.size()));
  return result;
}

// The weights are well away from 0, so that none hides an error, and all different.
Tensor random_cotangent(const Shape& shape, std::uint64_t seed) {
  Generator generator(seed);
  return uniform(shape, 0.5, 1.5, DType::float64, generator);
}

std::string element(const Shape& shape, std::int64_t i) {
  Shape index = shape;
  for (int axis = shape.rank() - 1; axis >= 0; --axis) {
    index[axis] = i % shape[axis];
    i /= shape[axis];
  }
  return to_string(index);
}

// The gradients of `inputs`, zeros where the output does not depend on them.
std::vector<Tensor> gradients(const Tensor& output, const std::vector<Tensor>& inputs,
                              const Tensor& cotangent, GradOptions options) {
  std::vector<Tensor> result(inputs.size());
  if (output.requires_grad()) result = grad({output}, inputs, {cotangent}, options);
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (!result[i].defined()) result[i] = zeros_like(inputs[i]);
  return result;
}

void check(const char* name, const TensorFunction& function, const std::vector<Tensor>& given,
           const GradcheckOptions& options) {
  const EnableGrad enable;
  const std::vector<Tensor> inputs = copies(name, given);
  const Tensor output = function(inputs);
  check_float64(name, output, "the result");
  const Tensor cotangent = random_cotangent(output.shape(), options.seed);
  const Values weights = cotangent.to_vector<double>(), values = output.to_vector<double>();

  const auto evaluate = [&](const std::vector<Tensor>& at) {
    const NoGrad guard;
    const Tensor result = function(at);
    if (result.shape() != output.shape())
      throw ValueError(fmt::format("{}: the function gave results of shapes {} and {}", name,
                                   to_string(output.shape()), to_string(result.shape())));
    return result.to_vector<double>();
  };
  const auto same = [](double a, double b) { return a == b || (a != a && b != b); };
  const Values again = evaluate(inputs);
  if (!std::equal(values.begin(), values.end(), again.begin(), same))
    throw ValueError(fmt::format("{}: the function gave two different results for the same inputs", name));

  std::vector<std::size_t> wanted;
  std::vector<Tensor> leaves;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (!inputs[i].requires_grad()) continue;
    wanted.push_back(i);
    leaves.push_back(inputs[i]);
  }
  const std::vector<Tensor> analytic = gradients(output, leaves, cotangent, {});
  for (std::size_t k = 0; k < wanted.size(); ++k) {
    const Tensor& x = leaves[k];
    const Values gradient = analytic[k].to_vector<double>();
    Values moved = x.to_vector<double>();
    for (std::size_t i = 0; i < moved.size(); ++i) {
      const double centre = moved[i], step = options.epsilon * std::max(1.0, std::abs(centre));
      const auto at = [&](double value) {
        moved[i] = value;
        std::vector<Tensor> there = inputs;
        there[wanted[k]] = from_data(moved, x.shape());
        return evaluate(there);
      };
      const Values up = at(centre + step), down = at(centre - step);
      moved[i] = centre;
      double numeric = 0;
      for (std::size_t j = 0; j < up.size(); ++j) numeric += weights[j] * (up[j] - down[j]);
      numeric /= (centre + step) - (centre - step);
      const double tolerance =
          options.absolute_tolerance +
          options.relative_tolerance * std::max(std::abs(gradient[i]), std::abs(numeric));
      if (!(std::abs(gradient[i] - numeric) <= tolerance))  // also when one is NaN
        throw ValueError(fmt::format(
            "{}: input {}, element {} (value {}): the gradient is {}, central differences give {}", name,
            wanted[k], element(x.shape(), static_cast<std::int64_t>(i)), centre, gradient[i], numeric));
    }
  }
}

}  // namespace

bool gradcheck(const TensorFunction& function, const std::vector<Tensor>& inputs,
               const GradcheckOptions& options) {
  check("gradcheck", function, inputs, options);
  return true;
}

bool gradgradcheck(const TensorFunction& function, const std::vector<Tensor>& inputs,
                   const GradcheckOptions& options) {
  const Tensor output = [&] {
    const NoGrad guard;
    return function(copies("gradgradcheck", inputs));
  }();
  check_float64("gradgradcheck", output, "the result");
  std::vector<Tensor> all = inputs;
  all.push_back(random_cotangent(output.shape(), options.seed + 1).set_requires_grad());

  // All gradients in one row, as a function of the inputs and the cotangent.
  const auto gradient = [&](const std::vector<Tensor>& given) {
    const EnableGrad enable;
    std::vector<Tensor> at = given, leaves;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (!inputs[i].requires_grad()) continue;
      if (!at[i].requires_grad()) at[i] = at[i].detach().set_requires_grad();
      leaves.push_back(at[i]);
    }
    const Tensor cotangent = at.back();
    at.pop_back();
    std::vector<Tensor> row;
    for (const Tensor& g : gradients(function(at), leaves, cotangent, {.create_graph = true}))
      row.push_back(flatten(g));
    return concat(row);
  };
  check("gradgradcheck", gradient, all, options);
  return true;
}

}  // namespace taper
