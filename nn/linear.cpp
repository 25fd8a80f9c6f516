// Linear: a fully connected layer.
#include <taper/autograd/ops/matmul.h>
#include <taper/nn/check.h>
#include <taper/nn/linear.h>

namespace taper::nn {

Linear::Linear(const Options& options)
    : activation(options.activation),
      weight(register_parameter("weight",
                                Tensor::empty({at_least(1, "Linear", "out_features", options.out_features),
                                               at_least(1, "Linear", "in_features", options.in_features)},
                                              options.dtype))),
      bias(options.bias ? register_parameter("bias", Tensor::empty({options.out_features}, options.dtype))
                        : Tensor()) {
  initialize(weight, options.weight_initializer, bias, options.bias_initializer);
}

Tensor Linear::forward(const Tensor& x) { return linear(x, weight, bias, activation); }

}  // namespace taper::nn
