// Normalization: each with its gradient.
#include <algorithm>
#include <array>
#include <limits>
#include <tuple>
#include <vector>

#include <fmt/format.h>

#include <taper/autograd/ops/arithmetic.h>
#include <taper/autograd/ops/arrange.h>
#include <taper/autograd/ops/math.h>
#include <taper/autograd/ops/matmul.h>
#include <taper/autograd/ops/normalization.h>
#include <taper/autograd/ops/reduce.h>
#include <taper/autograd/ops/shape.h>
#include <taper/autograd/ops/window.h>
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
  const bool centre = division.shape.centred;
  const Tensor centred = centre ? at.input(0) - mean(at.input(0), axes, true) : at.input(0);
  const Tensor scale = 1 / sqrt(mean(square(centred), axes, true) + epsilon), normal = centred * scale;
  return at.each(
      [&] {
        const Tensor h = has_weight ? g * reshape(at.input(1), division.parameters) : g;
        const Tensor moved = centre ? h - mean(h, axes, true) : h;
        return scale * (moved - normal * mean(h * normal, axes, true));
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
void check_writable(const char* function, const Tensor& running, const char* what) {
  if (running.defined() && running.layout().overlaps())
    throw ValueError(
        fmt::format("{}: the elements of {} share memory, so it cannot be updated; copy the result of "
                    "expand() first, for example with contiguous(x)",
                    function, what));
}

void check_epsilon(const char* function, double epsilon) {
  if (!(epsilon >= 0))
    throw ValueError(fmt::format("{}: expected an epsilon of at least 0, got {}", function, epsilon));
}

// The arguments of batch_norm and instance_norm.
struct Channels {
  Channels(const char* function, const Tensor& x, const Tensor& running_mean, const Tensor& running_variance,
           const Tensor& weight, const Tensor& bias, double epsilon, double momentum) {
    compute::check_floating(function, x);
    if (x.rank() < 2)
      throw ShapeError(
          fmt::format("{}: expected [N, C] or [N, C, ...], got shape {}", function, to_string(x.shape())));
    images = x.size(0);
    count = x.size(1);
    check_parameter(function, x, running_mean, {count}, "a running mean");
    check_parameter(function, x, running_variance, {count}, "a running variance");
    check_parameter(function, x, weight, {count}, "a weight");
    check_parameter(function, x, bias, {count}, "a bias");
    if (!(epsilon >= 0) || !(momentum >= 0 && momentum <= 1))
      throw ValueError(
          fmt::format("{}: expected an epsilon of at least 0 and a momentum between 0 and 1, got {} and {}",
                      function, epsilon, momentum));
    if (running_mean.defined() != running_variance.defined())
      throw ValueError(fmt::format(
          "{}: expected a running mean and a running variance or neither, got one of them", function));
    Shape inner = x.shape();
    inner[0] = inner[1] = 1;
    length = inner.numel();
  }

  Division division(int rank) const {
    Division result;
    result.parameters = Shape::filled(rank - 1, 1);
    result.parameters[0] = count;
    result.parameters_given = {count};
    result.axes = {0};
    for (int axis = 2; axis < rank; ++axis) result.axes.push_back(axis);
    // A single channel can be seen as one long run.
    const bool one = count == 1;
    result.shape = {.runs = one ? 1 : images, .groups = count, .length = one ? images * length : length};
    return result;
  }

  std::int64_t images, count, length;
};

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
  const Channels channels("batch_norm", x, running_mean, running_variance, weight, bias, options.epsilon,
                          options.momentum);
  const Division division = channels.division(x.rank());
  if (!options.training && running_mean.defined())
    return detail::composed(
        "batch_norm", {x, running_mean, running_variance, weight, bias},
        [&] {
          return Attributes{{"epsilon", options.epsilon}};
        },
        [&] {
          return with_statistics("batch_norm", division, x, running_mean, running_variance, weight, bias,
                                 options.epsilon);
        });
  const std::int64_t count = Shape{channels.images, channels.length}.numel();
  if (count < 2)
    throw ValueError(fmt::format(
        "batch_norm: expected more than one value for each channel, to compute a variance, got shape {}",
        to_string(x.shape())));
  if (options.training) {
    check_writable("batch_norm", running_mean, "the running mean");
    check_writable("batch_norm", running_variance, "the running variance");
  }
  compute::Normalized normalized;
  Tensor y = with_own_statistics("batch_norm", division, x, weight, bias, options.epsilon, normalized);
  if (options.training)
    update(running_mean, running_variance, normalized, static_cast<double>(count), options.momentum,
           options.unbiased);
  return y;
}

Tensor instance_norm(const Tensor& x, const Tensor& running_mean, const Tensor& running_variance,
                     const Tensor& weight, const Tensor& bias, const InstanceNormOptions& options) {
  const Channels channels("instance_norm", x, running_mean, running_variance, weight, bias, options.epsilon,
                          options.momentum);
  if (!options.use_input_stats) {
    if (!running_mean.defined())
      throw ValueError("instance_norm: expected running statistics without use_input_stats, got none");
    return detail::composed(
        "batch_norm", {x, running_mean, running_variance, weight, bias},
        [&] {
          return Attributes{{"epsilon", options.epsilon}};
        },
        [&] {
          return with_statistics("instance_norm", channels.division(x.rank()), x, running_mean,
                                 running_variance, weight, bias, options.epsilon);
        });
  }
  if (channels.length < 2)
    throw ValueError(fmt::format(
        "instance_norm: expected more than one element in each channel, to compute a variance, got shape {}",
        to_string(x.shape())));
  check_writable("instance_norm", running_mean, "the running mean");
  check_writable("instance_norm", running_variance, "the running variance");
  // As one image of all channels of all images.
  const std::int64_t all = channels.images * channels.count;
  const auto repeated = [&](const Tensor& p) { return p.defined() ? tile(p, {channels.images}) : p; };
  Division division;
  division.parameters = {all, 1};
  division.parameters_given = {all};
  division.axes = {1};
  division.shape = {.runs = 1, .groups = all, .length = channels.length};
  compute::Normalized normalized;
  Tensor y = detail::composed(
      "instance_norm", {x, weight, bias},
      [&] {
        return Attributes{{"epsilon", options.epsilon}};
      },
      [&] {
        return reshape(with_own_statistics("instance_norm", division, reshape(x, {all, channels.length}),
                                           repeated(weight), repeated(bias), options.epsilon, normalized),
                       x.shape());
      });
  if (running_mean.defined() && channels.images > 0) {
    const auto over_images = [&](Tensor& each) {
      each = mean(reshape(each, {channels.images, channels.count}), 0);
    };
    over_images(normalized.mean);
    over_images(normalized.variance);
    update(running_mean, running_variance, normalized, static_cast<double>(channels.length),
           options.momentum);
  }
  return y;
}

namespace {

// layer_norm and rms_norm.
Tensor over_last_axes(const char* function, const Tensor& x, const Shape& normalized_shape,
                      const Tensor& weight, const Tensor& bias, double epsilon, bool centred) {
  compute::check_floating(function, x);
  const int rank = normalized_shape.rank(), first = x.rank() - rank;
  if (rank == 0)
    throw ValueError(fmt::format("{}: expected a normalized_shape of at least one axis, got none", function));
  if (first < 0 || !std::equal(normalized_shape.begin(), normalized_shape.end(), x.shape().begin() + first))
    throw ShapeError(fmt::format("{}: expected a shape that ends in {}, got {}", function,
                                 to_string(normalized_shape), to_string(x.shape())));
  check_parameter(function, x, weight, normalized_shape, "a weight");
  check_parameter(function, x, bias, normalized_shape, "a bias");
  check_epsilon(function, epsilon);
  Division division;
  division.parameters = division.parameters_given = normalized_shape;
  for (int axis = first; axis < x.rank(); ++axis) division.axes.push_back(axis);
  std::int64_t rows = 1;
  for (int axis = 0; axis < first; ++axis) rows *= x.shape()[axis];
  division.shape = {.runs = 1,
                    .groups = rows,
                    .length = normalized_shape.numel(),
                    .per_position = true,
                    .centred = centred};
  detail::describe([&] {
    return Attributes{{"epsilon", epsilon}, {"shape", normalized_shape}, {"centred", centred}};
  });
  compute::Normalized normalized;
  return with_own_statistics(function, division, x, weight, bias, epsilon, normalized);
}

}  // namespace

Tensor layer_norm(const Tensor& x, const Shape& normalized_shape, const Tensor& weight, const Tensor& bias,
                  double epsilon) {
  return over_last_axes("layer_norm", x, normalized_shape, weight, bias, epsilon, true);
}

Tensor rms_norm(const Tensor& x, const Shape& normalized_shape, const Tensor& weight,
                std::optional<double> epsilon) {
  compute::check_floating("rms_norm", x);
  const double least =
      x.dtype() == float32 ? std::numeric_limits<float>::epsilon() : std::numeric_limits<double>::epsilon();
  return over_last_axes("rms_norm", x, normalized_shape, weight, {}, epsilon.value_or(least), false);
}

Tensor group_norm(const Tensor& x, std::int64_t groups, const Tensor& weight, const Tensor& bias,
                  double epsilon) {
  const Channels channels("group_norm", x, {}, {}, weight, bias, epsilon, 0);
  if (groups < 1 || channels.count % groups != 0)
    throw ValueError(
        fmt::format("group_norm: expected a number of groups that divides the {} channels, got {}",
                    channels.count, groups));
  const std::int64_t length = Shape{channels.count / groups, channels.length}.numel();
  const Tensor rows = reshape(x, {channels.images, groups, length});
  Tensor y = reshape(over_last_axes("group_norm", rows, {length}, {}, {}, epsilon, true), x.shape());
  const Shape shape = channels.division(x.rank()).parameters;
  if (weight.defined()) y = y * reshape(weight, shape);
  return bias.defined() ? y + reshape(bias, shape) : y;
}

Tensor local_response_norm(const Tensor& x, std::int64_t size, const LocalResponseNormOptions& options) {
  compute::check_floating("local_response_norm", x);
  if (x.rank() < 3)
    throw ShapeError(
        fmt::format("local_response_norm: expected [N, C, ...] with a rank of at least 3, got "
                    "shape {}",
                    to_string(x.shape())));
  if (size < 1)
    throw ValueError(fmt::format("local_response_norm: expected a size of at least 1, got {}", size));
  if (x.numel() == 0) return x;
  // Further away there are no channels.
  const std::int64_t before = std::min(size / 2, x.size(1)), behind = std::min((size - 1) / 2, x.size(1));
  std::vector<PadWidth> widths(static_cast<std::size_t>(x.rank() - 1));
  widths[0] = {before, behind};
  const Tensor sums = sum(unfold(pad(square(x), widths), 1, before + behind + 1), -1);
  return x / pow(options.k + options.alpha / static_cast<double>(size) * sums, options.beta);
}

Tensor normalize(const Tensor& x, double p, std::int64_t axis, double epsilon) {
  compute::check_floating("normalize", x);
  check_epsilon("normalize", epsilon);
  return x / clip(norm(x, p, compute::axis_of("normalize", x, axis), true), epsilon);
}

Tensor weight_norm(const Tensor& v, const Tensor& g, std::int64_t axis) {
  compute::check_floating("weight_norm", v);
  compute::check_same_dtype("weight_norm", v, g, "g");
  if (g.rank() == 0) return v * (g / norm(v));
  const int kept = compute::axis_of("weight_norm", v, axis);
  Axes others;
  Shape shape = Shape::filled(v.rank(), 1);
  shape[kept] = v.size(kept);
  compute::check_shape("weight_norm", g, shape, "g");
  for (int i = 0; i < v.rank(); ++i)
    if (i != kept) others.push_back(i);
  return v * (g / (others.empty() ? abs(v) : norm(v, 2, others, true)));
}

Tensor spectral_norm(const Tensor& weight, const Tensor& u, const Tensor& v,
                     const SpectralNormOptions& options) {
  compute::check_floating("spectral_norm", weight);
  const int axis = compute::axis_of("spectral_norm", weight, options.axis);
  const std::int64_t rows = weight.size(axis);
  const Tensor matrix = reshape(movedim(weight, axis, 0), {rows, weight.shape().without(axis).numel()});
  check_epsilon("spectral_norm", options.epsilon);
  if (options.iterations < 0)
    throw ValueError(
        fmt::format("spectral_norm: expected at least 0 iterations, got {}", options.iterations));
  for (const auto& [x, extent, what] : {std::tuple(u, rows, "u"), std::tuple(v, matrix.size(1), "v")}) {
    compute::check_shape("spectral_norm", x, {extent}, what);
    compute::check_same_dtype("spectral_norm", weight, x, what);
    check_writable("spectral_norm", x, what);
  }
  Tensor left = clone(u.detach()), right = clone(v.detach());
  const Tensor values = matrix.detach();
  for (std::int64_t i = 0; i < options.iterations; ++i) {
    left = normalize(matmul(values, right), 2, 0, options.epsilon);
    right = normalize(matmul(left, values), 2, 0, options.epsilon);
  }
  if (options.iterations > 0) {
    assign(u, left);
    assign(v, right);
  }
  return weight / matmul(left, matmul(matrix, right));
}

}  // namespace taper
