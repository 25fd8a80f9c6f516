// Convolution: each operation with its gradient. Other numbers of axes than two are brought to that.
#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include <taper/autograd/ops/activation.h>
#include <taper/autograd/ops/arithmetic.h>
#include <taper/autograd/ops/arrange.h>
#include <taper/autograd/ops/convolution.h>
#include <taper/autograd/ops/pooling.h>
#include <taper/autograd/ops/reduce.h>
#include <taper/autograd/ops/shape.h>
#include <taper/autograd/record.h>
#include <taper/autograd/windows.h>
#include <taper/tensor/check.h>
#include <taper/tensor/error.h>

namespace taper {
namespace {

Tensor convolve(const char* function, const Tensor& x, const Tensor& weight, const Tensor& bias,
                const Conv2dOptions& options);

// Convolution is linear in the image and in the weight, so the gradients of conv2d, input_gradient and
// weight_gradient are again these three operations.
Tensor weight_gradient(const Tensor& x, const Tensor& g, const Shape& shape, const Conv2dOptions& options);

Tensor input_gradient(const char* function, const Tensor& g, const Tensor& weight, const Shape& shape,
                      const Conv2dOptions& options) {
  return record("conv2d_input_gradient", compute::conv2d_input_gradient(g, weight, shape, options, function),
                {save(g), save(weight)}, [options](const Backward& at, const Tensor& h) {
                  return at.each([&] { return convolve("conv2d", h, at.input(1), {}, options.alone()); },
                                 [&] { return weight_gradient(h, at.input(0), at.shape(1), options); });
                });
}

Tensor weight_gradient(const Tensor& x, const Tensor& g, const Shape& shape, const Conv2dOptions& options) {
  return record("conv2d_weight_gradient", compute::conv2d_weight_gradient(x, g, shape, options),
                {save(x), save(g)}, [options](const Backward& at, const Tensor& h) {
                  return at.each(
                      [&] { return input_gradient("conv2d", at.input(1), h, at.shape(0), options); },
                      [&] { return convolve("conv2d", at.input(0), h, {}, options.alone()); });
                });
}

// The options of any convolution, with a number for each axis.
struct Spatial {
  template <class Options>
  explicit Spatial(const Options& options)
      : stride(options.stride.list()),
        padding(options.padding.list()),
        dilation(options.dilation.list()),
        groups(options.groups) {
    if constexpr (requires { options.output_padding; })
      output_padding = options.output_padding.list();
    else {
      same = options.padding.same;
      mode = options.padding_mode;
      activation = options.activation;
      max_pool = options.max_pool.list();
    }
  }
  int axes() const { return stride.rank(); }

  Shape stride, padding, dilation, output_padding, max_pool;
  std::int64_t groups;
  bool same = false;
  PadMode mode = PadMode::constant;
  Activation activation = Activation::none;
};

Attributes attributes_of(const Spatial& options, const Shape& padding) {
  return {{"stride", options.stride},
          {"padding", padding},
          {"dilation", options.dilation},
          {"groups", options.groups},
          {"output_padding", options.output_padding},
          {"activation", options.activation == Activation::relu ? "relu" : ""},
          {"max_pool", options.max_pool}};
}

// conv2d() with zeros on both sides.
Tensor convolve(const char* function, const Tensor& x, const Tensor& weight, const Tensor& bias,
                const Conv2dOptions& options) {
  const bool relu = options.activation == Activation::relu, pooled = options.max_pool != Extent2d(1);
  const auto gradient = [relu, pooled, options](const Backward& at, const Tensor& upstream) {
    const Tensor positions = pooled ? at.input(3) : Tensor();
    if (!grad_enabled()) {  // all gradients in one call of the kernels
      auto [x_gradient, weight_gradient, bias_gradient] =
          compute::conv2d_gradients(upstream, {relu ? at.output() : Tensor(), positions}, at.input(0),
                                    at.input(1), options, {at.needs(0), at.needs(1), at.needs(2)});
      return std::array{x_gradient, weight_gradient, bias_gradient, Tensor()};
    }
    Tensor g = relu ? relu_gradient(upstream, at.output()) : upstream;
    const Tensor x = at.input(0), weight = at.input(1);
    if (pooled)
      g = detail::pool_scatter(g, positions, compute::conv2d_shape(x.shape(), weight.shape(), options));
    return at.each([&] { return input_gradient("conv2d", g, weight, x.shape(), options); },
                   [&] { return weight_gradient(x, g, weight.shape(), options); },
                   [&] {
                     return sum(g, {0, 2, 3});
                   },
                   [] { return Tensor(); });
  };
  const compute::MaxPool result =
      compute::conv2d(function, x, weight, bias.defined() ? &bias : nullptr, options);
  detail::describe([&] {
    return Attributes{{"stride", options.stride.list()},     {"padding", options.padding.list()},
                      {"dilation", options.dilation.list()}, {"groups", options.groups},
                      {"activation", relu ? "relu" : ""},    {"max_pool", options.max_pool.list()}};
  });
  // A missing bias is recorded as a number, which has no gradient; so are the positions if there is no
  // pooling.
  return record(function, relu ? Output(save(result.values)) : Output(result.values),
                {save(x), save(weight), bias.defined() ? Input(bias) : Input(Operand(0.0)),
                 pooled ? Input(save(result.positions)) : Input(Operand(0.0))},
                gradient);
}

// Checks the arguments of any convolution, but not that windows fit. `transposed`: the weight's first axis is
// x's channels, and not the result's.
void check(const char* function, const Tensor& x, const Tensor& weight, const Tensor& bias,
           const Spatial& options, bool transposed) {
  const int axes = options.axes();
  const char* const kernel = axes == 1 ? "k" : axes == 2 ? "kh, kw" : "kd, kh, kw";
  compute::check_floating(function, x);
  compute::check_same_dtype(function, x, weight, "the weight");
  compute::check_extents(function, "stride", options.stride, 1);
  compute::check_extents(function, "padding", options.padding, 0);
  compute::check_extents(function, "output_padding", options.output_padding, 0);
  compute::check_extents(function, "dilation", options.dilation, 1);
  compute::check_extents(function, "max_pool", options.max_pool, 1);
  compute::check_extents(function, "groups", {options.groups}, 1);
  const Shape& shape = weight.shape();
  const bool fits = shape.rank() == axes + 2 && shape[0] % options.groups == 0;
  if (!fits || std::any_of(shape.begin(), shape.end(),
                           [](std::int64_t e) { return e < 1 || e > compute::largest_extent; }))
    throw ShapeError(
        fmt::format("{}: expected a weight [{}, {}] with {} a multiple of groups, got {} and groups {}",
                    function, transposed ? "C, O / groups" : "O, C / groups", kernel, transposed ? "C" : "O",
                    to_string(shape), options.groups));
  const std::int64_t channels = transposed ? shape[0] : shape[1] * options.groups,
                     out = transposed ? shape[1] * options.groups : shape[0];
  if (x.rank() != axes + 2 || x.size(1) != channels)
    throw ShapeError(
        fmt::format("{}: expected x of shape [N, {}, {}] to fit weight {}{}, got {}", function, channels,
                    axes == 1   ? "L"
                    : axes == 2 ? "H, W"
                                : "D, H, W",
                    to_string(shape), options.groups > 1 ? fmt::format(" and groups {}", options.groups) : "",
                    to_string(x.shape())));
  for (int axis = 2; axis < x.rank(); ++axis)
    compute::check_extents(function, "the extents of x", {x.size(axis)}, 0);
  if (!bias.defined()) return;
  compute::check_same_dtype(function, x, bias, "the bias");
  if (bias.shape() != Shape{out})
    throw ShapeError(fmt::format("{}: expected a bias [{}] to fit weight {}, got {}", function, out,
                                 to_string(shape), to_string(bias.shape())));
}

// x with all of the padding but as many zeros on both sides as `padding` then says.
struct Padded {
  Tensor x;
  Shape padding;
};
Padded padded(const char* function, const Tensor& x, const Shape& weight, const Spatial& options) {
  Padded result{x, Shape::filled(options.axes(), 0)};
  std::vector<PadWidth> widths;
  widths.reserve(static_cast<std::size_t>(options.axes()));
  bool changed = false;
  for (int i = 0; i < options.axes(); ++i) {
    PadWidth width{options.padding[i], options.padding[i]};
    if (options.same) {
      const std::int64_t extent = x.size(i + 2), step = options.stride[i],
                         span = options.dilation[i] * (weight[i + 2] - 1) + 1,
                         last = std::max<std::int64_t>((extent + step - 1) / step - 1, 0) * step,
                         total = std::max<std::int64_t>(last + span - extent, 0);
      width = {total / 2, total - total / 2};
    }
    if (options.mode == PadMode::constant) {
      result.padding[i] = width.before;
      width = {0, width.after - width.before};
    }
    changed = changed || width.before > 0 || width.after > 0;
    widths.push_back(width);
  }
  if (changed) result.x = detail::pad(function, x, widths, options.mode);
  return result;
}

Tensor with_bias(const Tensor& y, const Tensor& bias) {
  if (!bias.defined()) return y;
  Shape shape = Shape::filled(y.rank() - 1, 1);
  shape[0] = bias.numel();
  return y + reshape(bias, shape);
}

// The shape of a transposed convolution's result; options are checked.
Shape transposed_shape(const char* function, const Shape& x, const Shape& weight, const Spatial& options) {
  Shape result{x[0], weight[1] * options.groups};
  for (int i = 0; i < options.axes(); ++i) {
    const std::int64_t stride = options.stride[i], dilation = options.dilation[i],
                       extra = options.output_padding[i];
    if (extra >= std::max(stride, dilation))
      throw ValueError(
          fmt::format("{}: output_padding must be less than stride or dilation, got {} for {} "
                      "and {}",
                      function, compute::joined(options.output_padding), compute::joined(options.stride),
                      compute::joined(options.dilation)));
    const std::int64_t extent =
        (x[i + 2] - 1) * stride - 2 * options.padding[i] + dilation * (weight[i + 2] - 1) + extra + 1;
    if (x[i + 2] < 1 || extent < 1 || extent > compute::largest_extent)
      throw ShapeError(
          fmt::format("{}: expected a result of extents from 1 to {}, got {} along axis {} for x {} and "
                      "weight {}",
                      function, compute::largest_extent, extent, i + 2, to_string(x), to_string(weight)));
    result.push_back(extent);
  }
  return result;
}

// Of images; `shape` is the result's. With an output_padding of a stride or more the convolution has more
// places than x: those get zeros.
Tensor transposed(const char* function, const Tensor& x, const Tensor& weight, const Shape& shape,
                  const Conv2dOptions& options) {
  const Shape places = compute::conv2d_shape(shape, weight.shape(), options, function);
  if (places == x.shape()) return input_gradient(function, x, weight, shape, options);
  const Tensor image = detail::pad(function, x, {{0, places[2] - x.size(2)}, {0, places[3] - x.size(3)}});
  return input_gradient(function, image, weight, shape, options);
}

// One axis, or the last two of three, as options of a convolution of images; a pooling of one axis, too.
Conv2dOptions of_images(const Spatial& options, const Shape& padding) {
  const auto two = [&](const Shape& all, std::int64_t missing) {
    return Extent2d(all.rank() == 1 ? missing : all[-2], all[-1]);
  };
  return {.stride = two(options.stride, 1),
          .padding = two(padding, 0),
          .dilation = two(options.dilation, 1),
          .groups = options.groups,
          .activation = options.activation,
          .max_pool = options.max_pool.rank() == 1 ? Extent2d(1, options.max_pool[0]) : Extent2d(1)};
}

// [N, C, D, H, W] with planes and channels swapped.
Tensor swapped(const Tensor& x) { return transpose(x, 1, 2); }

}  // namespace

Tensor conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias, const Conv2dOptions& options) {
  if (!options.padding.same && options.padding_mode == PadMode::constant)
    return convolve("conv2d", x, weight, bias, options);
  const Spatial all(options);
  check("conv2d", x, weight, bias, all, false);
  const auto [image, padding] = padded("conv2d", x, weight.shape(), all);
  Conv2dOptions left = options;
  left.padding = Extent2d(padding[0], padding[1]);
  left.padding_mode = PadMode::constant;
  return convolve("conv2d", image, weight, bias, left);
}

Tensor conv1d(const Tensor& x, const Tensor& weight, const Tensor& bias, const Conv1dOptions& options) {
  const Spatial all(options);
  check("conv1d", x, weight, bias, all, false);
  const auto [line, padding] = padded("conv1d", x, weight.shape(), all);
  return detail::composed(
      "conv1d", {line, weight, bias}, [&, &padding = padding] { return attributes_of(all, padding); },
      [&, &line = line, &padding = padding] {
        return squeeze(
            convolve("conv1d", unsqueeze(line, 2), unsqueeze(weight, 2), bias, of_images(all, padding)), 2);
      });
}

// The planes under a window become channels of an image, in one convolution.
Tensor conv3d(const Tensor& x, const Tensor& weight, const Tensor& bias, const Conv3dOptions& options) {
  const Spatial all(options);
  check("conv3d", x, weight, bias, all, false);
  const Padded image = padded("conv3d", x, weight.shape(), all);
  const Shape& padding = image.padding;
  Tensor volume = image.x;
  if (padding[0] > 0) volume = detail::pad("conv3d", volume, {{padding[0], padding[0]}, {0, 0}, {0, 0}});
  const Shape& w = weight.shape();
  const std::int64_t depth = volume.size(2), span = all.dilation[0] * (w[2] - 1) + 1,
                     count = (depth - span) / all.stride[0] + 1;
  if (depth < span)
    throw ShapeError(
        fmt::format("conv3d: a window of {} does not fit into {} planes, padding included", span, depth));
  Tensor result = detail::composed(
      "conv3d", {volume, weight, bias},
      [&] {
        return attributes_of(all, {0, padding[1], padding[2]});
      },
      [&] {
        const Tensor windows = detail::windows_of(volume, {2, count, w[2], count > 1 ? all.stride[0] : 1,
                                                           all.dilation[0]});  // [N, C, D', H, W, kd]
        const Tensor images =
            reshape(permute(windows, {0, 2, 1, 5, 3, 4}),
                    {Shape{x.size(0), count}.numel(), x.size(1) * w[2], volume.size(3), volume.size(4)});
        const Tensor y = convolve("conv3d", images, reshape(weight, {w[0], w[1] * w[2], w[3], w[4]}), bias,
                                  of_images(all, padding));
        return swapped(reshape(y, {x.size(0), count, w[0], y.size(2), y.size(3)}));
      });
  if (all.max_pool == Shape{1, 1, 1}) return result;
  for (int i = 0; i < 3; ++i)
    if (all.max_pool[i] > result.size(i + 2))
      throw ShapeError(fmt::format("conv3d: max_pool {} does not fit into a result of shape {}",
                                   compute::joined(all.max_pool), to_string(result.shape())));
  return max_pool3d(result, {.kernel_size = options.max_pool});
}

Tensor conv_transpose1d(const Tensor& x, const Tensor& weight, const Tensor& bias,
                        const ConvTranspose1dOptions& options) {
  const Spatial all(options);
  check("conv_transpose1d", x, weight, bias, all, true);
  const Shape shape = transposed_shape("conv_transpose1d", x.shape(), weight.shape(), all);
  return detail::composed(
      "conv_transpose1d", {x, weight, bias}, [&] { return attributes_of(all, all.padding); },
      [&] {
        const Tensor y = transposed("conv_transpose1d", unsqueeze(x, 2), unsqueeze(weight, 2),
                                    {shape[0], shape[1], 1, shape[2]}, of_images(all, all.padding));
        return with_bias(squeeze(y, 2), bias);
      });
}

Tensor conv_transpose2d(const Tensor& x, const Tensor& weight, const Tensor& bias,
                        const ConvTranspose2dOptions& options) {
  const Spatial all(options);
  check("conv_transpose2d", x, weight, bias, all, true);
  const Shape shape = transposed_shape("conv_transpose2d", x.shape(), weight.shape(), all);
  return detail::composed(
      "conv_transpose2d", {x, weight, bias}, [&] { return attributes_of(all, all.padding); },
      [&] {
        return with_bias(transposed("conv_transpose2d", x, weight, shape, of_images(all, all.padding)), bias);
      });
}

// What conv3d() does, backwards: planes from channels, added up where windows overlap.
Tensor conv_transpose3d(const Tensor& x, const Tensor& weight, const Tensor& bias,
                        const ConvTranspose3dOptions& options) {
  const Spatial all(options);
  check("conv_transpose3d", x, weight, bias, all, true);
  const Shape& w = weight.shape();
  const Shape shape = transposed_shape("conv_transpose3d", x.shape(), w, all);
  const auto planes_as_channels = [&] {
    const std::int64_t images = Shape{x.size(0), x.size(2)}.numel(), planes = x.size(2);
    const Tensor y =
        transposed("conv_transpose3d", reshape(swapped(x), {images, x.size(1), x.size(3), x.size(4)}),
                   reshape(weight, {w[0], w[1] * w[2], w[3], w[4]}),
                   {images, shape[1] * w[2], shape[3], shape[4]}, of_images(all, all.padding));
    const Tensor windows =
        permute(reshape(y, {shape[0], planes, shape[1], w[2], shape[3], shape[4]}), {0, 2, 1, 4, 5, 3});
    // What there is of the result, padding included, may be less than its extent.
    const std::int64_t stride = planes > 1 ? all.stride[0] : 1,
                       whole = (planes - 1) * stride + all.dilation[0] * (w[2] - 1) + 1,
                       first = std::min(all.padding[0], whole), last = std::min(whole, first + shape[2]);
    const Tensor volume = narrow(detail::added_up(windows, {shape[0], shape[1], whole, shape[3], shape[4]},
                                                  {2, planes, w[2], stride, all.dilation[0]}),
                                 2, first, last - first);
    const std::int64_t missing = shape[2] - (last - first);
    return with_bias(
        missing > 0 ? detail::pad("conv_transpose3d", volume, {{0, missing}, {0, 0}, {0, 0}}) : volume, bias);
  };
  return detail::composed(
      "conv_transpose3d", {x, weight, bias}, [&] { return attributes_of(all, all.padding); },
      planes_as_channels);
}

}  // namespace taper
