// Linear: a fully connected layer.
#include <taper/autograd/ops/matmul.h>
#include <taper/nn/check.h>
#include <taper/nn/linear.h>

namespace taper::nn {

Linear::Linear(const Options& options)
    : activation(options.activation),
      weight(parameter("weight", Tensor::empty({at_least(1, "Linear", "out_features", options.out_features),
                                                at_least(1, "Linear", "in_features", options.in_features)},
                                               options.dtype))),
      bias(options.bias ? parameter("bias", Tensor::empty({options.out_features}, options.dtype))
                        : Tensor()) {
  initialize(weight, options.weight_initializer, bias, options.bias_initializer);
}

Linear::Linear(std::int64_t in_features, std::int64_t out_features) : Linear(in_features, out_features, {}) {}
Linear::Linear(std::int64_t in_features, std::int64_t out_features, Options others)
    : Linear([&] {
        others.in_features = in_features;
        others.out_features = out_features;
        return others;
      }()) {}

Tensor Linear::forward(const Tensor& x) const { return linear(x, weight, bias, activation); }

}  // namespace taper::nn
