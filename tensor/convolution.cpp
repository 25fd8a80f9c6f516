// Convolution: checks and output shapes; the loops are in kernels/conv2d.
#include <algorithm>
#include <initializer_list>

#include <fmt/format.h>

#include <taper/tensor/check.h>
#include <taper/tensor/convolution.h>
#include <taper/tensor/elementwise.h>
#include <taper/tensor/error.h>
#include <taper/tensor/kernels/conv2d/conv2d.h>

namespace taper::compute {
namespace {

void check_image(const char* function, const Tensor& x) {
  check_defined(function, x, "the image");
  if (x.rank() != 4)
    throw ShapeError(
        fmt::format("{}: expected images [N, C, H, W], got shape {}{}", function, to_string(x.shape()),
                    x.rank() == 3 ? "; of one image unsqueeze(x, 0), of one channel unsqueeze(x, 1)" : ""));
  if (!is_floating(x.dtype()))
    throw DTypeError(fmt::format("{}: expected float32 or float64, got {}; convert with to(x, float32)",
                                 function, name(x.dtype())));
}

constexpr std::int64_t largest = largest_extent;

/// True if the product of all these numbers, and so of any of them, is less than 2^62. Checked before sizes
/// are computed from them.
bool is_small(std::initializer_list<std::int64_t> extents) {
  double product = 1;
  for (const std::int64_t extent : extents) product *= std::max(static_cast<double>(extent), 1.0);
  return product < 0x1p62;
}

// Note [Fused images]
// What follows a convolution is done image by image if an image's result stays in L2 meanwhile and there are
// enough of them to divide among threads; otherwise in passes of its own.
bool fuses(const kernels::Conv2dShape& s) {
  return s.out_channels / s.groups * s.out_height * s.out_width <= 64 * 1024 && s.images * s.groups >= 8;
}

// The number of positions of a window along one axis. Throws ShapeError if the window does not fit at all.
std::int64_t places(const char* function, std::int64_t extent, std::int64_t kernel, std::int64_t stride,
                    std::int64_t padding, std::int64_t dilation) {
  const std::int64_t span = dilation * (kernel - 1) + 1;
  if (extent + 2 * padding < span)
    throw ShapeError(
        fmt::format("{}: a window of {} does not fit into an image of {} with a padding of {} on each side",
                    function, span, extent, padding));
  return (extent + 2 * padding - span) / stride + 1;
}

// A stride that leaves only one position is reduced to the smallest such stride, which gives the same result.
std::int64_t effective_stride(std::int64_t extent, std::int64_t kernel, std::int64_t stride,
                              std::int64_t padding, std::int64_t dilation) {
  return std::min(stride, extent + 2 * padding - dilation * (kernel - 1));
}

kernels::Conv2dShape describe(const char* function, const Shape& x, const Shape& weight,
                              const Conv2dOptions& options) {
  check_extents(function, "stride", options.stride.list(), 1);
  check_extents(function, "dilation", options.dilation.list(), 1);
  check_extents(function, "padding", options.padding.list(), 0);
  const std::int64_t groups = options.groups;
  if (groups < 1) throw ValueError(fmt::format("{}: groups must be at least 1, got {}", function, groups));
  if (weight.rank() == 4 && groups <= largest && weight[1] <= largest && x[1] != weight[1] * groups)
    throw ShapeError(fmt::format(
        "{}: the images {} have {} channels, the weight {}{} wants {}{}", function, to_string(x), x[1],
        to_string(weight), groups > 1 ? fmt::format(" with groups {}", groups) : "", weight[1] * groups,
        x[3] == weight[1] * groups ? "; of [N, H, W, C] permute(x, {0, 3, 1, 2})" : ""));
  if (weight.rank() != 4 || x[1] % groups != 0 || x[1] / groups != weight[1] || weight[0] % groups != 0 ||
      weight.numel() == 0)
    throw ShapeError(
        fmt::format("{}: expected a weight [O, {} / groups, kh, kw] with O a multiple of groups, for images "
                    "{} and groups {}; got {}",
                    function, x[1], to_string(x), groups, to_string(weight)));
  const Extent2d &stride = options.stride, &padding = options.padding, &dilation = options.dilation;
  check_extents(function, "the kernel", {weight[2], weight[3]}, 1);
  const std::int64_t padded_height = std::min(x[2], largest) + 2 * padding.height;
  const std::int64_t padded_width = std::min(x[3], largest) + 2 * padding.width;
  if (std::max(x[2], x[3]) > largest || padded_height > largest / std::max<std::int64_t>(padded_width, 1) ||
      !is_small({x[0], weight[0], weight[1], weight[2], weight[3], padded_height, padded_width}) ||
      !is_small({x[0], x[1], padded_height, padded_width}))
    throw ShapeError(
        fmt::format("{}: expected images of fewer than 2^31 pixels, including padding, and fewer than 2^62 "
                    "multiplications, got images {} with padding {} x {} and weight {}",
                    function, to_string(x), padding.height, padding.width, to_string(weight)));
  kernels::Conv2dShape shape;
  shape.images = x[0];
  shape.in_channels = x[1];
  shape.height = x[2];
  shape.width = x[3];
  shape.out_channels = weight[0];
  shape.kernel_height = weight[2];
  shape.kernel_width = weight[3];
  shape.padding_height = padding.height;
  shape.padding_width = padding.width;
  shape.dilation_height = dilation.height;
  shape.dilation_width = dilation.width;
  shape.groups = groups;
  shape.out_height = places(function, x[2], weight[2], stride.height, padding.height, dilation.height);
  shape.out_width = places(function, x[3], weight[3], stride.width, padding.width, dilation.width);
  shape.stride_height = effective_stride(x[2], weight[2], stride.height, padding.height, dilation.height);
  shape.stride_width = effective_stride(x[3], weight[3], stride.width, padding.width, dilation.width);
  shape.relu = options.activation == Activation::relu;
  check_extents(function, "max_pool", options.max_pool.list(), 1);
  shape.pool_height = options.max_pool.height;
  shape.pool_width = options.max_pool.width;
  places(function, shape.out_height, shape.pool_height, shape.pool_height, 0, 1);
  places(function, shape.out_width, shape.pool_width, shape.pool_width, 0, 1);
  return shape;
}

template <class T>
T* out(Tensor& x) {
  return static_cast<T*>(x.mutable_raw());
}

Shape before_pooling(const kernels::Conv2dShape& s) {
  return {s.images, s.out_channels, s.out_height, s.out_width};
}

}  // namespace

Shape conv2d_shape(const Shape& x, const Shape& weight, const Conv2dOptions& options, const char* function) {
  return before_pooling(describe(function, x, weight, options));
}

MaxPool conv2d(const char* function, const Tensor& x, const Tensor& weight, const Tensor* bias,
               const Conv2dOptions& options) {
  check_image(function, x);
  check_defined(function, weight, "the weight");
  kernels::Conv2dShape shape = describe(function, x.shape(), weight.shape(), options);
  if (weight.dtype() != x.dtype() || (bias != nullptr && bias->dtype() != x.dtype()))
    throw DTypeError(fmt::format(
        "{}: expected images, weight and bias of the same dtype, got {}, {}{}{}", function, name(x.dtype()),
        name(weight.dtype()), bias != nullptr ? fmt::format(", {}", name(bias->dtype())) : "",
        x.dtype() != weight.dtype()
            ? fmt::format("; convert the images with to(x, {}), or the model with model.to({})",
                          name(weight.dtype()), name(x.dtype()))
            : ""));
  if (bias != nullptr && bias->shape() != Shape{shape.out_channels})
    throw ShapeError(fmt::format("{}: expected a bias [{}] for the weight {}, got {}", function,
                                 shape.out_channels, to_string(weight.shape()), to_string(bias->shape())));
  const bool pooled = options.max_pool != Extent2d(1);
  if (pooled && !fuses(shape)) {
    Conv2dOptions unpooled = options;
    unpooled.max_pool = 1;
    return max_pool(function, conv2d(function, x, weight, bias, unpooled).values,
                    Pool2dOptions{.kernel_size = options.max_pool});
  }
  const Shape result_shape{shape.images, shape.out_channels, shape.out_height / shape.pool_height,
                           shape.out_width / shape.pool_width};
  MaxPool result{Tensor::empty(result_shape, x.dtype(), function),
                 pooled ? Tensor::empty(result_shape, DType::int32, function) : Tensor()};
  if (result.values.numel() == 0) return result;
  const Tensor image = contiguous(x), filter = contiguous(weight),
               shift = bias != nullptr ? contiguous(*bias) : Tensor();
  run_kernel(function, x.dtype(), [&]<class T>() {
    kernels::conv2d<T>().forward(shape, image.data<T>(), filter.data<T>(),
                                 bias != nullptr ? shift.data<T>() : nullptr, out<T>(result.values),
                                 pooled ? out<std::int32_t>(result.positions) : nullptr);
  });
  return result;
}

std::array<Tensor, 3> conv2d_gradients(const Tensor& g, const MaxPool& result, const Tensor& x,
                                       const Tensor& weight, const Conv2dOptions& options,
                                       const std::array<bool, 3>& needs) {
  const kernels::Conv2dShape shape = describe("conv2d", x.shape(), weight.shape(), options);
  const bool pooled = result.positions.defined();
  if ((pooled || shape.relu) && !fuses(shape)) {
    Tensor dense = shape.relu ? binary("conv2d", Binary::relu_gradient, g, result.values) : g;
    if (pooled) dense = pool_scatter(dense, result.positions, before_pooling(shape));
    return conv2d_gradients(dense, {}, x, weight, options.alone(), needs);
  }
  const Tensor gradient = contiguous(g), image = contiguous(x), filter = contiguous(weight);
  std::array<Tensor, 3> gradients;
  if (needs[0] && x.numel() > 0) gradients[0] = Tensor::empty(x.shape(), g.dtype(), "conv2d");
  if (needs[1] || needs[2]) gradients[1] = Tensor::empty(weight.shape(), g.dtype(), "conv2d");
  if (needs[2]) gradients[2] = Tensor::empty({shape.out_channels}, g.dtype(), "conv2d");
  run_kernel("conv2d", g.dtype(), [&]<class T>() {
    const kernels::Conv2dKernels<T>& convolution = kernels::conv2d<T>();
    kernels::Conv2dGradient<T> upstream{gradient.data<T>()};
    if (shape.relu) upstream.y = result.values.data<T>();
    if (pooled) upstream.positions = result.positions.data<std::int32_t>();
    if (gradients[0].defined())
      convolution.input_gradient(shape, upstream, filter.data<T>(), out<T>(gradients[0]));
    if (gradients[1].defined())
      convolution.weight_gradient(shape, image.data<T>(), upstream, out<T>(gradients[1]),
                                  needs[2] ? out<T>(gradients[2]) : nullptr);
  });
  return gradients;
}

Tensor conv2d_input_gradient(const Tensor& g, const Tensor& weight, const Shape& shape,
                             const Conv2dOptions& options, const char* function) {
  Tensor result = Tensor::empty(shape, g.dtype(), function);
  if (result.numel() == 0) return result;
  const Tensor gradient = contiguous(g), filter = contiguous(weight);
  run_kernel(function, g.dtype(), [&]<class T>() {
    kernels::conv2d<T>().input_gradient(describe(function, shape, weight.shape(), options.alone()),
                                        {gradient.data<T>()}, filter.data<T>(), out<T>(result));
  });
  return result;
}

Tensor conv2d_weight_gradient(const Tensor& x, const Tensor& g, const Shape& shape,
                              const Conv2dOptions& options) {
  Tensor result = Tensor::empty(shape, g.dtype(), "conv2d");
  const Tensor image = contiguous(x), gradient = contiguous(g);
  run_kernel("conv2d", g.dtype(), [&]<class T>() {
    kernels::conv2d<T>().weight_gradient(describe("conv2d", x.shape(), shape, options.alone()),
                                         image.data<T>(), {gradient.data<T>()}, out<T>(result), nullptr);
  });
  return result;
}

}  // namespace taper::compute
