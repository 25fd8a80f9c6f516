// Dropout: zeroes elements at random while training.
#pragma once

#include <taper/nn/module.h>
#include <taper/tensor/random.h>

namespace taper::nn {

/// Zeroes each element with probability p and divides the others by 1 - p, while training: see dropout().
class Dropout : public Module {
 public:
  /// The generator must live as long as the layer and its copies. Throws ValueError unless p is in [0, 1].
  explicit Dropout(double p = 0.5, Generator& generator = default_generator());
  Tensor forward(const Tensor& x) override;
  const double p;

 private:
  Generator& generator_;
};

}  // namespace taper::nn
