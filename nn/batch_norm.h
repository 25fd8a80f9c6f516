// Batch normalization layers.
#pragma once

#include <taper/nn/module.h>

namespace taper::nn {

/// What BatchNorm1d and BatchNorm2d share: see batch_norm().
class BatchNorm : public Module {
 public:
  struct Options {
    std::int64_t num_features = 0;  ///< channels
    double epsilon = 1e-5;
    double momentum = 0.1;  ///< the weight of the new value in the running statistics
    bool affine = true;     ///< has weight and bias
    /// Without them, the statistics of the batch are used in evaluation, too.
    bool track_running_stats = true;
    DType dtype = float32;
  };
  Tensor forward(const Tensor& x) final;

  const Options options;
  const Tensor weight, bias;  ///< [num_features], ones and zeros at first; undefined unless affine
  const Tensor running_mean, running_var;  ///< buffers [num_features]; undefined unless tracked
  const Tensor num_batches_tracked;        ///< an int64 buffer, as PyTorch has it

 protected:
  /// Throws ValueError for an option that makes no sense.
  BatchNorm(const char* type, const Options& options, int least_rank, int most_rank);

 private:
  const char* type_;
  int least_rank_, most_rank_;
};

/// For [N, C] or [N, C, L].
struct BatchNorm1d : BatchNorm {
  explicit BatchNorm1d(const Options& given) : BatchNorm("BatchNorm1d", given, 2, 3) {}
};

/// For images [N, C, H, W].
struct BatchNorm2d : BatchNorm {
  explicit BatchNorm2d(const Options& given) : BatchNorm("BatchNorm2d", given, 4, 4) {}
};

}  // namespace taper::nn
