// Positions of the steps of a sequence, for attention, which does not see their order.
#pragma once

#include <taper/autograd/ops/attention.h>
#include <taper/nn/layer.h>

namespace taper::nn {

// Steps are numbered from `start` on, which in a generation step by step is the number of earlier ones.

/// Adds sines and cosines of the positions: see sinusoidal_positions().
class SinusoidalPositions : public Layer<SinusoidalPositions> {
 public:
  struct Options {
    double base = 10000;
    double dropout = 0;        ///< in training, of the sum
    bool batch_first = false;  ///< x is [batch, steps, features] rather than [steps, batch, features]
  };
  SinusoidalPositions() : SinusoidalPositions(Options()) {}
  /// Throws ValueError unless dropout is in [0, 1].
  explicit SinusoidalPositions(const Options& options);
  Tensor forward(const Tensor& x, std::int64_t start = 0) const;
  const Options options;
};

/// Adds a learned vector for each position.
class LearnedPositions : public Layer<LearnedPositions> {
 public:
  struct Options {
    std::int64_t max_steps = 0;
    std::int64_t features = 0;
    double standard_deviation = 0.02;  ///< of the initial values, which are normal
    bool batch_first = false;          ///< as for SinusoidalPositions
    DType dtype = float32;
  };
  /// Throws ValueError for a size below 1.
  explicit LearnedPositions(const Options& options);
  LearnedPositions(std::int64_t max_steps, std::int64_t features);
  LearnedPositions(std::int64_t max_steps, std::int64_t features, Options others);
  /// Throws ValueError for positions from max_steps on.
  Tensor forward(const Tensor& x, std::int64_t start = 0) const;
  const Options options;
  const Tensor weight;  ///< [max_steps, features]
};

/// Turns queries and keys [..., steps, features] by their positions: see rotary_embedding().
class RotaryPositions : public Layer<RotaryPositions> {
 public:
  explicit RotaryPositions(const RotaryOptions& given = {}) : options(given) {}
  Tensor forward(const Tensor& x, std::int64_t start = 0) const;
  const RotaryOptions options;
};

}  // namespace taper::nn
