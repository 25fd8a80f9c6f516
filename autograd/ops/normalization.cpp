// Batch and layer normalization, with their gradients.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include <taper/autograd/ops/arithmetic.h>
#include <taper/autograd/ops/math.h>
#include <taper/autograd/ops/normalization.h>
#include <taper/autograd/ops/reduce.h>
#include <taper/autograd/ops/shape.h>
#include <taper/autograd/record.h>
#include <taper/tensor/check.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>
#include <taper/tensor/normalization.h>

namespace taper {
namespace {

// Which elements of x are normalized together, in the form for the kernels and for differentiable operations.
struct Division {
  compute::NormalizationShape shape;
  Axes axes;               // the axes that mean and variance are taken over
  Shape parameters;        // the shape of weight and bias in which they broadcast to x
  Shape parameters_given;  // the shape in which weight and bias are given

  Tensor flat(const Tensor& parameter, const Tensor& x, double otherwise) const {
    return parameter.defined() ? compute::contiguous(parameter.detach())
                               : full({parameters.numel()}, otherwise, x.dtype());
  }
};

// Weight or bias as an input of an operation; a number if it is undefined.
Input input_of(const Tensor& parameter, double otherwise) {
  return parameter.defined() ? Input(save(parameter)) : save(Operand(otherwise));
}

void check_parameter(const char* function, const Tensor& x, const Tensor& parameter, const Shape& shape,
                     const char* what) {
  if (!parameter.defined()) return;
  compute::check_shape(function, parameter, shape, what);
  compute::check_same_dtype(function, x, parameter, what);
}

// (x - mean) * scale * weight + bias with given statistics, which are constants for the gradient.
Tensor with_statistics(const char* name, const Division& division, const Tensor& x, const Tensor& mean,
                       const Tensor& variance, const Tensor& weight, const Tensor& bias, double epsilon) {
  const Tensor centre =
      compute::cast(mean.detach(), x.dtype());  // a copy, because the running mean will change
  const Tensor scale = compute::reciprocal_root(name, compute::contiguous(variance.detach()), epsilon);
  Tensor y = compute::normalize(name, compute::contiguous(x.detach()), division.shape, centre, scale,
                                division.flat(weight, x, 1), division.flat(bias, x, 0));
  const Tensor m = centre.alias(Layout(division.parameters)), s = scale.alias(Layout(division.parameters));
  return record(name, std::move(y), {save(x), input_of(weight, 1), input_of(bias, 0)},
                [shape = division.parameters, given = division.parameters_given, m, s,
                 has_weight = weight.defined()](const Backward& at, const Tensor& g) {
                  return at.each([&] { return g * (has_weight ? reshape(at.input(1), shape) * s : s); },
                                 [&] { return reshape(sum_to(g * (at.input(0) - m) * s, shape), given); },
                                 [&] { return reshape(sum_to(g, shape), given); });
                });
}

// The gradients as differentiable operations; mean and scale depend on x.
std::array<Tensor, 3> recorded_gradients(const Backward& at, const Tensor& g, const Division& division,
                                         double epsilon, bool has_weight) {
  const Axes& axes = division.axes;
  const Tensor centred = at.input(0) - mean(at.input(0), axes, true);
  const Tensor scale = 1 / sqrt(mean(square(centred), axes, true) + epsilon), normal = centred * scale;
  return at.each(
      [&] {
        const Tensor h = has_weight ? g * reshape(at.input(1), division.parameters) : g;
        return scale * (h - mean(h, axes, true) - normal * mean(h * normal, axes, true));
      },
      [&] { return reshape(sum_to(g * normal, division.parameters), division.parameters_given); },
      [&] { return reshape(sum_to(g, division.parameters), division.parameters_given); });
}

// The same with the statistics of x, which are returned in `normalized`. The gradient is computed by a
// kernel, or by differentiable operations if it is recorded itself.
Tensor with_own_statistics(const char* name, const Division& division, const Tensor& x, const Tensor& weight,
                           const Tensor& bias, double epsilon, compute::Normalized& normalized) {
  normalized = compute::normalize(name, compute::contiguous(x.detach()), division.shape,
                                  division.flat(weight, x, 1), division.flat(bias, x, 0), epsilon);
  return record(name, std::move(normalized.y), {save(x), input_of(weight, 1), input_of(bias, 0)},
                [name, division, mean = normalized.mean, scale = normalized.scale, epsilon,
                 has_weight = weight.defined()](const Backward& at, const Tensor& g) {
                  if (grad_enabled()) return recorded_gradients(at, g, division, epsilon, has_weight);
                  const Tensor x = at.input(0);
                  compute::NormalizationGradients gradients = compute::normalize_gradient(
                      name, compute::contiguous(x), compute::contiguous(g), division.shape, mean, scale,
                      division.flat(has_weight ? at.input(1) : Tensor(), x, 1), at.needs(0));
                  const auto shaped = [&](const Tensor& flat) {
                    return flat.alias(Layout(division.parameters_given));
                  };
                  return at.each([&] { return gradients.x; }, [&] { return shaped(gradients.weight); },
                                 [&] { return shaped(gradients.bias); });
                });
}

// Throws unless the running statistics can be updated in place.
void check_writable(const Tensor& running, const char* what) {
  if (running.defined() && running.layout().overlaps())
    throw ValueError(
        fmt::format("batch_norm: the elements of {} share memory, so it cannot be updated; copy the result "
                    "of expand() first, for example with contiguous(x)",
                    what));
}

// Updates the running statistics with those of a batch of `count` values per channel.
void update(const Tensor& running_mean, const Tensor& running_variance, const compute::Normalized& batch,
            double count, double momentum, bool unbiased = true) {
  if (!running_mean.defined()) return;
  const NoGrad guard;
  // Both are computed before either is changed, so both stay unchanged if memory runs out.
  const Tensor mean = (1 - momentum) * running_mean + momentum * batch.mean;
  const Tensor variance =
      (1 - momentum) * running_variance + (momentum * (unbiased ? count / (count - 1) : 1)) * batch.variance;
  Tensor mean_place = running_mean, variance_place = running_variance;
  compute::copy(mean_place, mean);
  compute::copy(variance_place, variance);
}

}  // namespace

Tensor batch_norm(const Tensor& x, const Tensor& running_mean, const Tensor& running_variance,
                  const Tensor& weight, const Tensor& bias, const BatchNormOptions& options) {
  compute::check_floating("batch_norm", x);
  if (x.rank() < 2)
    throw ShapeError(
        fmt::format("batch_norm: expected [N, C] or [N, C, ...], got shape {}", to_string(x.shape())));
  const std::int64_t channels = x.shape()[1];
  check_parameter("batch_norm", x, running_mean, {channels}, "a running mean");
  check_parameter("batch_norm", x, running_variance, {channels}, "a running variance");
  check_parameter("batch_norm", x, weight, {channels}, "a weight");
  check_parameter("batch_norm", x, bias, {channels}, "a bias");
  if (!(options.epsilon >= 0) || !(options.momentum >= 0 && options.momentum <= 1))
    throw ValueError(fmt::format(
        "batch_norm: expected an epsilon of at least 0 and a momentum between 0 and 1, got {} and {}",
        options.epsilon, options.momentum));
  if (running_mean.defined() != running_variance.defined())
    throw ValueError(
        "batch_norm: expected a running mean and a running variance or neither, got one of them");
  Division division;
  division.parameters = Shape::filled(x.rank() - 1, 1);
  division.parameters[0] = channels;
  division.parameters_given = {channels};
  division.axes = {0};
  for (int axis = 2; axis < x.rank(); ++axis) division.axes.push_back(axis);
  std::int64_t count = x.shape()[0], inner = 1;
  for (int axis = 2; axis < x.rank(); ++axis) inner *= x.shape()[axis];
  // A single channel can be seen as one long run.
  division.shape = {
      .runs = channels == 1 ? 1 : count, .groups = channels, .length = channels == 1 ? count * inner : inner};
  count *= inner;
  if (!options.training && running_mean.defined())
    return with_statistics("batch_norm", division, x, running_mean, running_variance, weight, bias,
                           options.epsilon);
  if (count < 2)
    throw ValueError(fmt::format(
        "batch_norm: expected more than one value for each channel, to compute a variance, got shape {}",
        to_string(x.shape())));
  if (options.training) {
    check_writable(running_mean, "the running mean");
    check_writable(running_variance, "the running variance");
  }
  compute::Normalized normalized;
  Tensor y = with_own_statistics("batch_norm", division, x, weight, bias, options.epsilon, normalized);
  if (options.training)
    update(running_mean, running_variance, normalized, static_cast<double>(count), options.momentum,
           options.unbiased);
  return y;
}

Tensor layer_norm(const Tensor& x, const Shape& normalized_shape, const Tensor& weight, const Tensor& bias,
                  double epsilon) {
  compute::check_floating("layer_norm", x);
  const int rank = normalized_shape.rank(), first = x.rank() - rank;
  if (rank == 0) throw ValueError("layer_norm: expected a normalized_shape of at least one axis, got none");
  if (first < 0 || !std::equal(normalized_shape.begin(), normalized_shape.end(), x.shape().begin() + first))
    throw ShapeError(fmt::format("layer_norm: expected a shape that ends in {}, got {}",
                                 to_string(normalized_shape), to_string(x.shape())));
  check_parameter("layer_norm", x, weight, normalized_shape, "a weight");
  check_parameter("layer_norm", x, bias, normalized_shape, "a bias");
  if (!(epsilon >= 0))
    throw ValueError(fmt::format("layer_norm: expected an epsilon of at least 0, got {}", epsilon));
  Division division;
  division.parameters = division.parameters_given = normalized_shape;
  for (int axis = first; axis < x.rank(); ++axis) division.axes.push_back(axis);
  std::int64_t rows = 1;
  for (int axis = 0; axis < first; ++axis) rows *= x.shape()[axis];
  division.shape = {.runs = 1, .groups = rows, .length = normalized_shape.numel(), .per_position = true};
  compute::Normalized normalized;
  return with_own_statistics("layer_norm", division, x, weight, bias, epsilon, normalized);
}

}  // namespace taper
