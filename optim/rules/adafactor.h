// Adafactor: squared gradients kept as rows and columns, for little memory.
#pragma once

#include <taper/optim/optimizer.h>

namespace taper::optim {

struct AdafactorOptions {
  static constexpr const char* class_name = "Adafactor";
  LearningRate learning_rate = 0.001;
  /// The averages of step t keep 1 - t^beta_2_decay of themselves; not positive.
  double beta_2_decay = -0.8;
  /// Added to squared gradients.
  double epsilon_1 = 1e-30;
  /// The least size that a parameter is taken to have.
  double epsilon_2 = 1e-3;
  /// Steps whose root mean square is larger are scaled down to it; positive.
  double clip_threshold = 1;
  /// As in Keras, without effect: the learning rate is limited to 1 / sqrt(t) in any case.
  bool relative_step = true;
  TAPER_OPTIMIZER_OPTIONS;
};
Fields fields(AdafactorOptions& options);

/// In step t = 1, 2, ..., with rate = min(learning_rate, 1 / sqrt(t)) and rms the root mean square:
/// v = an average of g^2, for two and more dimensions rebuilt from the averages r over the last and c over
/// the one before the last; u = g / sqrt(v); w -= rate * max(epsilon_2, rms(w)) * u / max(1, rms(u) /
/// clip_threshold) (Shazeer, Stern, 2018). Slots: r, c with two or more dimensions; velocity (kept as Keras
/// does, though r and c determine it). keras.optimizers.Adafactor.
class Adafactor : public OptimizerWith<AdafactorOptions> {
 public:
  using OptimizerWith::OptimizerWith;

 private:
  bool declare(Step& at) override;
  Tensor update(const Tensor& parameter, const Tensor& gradient, Step& at) override;
};

}  // namespace taper::optim
