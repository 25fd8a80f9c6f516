// ExponentialMovingAverage: the mean of the latest values, where older ones count less and less.
#pragma once

#include <cstdint>

#include <taper/tensor/tensor.h>

namespace taper::optim {

struct ExponentialMovingAverageOptions {
  /// What the average keeps of itself at each value; in [0, 1).
  double beta = 0.9;
  /// Divide by 1 - beta^t: the average begins at 0, and its first values are too small by this factor.
  bool bias_correction = true;
};

/// v = beta * v + (1 - beta) * x for one value x after another, from v = 0: about the mean of the last
/// window() values. Of numbers or of tensors; a plain value: copying copies it.
///
///     optim::ExponentialMovingAverage smooth({.beta = 0.98});
///     for (double loss : losses) std::printf("%g\n", smooth.update(loss));
///     optim::ExponentialMovingAverage<Tensor> weights({.beta = 0.999});
///
/// Adam's two slots are such averages, of the gradient and of its square. The option use_ema of optimizers
/// is another: of the parameters, from the first value rather than 0, so that it needs no correction.
template <class T = double>
class ExponentialMovingAverage {
 public:
  using Options = ExponentialMovingAverageOptions;
  /// Throws ValueError unless 0 <= beta < 1.
  explicit ExponentialMovingAverage(const Options& options = {});

  /// Takes one more value, and returns value(). A tensor must be floating and like those before: ValueError,
  /// ShapeError, DTypeError. It is not recorded.
  T update(const T& x);
  /// The average, corrected if that is wanted. Throws ValueError before the first value.
  T value() const;
  /// The number of values.
  std::int64_t count() const noexcept { return count_; }
  /// 1 / (1 - beta): values older than this count less than 1/e in all.
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
