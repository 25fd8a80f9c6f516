// Batch and instance normalization layers.
#pragma once

#include <taper/nn/layer.h>

namespace taper::nn {

/// What layers have that normalize each channel. `by_default` is for the options affine and
/// track_running_stats.
template <class Derived, bool by_default>
class ChannelNorm : public Layer<Derived> {
 public:
  struct Options {
    std::int64_t num_features = 0;  ///< the number of channels
    double epsilon = 1e-5;
    double momentum = 0.1;     ///< the weight of the new value in the running statistics
    bool affine = by_default;  ///< whether there are weight and bias
    /// If false, there are no running statistics, and evaluation uses the statistics of the input, too.
    bool track_running_stats = by_default;
    bool unbiased = true;  ///< whether running_var has Bessel's correction; in Keras it has none
    DType dtype = float32;
  };

  const Options options;
  const Tensor weight, bias;  ///< [num_features], initially ones and zeros; undefined unless affine
  const Tensor running_mean, running_var;  ///< buffers [num_features]; undefined unless
                                           ///< track_running_stats
  const Tensor num_batches_tracked;        ///< an int64 buffer, as in PyTorch

 protected:
  /// `type` is the name of the layer in error messages; inputs must have a rank from least_rank to most_rank.
  /// Throws ValueError unless num_features is at least 1, epsilon at least 0 and momentum in [0, 1].
  ChannelNorm(const char* type, const Options& options, int least_rank, int most_rank);
  /// Throws ShapeError unless x has such a rank, and its channels on this axis.
  void check_channels(const Tensor& x, int axis) const;

  const int least_rank_, most_rank_;
};

/// The base of BatchNorm1d, BatchNorm2d and BatchNorm3d: see batch_norm().
class BatchNorm : public ChannelNorm<BatchNorm, true> {
 public:
  Tensor forward(const Tensor& x) const;

 protected:
  using ChannelNorm::ChannelNorm;
};

/// For [N, C] or [N, C, L].
struct BatchNorm1d : BatchNorm {
  explicit BatchNorm1d(const Options& given) : BatchNorm("BatchNorm1d", given, 2, 3) {}
  explicit BatchNorm1d(std::int64_t num_features) : BatchNorm1d(Options{.num_features = num_features}) {}
};

/// For images [N, C, H, W].
struct BatchNorm2d : BatchNorm {
  explicit BatchNorm2d(const Options& given) : BatchNorm("BatchNorm2d", given, 4, 4) {}
  explicit BatchNorm2d(std::int64_t num_features) : BatchNorm2d(Options{.num_features = num_features}) {}
};

/// For volumes [N, C, D, H, W].
struct BatchNorm3d : BatchNorm {
  explicit BatchNorm3d(const Options& given) : BatchNorm("BatchNorm3d", given, 5, 5) {}
  explicit BatchNorm3d(std::int64_t num_features) : BatchNorm3d(Options{.num_features = num_features}) {}
};

/// The base of InstanceNorm1d, InstanceNorm2d and InstanceNorm3d: see instance_norm(). Without options they
/// have neither parameters nor running statistics.
class InstanceNorm : public ChannelNorm<InstanceNorm, false> {
 public:
  Tensor forward(const Tensor& x) const;

 protected:
  using ChannelNorm::ChannelNorm;
};

/// For [N, C, L] or [C, L].
struct InstanceNorm1d : InstanceNorm {
  explicit InstanceNorm1d(const Options& given) : InstanceNorm("InstanceNorm1d", given, 2, 3) {}
  explicit InstanceNorm1d(std::int64_t num_features)
      : InstanceNorm1d(Options{.num_features = num_features}) {}
};

/// For images [N, C, H, W] or [C, H, W].
struct InstanceNorm2d : InstanceNorm {
  explicit InstanceNorm2d(const Options& given) : InstanceNorm("InstanceNorm2d", given, 3, 4) {}
  explicit InstanceNorm2d(std::int64_t num_features)
      : InstanceNorm2d(Options{.num_features = num_features}) {}
};

/// For volumes [N, C, D, H, W] or [C, D, H, W].
struct InstanceNorm3d : InstanceNorm {
  explicit InstanceNorm3d(const Options& given) : InstanceNorm("InstanceNorm3d", given, 4, 5) {}
  explicit InstanceNorm3d(std::int64_t num_features)
      : InstanceNorm3d(Options{.num_features = num_features}) {}
};

extern template class ChannelNorm<BatchNorm, true>;
extern template class ChannelNorm<InstanceNorm, false>;

}  // namespace taper::nn
