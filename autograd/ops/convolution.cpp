// Convolution and pooling: each operation with its gradient.
#include <taper/autograd/ops/activation.h>
#include <taper/autograd/ops/convolution.h>
#include <taper/autograd/ops/reduce.h>
#include <taper/autograd/record.h>

namespace taper {
namespace {

// Convolution is linear in the image and in the weight, so the three operations are one another's gradients.
Tensor weight_gradient(const Tensor& x, const Tensor& g, const Shape& shape, const Conv2dOptions& options);

Tensor input_gradient(const Tensor& g, const Tensor& weight, const Shape& shape,
                      const Conv2dOptions& options) {
  return record("conv2d_input_gradient", compute::conv2d_input_gradient(g, weight, shape, options),
                {save(g), save(weight)}, [options](const Backward& at, const Tensor& h) {
                  return at.each([&] { return conv2d(h, at.input(1), {}, options); },
                                 [&] { return weight_gradient(h, at.input(0), at.shape(1), options); });
                });
}

Tensor weight_gradient(const Tensor& x, const Tensor& g, const Shape& shape, const Conv2dOptions& options) {
  return record("conv2d_weight_gradient", compute::conv2d_weight_gradient(x, g, shape, options),
                {save(x), save(g)}, [options](const Backward& at, const Tensor& h) {
                  return at.each([&] { return input_gradient(at.input(1), h, at.shape(0), options); },
                                 [&] { return conv2d(at.input(0), h, {}, options); });
                });
}

Tensor pool_gather(const Tensor& x, const Tensor& positions);

Tensor pool_scatter(const Tensor& g, const Tensor& positions, const Shape& shape) {
  return record("pool_scatter", compute::pool_scatter(g, positions, shape), {g, save(positions)},
                [](const Backward& at, const Tensor& h) {
                  return at.each([&] { return pool_gather(h, at.input(1)); }, [] { return Tensor(); });
                });
}

Tensor pool_gather(const Tensor& x, const Tensor& positions) {
  return record("pool_gather", compute::pool_gather(x, positions), {x, save(positions)},
                [](const Backward& at, const Tensor& h) {
                  return at.each([&] { return pool_scatter(h, at.input(1), at.shape(0)); },
                                 [] { return Tensor(); });
                });
}

Tensor avg_pool2d_gradient(const Tensor& g, const Shape& shape, const Pool2dOptions& options) {
  return record("avg_pool2d_gradient", compute::avg_pool2d_gradient(g, shape, options), {g},
                [options](const Tensor& h) { return avg_pool2d(h, options); });
}

}  // namespace

Tensor conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias, const Conv2dOptions& options) {
  const bool relu = options.activation == Activation::relu;
  Conv2dOptions linear = options;
  linear.activation = Activation::none;
  const auto gradient = [relu, linear](const Backward& at, const Tensor& upstream) {
    const Tensor g = relu ? relu_gradient(upstream, at.output()) : upstream;
    return at.each([&] { return input_gradient(g, at.input(1), at.shape(0), linear); },
                   [&] { return weight_gradient(at.input(0), g, at.shape(1), linear); },
                   [&] {
                     return sum(g, {0, 2, 3});
                   });
  };
  const Tensor result = compute::conv2d("conv2d", x, weight, bias.defined() ? &bias : nullptr, options);
  // A bias left out is a number without gradient.
  return record("conv2d", relu ? Output(save(result)) : Output(result),
                {save(x), save(weight), bias.defined() ? Operand(bias) : Operand(0.0)}, gradient);
}

Tensor max_pool2d(const Tensor& x, const Pool2dOptions& options) {
  compute::MaxPool pool = compute::max_pool2d("max_pool2d", x, options);
  return record("max_pool2d", std::move(pool.values), {x, save(pool.positions)},
                [](const Backward& at, const Tensor& g) {
                  return at.each([&] { return pool_scatter(g, at.input(1), at.shape(0)); },
                                 [] { return Tensor(); });
                });
}

Tensor avg_pool2d(const Tensor& x, const Pool2dOptions& options) {
  return record(
      "avg_pool2d", compute::avg_pool2d("avg_pool2d", x, options), {x},
      [shape = x.shape(), options](const Tensor& g) { return avg_pool2d_gradient(g, shape, options); });
}

}  // namespace taper
