// Batch normalization layers.
#include <limits>

#include <fmt/format.h>

#include <taper/autograd/ops/normalization.h>
#include <taper/nn/batch_norm.h>
#include <taper/nn/check.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>

namespace taper::nn {
namespace {

const BatchNorm::Options& checked(const char* type, const BatchNorm::Options& options) {
  at_least(1, type, "num_features", options.num_features);
  check_epsilon(type, options.epsilon);
  if (!(options.momentum >= 0 && options.momentum <= 1))
    throw ValueError(fmt::format("{}: momentum must be between 0 and 1, got {}", type, options.momentum));
  return options;
}

}  // namespace

BatchNorm::BatchNorm(const char* type, const Options& given, int least_rank, int most_rank)
    : options(checked(type, given)),
      weight(given.affine ? parameter("weight", ones({given.num_features}, given.dtype)) : Tensor()),
      bias(given.affine ? parameter("bias", zeros({given.num_features}, given.dtype)) : Tensor()),
      running_mean(given.track_running_stats
                       ? buffer("running_mean", zeros({given.num_features}, given.dtype))
                       : Tensor()),
      running_var(given.track_running_stats ? buffer("running_var", ones({given.num_features}, given.dtype))
                                            : Tensor()),
      num_batches_tracked(given.track_running_stats ? buffer("num_batches_tracked", zeros({}, int64))
                                                    : Tensor()),
      least_rank_(least_rank),
      most_rank_(most_rank) {}

Tensor BatchNorm::forward(const Tensor& x) const {
  if (x.rank() < least_rank_ || x.rank() > most_rank_ || x.shape()[1] != options.num_features)
    throw ShapeError(fmt::format("expected rank {} with {} channels on axis 1, got shape {}",
                                 least_rank_ == most_rank_ ? fmt::format("{}", least_rank_)
                                                           : fmt::format("{} or {}", least_rank_, most_rank_),
                                 options.num_features, to_string(x.shape())));
  const bool training = is_training();
  Tensor y = batch_norm(x, running_mean, running_var, weight, bias,
                        {.training = training,
                         .momentum = options.momentum,
                         .epsilon = options.epsilon,
                         .unbiased = options.unbiased});
  if (training && num_batches_tracked.defined()) {
    Tensor count = num_batches_tracked;
    std::int64_t& batches = *count.mutable_data<std::int64_t>();
    if (batches < std::numeric_limits<std::int64_t>::max())
      ++batches;  // a loaded state may contain any number
  }
  return y;
}

}  // namespace taper::nn
