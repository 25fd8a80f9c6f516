// Convolution and pooling: each operation with its gradient.
#include <taper/autograd/ops/activation.h>
#include <taper/autograd/ops/convolution.h>
#include <taper/autograd/ops/reduce.h>
#include <taper/autograd/record.h>

namespace taper {
namespace {

// Convolution is linear in the image and in the weight, so the gradients of conv2d, input_gradient and
// weight_gradient are again these three operations.
Tensor weight_gradient(const Tensor& x, const Tensor& g, const Shape& shape, const Conv2dOptions& options);

Tensor input_gradient(const Tensor& g, const Tensor& weight, const Shape& shape,
                      const Conv2dOptions& options) {
  return record("conv2d_input_gradient", compute::conv2d_input_gradient(g, weight, shape, options),
                {save(g), save(weight)}, [options](const Backward& at, const Tensor& h) {
                  return at.each([&] { return conv2d(h, at.input(1), {}, options.alone()); },
                                 [&] { return weight_gradient(h, at.input(0), at.shape(1), options); });
                });
}

Tensor weight_gradient(const Tensor& x, const Tensor& g, const Shape& shape, const Conv2dOptions& options) {
  return record("conv2d_weight_gradient", compute::conv2d_weight_gradient(x, g, shape, options),
                {save(x), save(g)}, [options](const Backward& at, const Tensor& h) {
                  return at.each([&] { return input_gradient(at.input(1), h, at.shape(0), options); },
                                 [&] { return conv2d(at.input(0), h, {}, options.alone()); });
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
    if (pooled) g = pool_scatter(g, positions, compute::conv2d_shape(x.shape(), weight.shape(), options));
    return at.each([&] { return input_gradient(g, weight, x.shape(), options); },
                   [&] { return weight_gradient(x, g, weight.shape(), options); },
                   [&] {
                     return sum(g, {0, 2, 3});
                   },
                   [] { return Tensor(); });
  };
  const compute::MaxPool result =
      compute::conv2d("conv2d", x, weight, bias.defined() ? &bias : nullptr, options);
  // A missing bias is recorded as a number, which has no gradient; so are the positions if there is no
  // pooling.
  return record("conv2d", relu ? Output(save(result.values)) : Output(result.values),
                {save(x), save(weight), bias.defined() ? Input(bias) : Input(Operand(0.0)),
                 pooled ? Input(save(result.positions)) : Input(Operand(0.0))},
                gradient);
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
  Tensor means = compute::avg_pool2d("avg_pool2d", x, options);
  return record("avg_pool2d", std::move(means), {x}, [shape = x.shape(), options](const Tensor& g) {
    return avg_pool2d_gradient(g, shape, options);
  });
}

}  // namespace taper
