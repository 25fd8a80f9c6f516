// Linear: a fully connected layer.
#include <taper/autograd/ops/matmul.h>
#include <taper/nn/check.h>
#include <taper/nn/linear.h>
#include <taper/tensor/check.h>

namespace taper::nn {

namespace {

Tensor weight_for(const Linear::Options& options) {
  const Shape shape{at_least(1, "Linear", "out_features", options.out_features),
                    at_least(1, "Linear", "in_features", options.in_features)};
  if (!options.weight.defined()) return Tensor::empty(shape, options.dtype);
  compute::check_shape("Linear", options.weight, shape, "a shared weight");
  return options.weight;
}

}  // namespace

Linear::Linear(const Options& options)
    : activation(options.activation),
      weight(parameter("weight", weight_for(options))),
      bias(options.bias ? parameter("bias", Tensor::empty({options.out_features}, options.dtype))
                        : Tensor()) {
  const Initializer keep = [](const Tensor&, Generator&) {};
  initialize(weight, options.weight.defined() ? keep : options.weight_initializer, bias,
             options.bias_initializer);
}

Linear::Linear(std::int64_t in_features, std::int64_t out_features) : Linear(in_features, out_features, {}) {}
Linear::Linear(std::int64_t in_features, std::int64_t out_features, Options others)
    : Linear(with(others, &Options::in_features, in_features, &Options::out_features, out_features)) {}

Tensor Linear::forward(const Tensor& x) const { return linear(x, weight, bias, activation); }

}  // namespace taper::nn
