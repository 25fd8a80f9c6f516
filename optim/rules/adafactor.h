// Adafactor: steps scaled by averages of squared gradients per row and per column only, to save memory.
#pragma once

#include <taper/optim/optimizer.h>

namespace taper::optim {

struct AdafactorOptions {
  static constexpr const char* class_name = "Adafactor";
  LearningRate learning_rate = 0.001;
  /// The decay rate of the averages at step t is 1 - t^beta_2_decay; not positive.
  double beta_2_decay = -0.8;
  /// Added to the squared gradients.
  double epsilon_1 = 1e-30;
  /// A lower limit of the root mean square of a parameter in the formula below.
  double epsilon_2 = 1e-3;
  /// A step whose root mean square is larger than this is scaled down to it; positive.
  double clip_threshold = 1;
  /// Has no effect, as in Keras: the learning rate is always limited to 1 / sqrt(t).
  bool relative_step = true;
  TAPER_OPTIMIZER_OPTIONS;
};
Fields fields(AdafactorOptions& options);

/// At step t = 1, 2, ..., with rate = min(learning_rate, 1 / sqrt(t)) and rms = root mean square:
/// v is a moving average of g^2; with two or more dimensions it is reconstructed from r and c, the averages
/// over the last axis and over the last axis but one; u = g / sqrt(v);
/// w -= rate * max(epsilon_2, rms(w)) * u / max(1, rms(u) / clip_threshold) (Shazeer, Stern, 2018).
/// Slots: r and c with two or more dimensions; velocity v (stored, as in Keras, even if r and c determine
/// it). keras.optimizers.Adafactor.
///
/// Use: Adam's second moment as rows and columns.
/// Paper: https://arxiv.org/abs/1804.04235
class Adafactor : public OptimizerWith<AdafactorOptions> {
 public:
  using OptimizerWith::OptimizerWith;

 private:
  bool declare(Step& at) override;
  Tensor update(const Tensor& parameter, const Tensor& gradient, Step& at) override;
};

}  // namespace taper::optim
