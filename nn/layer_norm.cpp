// LayerNorm: layer normalization.
#include <fmt/format.h>

#include <taper/autograd/ops/normalization.h>
#include <taper/nn/check.h>
#include <taper/nn/layer_norm.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>

namespace taper::nn {
namespace {

const LayerNorm::Options& checked(const LayerNorm::Options& options) {
  if (options.normalized_shape.empty())
    throw ValueError("LayerNorm: normalized_shape must have at least one axis, got none");
  for (const std::int64_t extent : options.normalized_shape)
    at_least(1, "LayerNorm", "normalized_shape", extent);
  check_epsilon("LayerNorm", options.epsilon);
  return options;
}

}  // namespace

LayerNorm::LayerNorm(const Options& given)
    : options(checked(given)),
      weight(given.affine ? parameter("weight", ones(given.normalized_shape, given.dtype)) : Tensor()),
      bias(given.affine && given.bias ? parameter("bias", zeros(given.normalized_shape, given.dtype))
                                      : Tensor()) {}

Tensor LayerNorm::forward(const Tensor& x) const {
  return layer_norm(x, options.normalized_shape, weight, bias, options.epsilon);
}

}  // namespace taper::nn
