// LayerNorm, RMSNorm, GroupNorm and LocalResponseNorm.
#include <fmt/format.h>

#include <taper/autograd/ops/normalization.h>
#include <taper/nn/check.h>
#include <taper/nn/layer_norm.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>

namespace taper::nn {
namespace {

template <class Options>
const Options& checked(const char* type, const Options& options, double epsilon) {
  if (options.normalized_shape.empty())
    throw ValueError(fmt::format("{}: normalized_shape must have at least one axis, got none", type));
  for (const std::int64_t extent : options.normalized_shape) at_least(1, type, "normalized_shape", extent);
  check_epsilon(type, epsilon);
  return options;
}

const GroupNorm::Options& checked(const GroupNorm::Options& options) {
  at_least(1, "GroupNorm", "num_groups", options.num_groups);
  at_least(1, "GroupNorm", "num_channels", options.num_channels);
  check_epsilon("GroupNorm", options.epsilon);
  if (options.num_channels % options.num_groups != 0)
    throw ValueError(fmt::format("GroupNorm: num_groups must divide num_channels, got {} and {}",
                                 options.num_groups, options.num_channels));
  return options;
}

}  // namespace

LayerNorm::LayerNorm(const Options& given)
    : options(checked("LayerNorm", given, given.epsilon)),
      weight(given.affine ? parameter("weight", ones(given.normalized_shape, given.dtype)) : Tensor()),
      bias(given.affine && given.bias ? parameter("bias", zeros(given.normalized_shape, given.dtype))
                                      : Tensor()) {}

Tensor LayerNorm::forward(const Tensor& x) const {
  return layer_norm(x, options.normalized_shape, weight, bias, options.epsilon);
}

RMSNorm::RMSNorm(const Options& given)
    : options(checked("RMSNorm", given, given.epsilon.value_or(0))),
      weight(given.affine ? parameter("weight", ones(given.normalized_shape, given.dtype)) : Tensor()) {}

Tensor RMSNorm::forward(const Tensor& x) const {
  return rms_norm(x, options.normalized_shape, weight, options.epsilon);
}

GroupNorm::GroupNorm(const Options& given)
    : options(checked(given)),
      weight(given.affine ? parameter("weight", ones({given.num_channels}, given.dtype)) : Tensor()),
      bias(given.affine ? parameter("bias", zeros({given.num_channels}, given.dtype)) : Tensor()) {}

Tensor GroupNorm::forward(const Tensor& x) const {
  if (x.rank() < 2 || x.shape()[1] != options.num_channels)
    throw ShapeError(
        fmt::format("expected [N, {}, ...], got shape {}", options.num_channels, to_string(x.shape())));
  return group_norm(x, options.num_groups, weight, bias, options.epsilon);
}

LocalResponseNorm::LocalResponseNorm(std::int64_t size, const LocalResponseNormOptions& options)
    : size(at_least(1, "LocalResponseNorm", "size", size)), options(options) {}

}  // namespace taper::nn
