// Batch and instance normalization layers.
#include <limits>

#include <fmt/format.h>

#include <taper/autograd/ops/normalization.h>
#include <taper/autograd/ops/shape.h>
#include <taper/nn/batch_norm.h>
#include <taper/nn/check.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>

namespace taper::nn {
namespace {

template <class Options>
const Options& checked(const char* type, const Options& options) {
  at_least(1, type, "num_features", options.num_features);
  check_epsilon(type, options.epsilon);
  check_fraction(type, "momentum", options.momentum);
  return options;
}

}  // namespace

template <class Derived, bool by_default>
ChannelNorm<Derived, by_default>::ChannelNorm(const char* type, const Options& given, int least_rank,
                                              int most_rank)
    : options(checked(type, given)),
      weight(given.affine ? this->parameter("weight", ones({given.num_features}, given.dtype)) : Tensor()),
      bias(given.affine ? this->parameter("bias", zeros({given.num_features}, given.dtype)) : Tensor()),
      running_mean(given.track_running_stats
                       ? this->buffer("running_mean", zeros({given.num_features}, given.dtype))
                       : Tensor()),
      running_var(given.track_running_stats
                      ? this->buffer("running_var", ones({given.num_features}, given.dtype))
                      : Tensor()),
      num_batches_tracked(given.track_running_stats ? this->buffer("num_batches_tracked", zeros({}, int64))
                                                    : Tensor()),
      least_rank_(least_rank),
      most_rank_(most_rank) {}

template <class Derived, bool by_default>
void ChannelNorm<Derived, by_default>::check_channels(const Tensor& x, int axis) const {
  if (x.rank() < least_rank_ || x.rank() > most_rank_ || x.shape()[axis] != options.num_features)
    throw ShapeError(fmt::format("expected rank {} with {} channels on axis {}, got shape {}",
                                 least_rank_ == most_rank_ ? fmt::format("{}", least_rank_)
                                                           : fmt::format("{} or {}", least_rank_, most_rank_),
                                 options.num_features, axis, to_string(x.shape())));
}

template class ChannelNorm<BatchNorm, true>;
template class ChannelNorm<InstanceNorm, false>;

Tensor BatchNorm::forward(const Tensor& x) const {
  check_channels(x, 1);
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

Tensor InstanceNorm::forward(const Tensor& x) const {
  const bool single = x.rank() == least_rank_;
  check_channels(x, single ? 0 : 1);
  const Tensor y = instance_norm(single ? unsqueeze(x, 0) : x, running_mean, running_var, weight, bias,
                                 {.use_input_stats = is_training() || !options.track_running_stats,
                                  .momentum = options.momentum,
                                  .epsilon = options.epsilon});
  return single ? squeeze(y, 0) : y;
}

}  // namespace taper::nn
