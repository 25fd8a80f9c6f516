// Derivatives of functions, and checkpoints.
#include <algorithm>

#include <fmt/format.h>

#include <taper/autograd/backward.h>
#include <taper/autograd/functional.h>
#include <taper/autograd/graph.h>
#include <taper/autograd/ops/arithmetic.h>
#include <taper/autograd/ops/shape.h>
#include <taper/autograd/record.h>
#include <taper/tensor/check.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>
#include <taper/tensor/random.h>

namespace taper {
namespace {

// x as a variable of its own. What x was computed from, or another input was, does not lie behind it, unless
// `linked`.
Tensor variable(const Tensor& x, bool linked) {
  if (!is_floating(x.dtype())) return x;
  if (linked && x.requires_grad())
    return record("variable", x.detach(), {x}, [](const Tensor& g) { return g; });
  return x.detach().set_requires_grad();
}

// grad() of those ys that have a history and a cotangent; undefined where none has.
std::vector<Tensor> gradients_of(const std::vector<Tensor>& ys, const std::vector<Tensor>& cotangents,
                                 const std::vector<Tensor>& inputs, GradOptions options) {
  std::vector<Tensor> outputs, weights;
  for (std::size_t i = 0; i < ys.size(); ++i)
    if (ys[i].defined() && ys[i].requires_grad() && cotangents[i].defined()) {
      outputs.push_back(ys[i]);
      weights.push_back(cotangents[i]);
    }
  return outputs.empty() ? std::vector<Tensor>(inputs.size()) : grad(outputs, inputs, weights, options);
}

// A function at a point: its value, and what can be asked about it.
class Point {
 public:
  Point(const char* name, const TensorFunction& function, const std::vector<Tensor>& inputs, bool linked)
      : name_(name) {
    for (const Tensor& x : inputs) {
      compute::check_defined(name, x, "an input");
      variables.push_back(variable(x, linked));
    }
    if (std::none_of(variables.begin(), variables.end(),
                     [](const Tensor& x) { return is_floating(x.dtype()); }))
      throw ValueError(fmt::format("{}: expected at least one floating input", name));
    value = function(variables);
    compute::check_defined(name, value, "the function's result");
    compute::check_floating(name, value);
  }

  void require_one_element() const {
    if (value.numel() != 1)
      throw ShapeError(fmt::format("{}: expected a function whose result has one element, got shape {}",
                                   name_, to_string(value.shape())));
  }

  // The gradients of ys, weighted by the cotangents, by each variable; undefined for those that are not
  // floating.
  std::vector<Tensor> gradients(const std::vector<Tensor>& ys, const std::vector<Tensor>& cotangents,
                                GradOptions options) const {
    std::vector<Tensor> wanted, result;
    for (const Tensor& x : variables)
      if (is_floating(x.dtype())) wanted.push_back(x);
    const std::vector<Tensor> found = gradients_of(ys, cotangents, wanted, options);
    auto next = found.begin();
    for (const Tensor& x : variables) {
      Tensor gradient = is_floating(x.dtype()) ? *next++ : Tensor();
      if (!gradient.defined() && is_floating(x.dtype())) gradient = zeros_like(x);
      result.push_back(std::move(gradient));
    }
    return result;
  }
  std::vector<Tensor> gradients(bool create_graph) const {
    return gradients({value}, {ones_like(value)}, {.create_graph = create_graph});
  }

  // The derivatives of all elements of y: one tensor [y..., x...] for each variable x.
  std::vector<Tensor> jacobian(const Tensor& y, bool create_graph) const {
    std::vector<std::vector<Tensor>> rows(variables.size());
    for (std::int64_t i = 0; i < y.numel(); ++i) {
      const Tensor unit = zeros(y.numel(), y.dtype());
      assign(unit[i], 1);
      const std::vector<Tensor> row =
          gradients({y}, {reshape(unit, y.shape())}, {.retain_graph = true, .create_graph = create_graph});
      for (std::size_t k = 0; k < row.size(); ++k) rows[k].push_back(row[k]);
    }
    std::vector<Tensor> result;
    for (std::size_t k = 0; k < rows.size(); ++k) {
      const Tensor& x = variables[k];
      if (!is_floating(x.dtype())) {
        result.emplace_back();
        continue;
      }
      Shape shape = y.shape();
      for (const std::int64_t extent : x.shape()) shape.push_back(extent);
      result.push_back(rows[k].empty() ? zeros(shape, x.dtype()) : reshape(stack(rows[k]), shape));
    }
    return result;
  }

  void check_vectors(const std::vector<Tensor>& vectors) const {
    if (vectors.size() != variables.size())
      throw ValueError(fmt::format("{}: expected a vector for each of the {} inputs, got {}", name_,
                                   variables.size(), vectors.size()));
    for (std::size_t i = 0; i < vectors.size(); ++i) {
      if (!vectors[i].defined()) continue;
      compute::check_same_dtype(name_, variables[i], vectors[i], "the vector of an input");
      compute::check_shape(name_, vectors[i], variables[i].shape(), "the vector of an input");
    }
  }

  Tensor value;
  std::vector<Tensor> variables;

 private:
  const char* name_;
};

Tensor unlinked(const Tensor& x, bool create_graph) { return create_graph ? x : x.detach(); }

}  // namespace

ValueAndGradients grad_and_value(const TensorFunction& function, const std::vector<Tensor>& inputs,
                                 const DerivativeOptions& options) {
  const EnableGrad recording;
  const Point point("grad_and_value", function, inputs, options.create_graph);
  point.require_one_element();
  return {unlinked(point.value, options.create_graph), point.gradients(options.create_graph)};
}

ValueAndGradients vjp(const TensorFunction& function, const std::vector<Tensor>& inputs,
                      const Tensor& cotangent, const DerivativeOptions& options) {
  const EnableGrad recording;
  const Point point("vjp", function, inputs, options.create_graph);
  compute::check_defined("vjp", cotangent, "the cotangent");
  compute::check_same_dtype("vjp", point.value, cotangent, "the cotangent");
  compute::check_shape("vjp", cotangent, point.value.shape(), "the cotangent");
  return {unlinked(point.value, options.create_graph),
          point.gradients({point.value}, {cotangent}, {.create_graph = options.create_graph})};
}

ValueAndTangent jvp(const TensorFunction& function, const std::vector<Tensor>& inputs,
                    const std::vector<Tensor>& tangents, const DerivativeOptions& options) {
  const EnableGrad recording;
  const Point point("jvp", function, inputs, options.create_graph);
  point.check_vectors(tangents);
  // The gradient of value * v by the inputs is linear in v; the gradient of that by v, weighted by the
  // tangents, is theirs.
  const Tensor v = zeros_like(point.value).set_requires_grad();
  const std::vector<Tensor> products = point.gradients({point.value}, {v}, {.create_graph = true});
  const Tensor tangent = gradients_of(products, tangents, {v}, {.create_graph = options.create_graph})[0];
  return {unlinked(point.value, options.create_graph), tangent.defined() ? tangent : zeros_like(point.value)};
}

std::vector<Tensor> jacobian(const TensorFunction& function, const std::vector<Tensor>& inputs,
                             const DerivativeOptions& options) {
  const EnableGrad recording;
  const Point point("jacobian", function, inputs, options.create_graph);
  return point.jacobian(point.value, options.create_graph);
}

std::vector<std::vector<Tensor>> hessian(const TensorFunction& function, const std::vector<Tensor>& inputs,
                                         const DerivativeOptions& options) {
  const EnableGrad recording;
  const Point point("hessian", function, inputs, options.create_graph);
  point.require_one_element();
  std::vector<std::vector<Tensor>> result;
  for (const Tensor& gradient : point.gradients(true))
    result.push_back(gradient.defined() ? point.jacobian(gradient, options.create_graph)
                                        : std::vector<Tensor>(inputs.size()));
  return result;
}

ValueAndGradients hvp(const TensorFunction& function, const std::vector<Tensor>& inputs,
                      const std::vector<Tensor>& vectors, const DerivativeOptions& options) {
  const EnableGrad recording;
  const Point point("hvp", function, inputs, options.create_graph);
  point.require_one_element();
  point.check_vectors(vectors);
  // The Hessian is symmetric: its product with the vectors is the gradient of the gradients, weighted by
  // them.
  return {unlinked(point.value, options.create_graph),
          point.gradients(point.gradients(true), vectors, {.create_graph = options.create_graph})};
}

namespace {

// A tensor without elements at a leaf's place in the graph, as an input of record() and grad().
Tensor stand_in(Node* leaf) {
  Tensor x = Tensor::empty({0}, leaf->dtype);
  x.value().slot = Reference<AutogradSlot>(leaf);
  return x;
}

}  // namespace

Tensor checkpoint(const TensorFunction& function, const std::vector<Tensor>& inputs) {
  for (const Tensor& x : inputs) compute::check_defined("checkpoint", x, "an input");
  if (!grad_enabled()) return function(inputs);
  const Generator random(default_generator());
  Tensor value;
  std::vector<Tensor> captured;  // stand-ins for leaves
  {
    std::vector<Tensor> variables;
    variables.reserve(inputs.size());
    for (const Tensor& x : inputs) variables.push_back(x.requires_grad() ? variable(x, false) : x);
    const Tensor y = function(variables);
    compute::check_defined("checkpoint", y, "the function's result");
    value = y.detach();
    for (const auto& each : detail::reachable({y}))
      if (Node* const node = each.second;
          node->is_leaf() && std::none_of(variables.begin(), variables.end(),
                                          [&](const Tensor& x) { return node_of(x) == node; }))
        captured.push_back(stand_in(node));
  }
  std::vector<Input> all;
  all.reserve(inputs.size() + captured.size());
  for (const Tensor& x : inputs) all.emplace_back(save(x));
  for (const Tensor& leaf : captured) all.emplace_back(leaf);
  const auto backward = [function, random, captured, count = inputs.size()](const Backward& at,
                                                                            const Tensor& g) {
    const bool linked = grad_enabled();
    const EnableGrad recording;
    std::vector<Tensor> variables, wanted;
    for (std::size_t i = 0; i < count; ++i) {
      const Tensor x = at.input(static_cast<int>(i));
      variables.push_back(at.needs(static_cast<int>(i)) ? variable(x, linked) : x.detach());
    }
    for (std::size_t i = 0; i < count + captured.size(); ++i)
      if (at.needs(static_cast<int>(i))) wanted.push_back(i < count ? variables[i] : captured[i - count]);
    const Tensor y = [&] {
      const RandomScope again(random);
      return function(variables);
    }();
    if (!y.defined() || y.shape() != g.shape() || y.dtype() != g.dtype())
      throw ValueError(fmt::format(
          "checkpoint: the function gave a {} tensor of shape {} at first, and {} when it was called again",
          name(g.dtype()), to_string(g.shape()),
          y.defined() ? fmt::format("a {} one of shape {}", name(y.dtype()), to_string(y.shape()))
                      : "an undefined one"));
    const std::vector<Tensor> found =
        gradients_of({y}, {g}, wanted, {.create_graph = linked, .call_hooks = false});
    std::vector<Tensor> result(count + captured.size());
    auto next = found.begin();
    for (std::size_t i = 0; i < result.size(); ++i)
      if (at.needs(static_cast<int>(i))) result[i] = *next++;
    return result;
  };
  return record("checkpoint", std::move(value), std::span<const Input>(all), backward);
}

}  // namespace taper
