// Batch normalization layers.
#pragma once

#include <taper/nn/layer.h>

namespace taper::nn {

/// The base of BatchNorm1d and BatchNorm2d, which normalizes each channel: see batch_norm().
class BatchNorm : public Layer<BatchNorm> {
 public:
  struct Options {
    std::int64_t num_features = 0;  ///< the number of channels
    double epsilon = 1e-5;
    double momentum = 0.1;  ///< the weight of the new value in the running statistics
    bool affine = true;     ///< whether there are weight and bias
    /// If false, there are no running statistics, and evaluation uses the statistics of the batch, too.
    bool track_running_stats = true;
    bool unbiased = true;  ///< whether running_var has Bessel's correction; in Keras it has none
    DType dtype = float32;
  };
  Tensor forward(const Tensor& x) const;

  const Options options;
  const Tensor weight, bias;  ///< [num_features], initially ones and zeros; undefined unless affine
  const Tensor running_mean, running_var;  ///< buffers [num_features]; undefined unless
                                           ///< track_running_stats
  const Tensor num_batches_tracked;        ///< an int64 buffer, as in PyTorch

 protected:
  /// `type` is the name of the layer in error messages; inputs must have a rank from least_rank to most_rank.
  /// Throws ValueError unless num_features is at least 1, epsilon at least 0 and momentum in [0, 1].
  BatchNorm(const char* type, const Options& options, int least_rank, int most_rank);

 private:
  int least_rank_, most_rank_;
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

}  // namespace taper::nn
