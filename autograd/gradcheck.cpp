// Gradcheck: compares gradients with central differences.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include <taper/autograd/backward.h>
#include <taper/autograd/grad_mode.h>
#include <taper/autograd/gradcheck.h>
#include <taper/autograd/ops/shape.h>
#include <taper/tensor/check.h>
#include <taper/tensor/create.h>
#include <taper/tensor/elementwise.h>
#include <taper/tensor/error.h>
#include <taper/tensor/random.h>

namespace taper {
namespace {

using Values = std::vector<double>;

void check_float64(const char* function, const Tensor& x, const std::string& what) {
  compute::check_defined(function, x, what.c_str());
  if (x.dtype() != DType::float64)
    throw DTypeError(fmt::format("{}: {} must be float64, because float32 has too few digits, got {}",
                                 function, what, name(x.dtype())));
}

// New leaves with copies of the values of `inputs`.
std::vector<Tensor> copies(const char* function, const std::vector<Tensor>& inputs) {
  std::vector<Tensor> result;
  bool any = false;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    compute::check_defined(function, inputs[i], "an input");
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

// The elements are all different, and not close to 0, so that none of them can hide an error.
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

// The gradient of each input that requires one; zeros if the output does not depend on the input.
std::vector<Tensor> gradients(const Tensor& output, const std::vector<Tensor>& inputs,
                              const Tensor& cotangent, bool create_graph) {
  std::vector<Tensor> leaves, found, result;
  for (const Tensor& x : inputs)
    if (x.requires_grad()) leaves.push_back(x);
  found.resize(leaves.size());
  if (output.requires_grad())
    found = grad({output}, leaves, {cotangent}, {.retain_graph = true, .create_graph = create_graph});
  std::size_t next = 0;
  for (const Tensor& x : inputs) {
    result.push_back(x.requires_grad() ? found[next++] : Tensor());
    if (x.requires_grad() && !result.back().defined()) result.back() = zeros_like(x);
  }
  return result;
}

// The index of the first element that differs by more than rounding between two computations of the same
// values, or -1.
std::int64_t difference(const Values& a, const Values& b) {
  double largest = 1;
  for (const double x : a)
    if (std::isfinite(x)) largest = std::max(largest, std::abs(x));
  for (std::size_t i = 0; i < a.size(); ++i) {
    const bool same = a[i] == b[i] || (a[i] != a[i] && b[i] != b[i]);
    if (!same && !(std::abs(a[i] - b[i]) <= 1e-10 * largest)) return static_cast<std::int64_t>(i);
  }
  return -1;
}

// An operation may compute its gradient in two ways, with and without create_graph, so both are computed and
// must agree.
std::vector<Tensor> checked_gradients(const char* name, const Tensor& output,
                                      const std::vector<Tensor>& inputs, const Tensor& cotangent) {
  std::vector<Tensor> plain = gradients(output, inputs, cotangent, false);
  const std::vector<Tensor> recorded = gradients(output, inputs, cotangent, true);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (!plain[i].defined()) continue;
    const Values a = plain[i].to_vector<double>(), b = recorded[i].to_vector<double>();
    if (const std::int64_t at = difference(a, b); at >= 0)
      throw ValueError(fmt::format("{}: input {}, element {}: the gradient is {}, with create_graph it is {}",
                                   name, i, element(inputs[i].shape(), at), a[static_cast<std::size_t>(at)],
                                   b[static_cast<std::size_t>(at)]));
  }
  return plain;
}

// Compares the gradient of `function` with finite differences of `evaluated`, which computes the same values.
void check(const char* name, const TensorFunction& function, const TensorFunction& evaluated,
           const std::vector<Tensor>& given, const GradcheckOptions& options) {
  const std::vector<Tensor> inputs = copies(name, given);
  const Tensor output = function(inputs);
  check_float64(name, output, "the result");
  const Tensor cotangent = random_cotangent(output.shape(), options.seed);
  const Values weights = cotangent.to_vector<double>();

  const auto evaluate = [&](const std::vector<Tensor>& at) {
    const Tensor result = evaluated(at);
    if (result.shape() != output.shape())
      throw ValueError(fmt::format("{}: the function returned results of shapes {} and {}", name,
                                   to_string(output.shape()), to_string(result.shape())));
    return result.to_vector<double>();
  };
  if (difference(output.to_vector<double>(), evaluate(inputs)) >= 0)
    throw ValueError(
        fmt::format("{}: the function returned two different results for the same inputs", name));

  const std::vector<Tensor> analytic = checked_gradients(name, output, inputs, cotangent);
  for (std::size_t k = 0; k < inputs.size(); ++k) {
    if (!analytic[k].defined()) continue;
    const Tensor& x = inputs[k];
    const Values gradient = analytic[k].to_vector<double>();
    Values moved = x.to_vector<double>();
    for (std::size_t i = 0; i < moved.size(); ++i) {
      const double centre = moved[i], step = options.epsilon * std::max(1.0, std::abs(centre));
      const auto at = [&](double value) {
        moved[i] = value;
        std::vector<Tensor> there = inputs;
        there[k] = from_data(moved, x.shape()).set_requires_grad();
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
      if (!(std::abs(gradient[i] - numeric) <= tolerance))  // also true if one of them is NaN
        throw ValueError(fmt::format(
            "{}: input {}, element {} (value {}): the gradient is {}, central differences give {}", name, k,
            element(x.shape(), static_cast<std::int64_t>(i)), centre, gradient[i], numeric));
    }
  }
}

}  // namespace

bool gradcheck(const TensorFunction& function, const std::vector<Tensor>& inputs,
               const GradcheckOptions& options) {
  const EnableGrad enable;
  check("gradcheck", function, function, inputs, options);
  return true;
}

bool gradgradcheck(const TensorFunction& function, const std::vector<Tensor>& inputs,
                   const GradcheckOptions& options) {
  const EnableGrad enable;
  const std::vector<Tensor> start = copies("gradgradcheck", inputs);
  const Tensor output = function(start);
  check_float64("gradgradcheck", output, "the result");
  const Tensor cotangent = random_cotangent(output.shape(), options.seed + 1).set_requires_grad();
  checked_gradients("gradgradcheck", output, start, cotangent);

  // All gradients, concatenated, as a function of the inputs and the cotangent. The gradients with
  // create_graph are differentiated, and compared with differences of those without, so the reference is
  // independent.
  const auto gradient = [&](bool create_graph) {
    return [&function, create_graph](const std::vector<Tensor>& given) {
      const std::vector<Tensor> at(given.begin(), given.end() - 1);
      std::vector<Tensor> row;
      for (const Tensor& g : gradients(function(at), at, given.back(), create_graph))
        if (g.defined()) row.push_back(flatten(g));
      return concat(row);
    };
  };
  std::vector<Tensor> all = inputs;
  all.push_back(cotangent);
  check("gradgradcheck", gradient(true), gradient(false), all, options);
  return true;
}

}  // namespace taper
