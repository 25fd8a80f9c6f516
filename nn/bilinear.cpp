// Bilinear: a layer of two inputs.
#include <cmath>

#include <taper/autograd/ops/products.h>
#include <taper/nn/bilinear.h>
#include <taper/nn/check.h>
#include <taper/tensor/random.h>

namespace taper::nn {
namespace {

Tensor initial(const Bilinear::Options& options, const Shape& shape) {
  const double limit = 1 / std::sqrt(static_cast<double>(options.in1_features));
  return uniform(shape, -limit, limit, options.dtype);
}

}  // namespace

Bilinear::Bilinear(const Options& options)
    : weight(parameter("weight",
                       initial(options, {at_least(1, "Bilinear", "out_features", options.out_features),
                                         at_least(1, "Bilinear", "in1_features", options.in1_features),
                                         at_least(1, "Bilinear", "in2_features", options.in2_features)}))),
      bias(options.bias ? parameter("bias", initial(options, {options.out_features})) : Tensor()) {}

Tensor Bilinear::forward(const Tensor& a, const Tensor& b) const { return bilinear(a, b, weight, bias); }

}  // namespace taper::nn
