// ExponentialMovingAverage: an average of a sequence of values, with exponentially smaller weights for older
// values.
#pragma once

#include <cstdint>

#include <taper/tensor/tensor.h>

namespace taper::optim {

struct ExponentialMovingAverageOptions {
  /// The weight of the old average at each update; in [0, 1).
  double beta = 0.9;
  /// Divide by 1 - beta^t after t values: the average starts at 0, so without the correction the first
  /// results are too small by this factor.
  bool bias_correction = true;
};

/// v = beta * v + (1 - beta) * x for each value x, starting with v = 0: approximately the mean of the last
/// window() values. The values are numbers or tensors. Copies are independent.
///
///     optim::ExponentialMovingAverage smooth({.beta = 0.98});
///     for (double loss : losses) std::printf("%g\n", smooth.update(loss));
///     optim::ExponentialMovingAverage<Tensor> weights({.beta = 0.999});
///
/// The two slots of Adam are such averages, of the gradient and of its square. The option use_ema of
/// optimizers averages the parameters; it starts with the first value instead of 0, so it needs no
/// correction.
template <class T = double>
class ExponentialMovingAverage {
 public:
  using Options = ExponentialMovingAverageOptions;
  /// Throws ValueError unless 0 <= beta < 1.
  explicit ExponentialMovingAverage(const Options& options = {});

  /// Adds a value to the average and returns value(). Not recorded by autograd. For tensors: throws
  /// ValueError for an undefined one, DTypeError unless it is floating, ShapeError or DTypeError unless it
  /// has the shape and dtype of the first one.
  T update(const T& x);
  /// The average, with bias correction if the option is set. Throws ValueError before the first update().
  T value() const;
  /// The number of values so far.
  std::int64_t count() const noexcept { return count_; }
  /// 1 / (1 - beta). The weights of all values older than this add up to less than 1/e.
  double window() const noexcept { return 1 / (1 - options_.beta); }
  const Options& options() const noexcept { return options_; }

 private:
  Options options_;
  T average_{};
  std::int64_t count_ = 0;
};

extern template class ExponentialMovingAverage<double>;
extern template class ExponentialMovingAverage<Tensor>;

}  // namespace taper::optim
