// Dropout: sets random elements to 0 in training.
#pragma once

#include <taper/nn/layer.h>
#include <taper/tensor/random.h>

namespace taper::nn {

/// In training, sets each element to 0 with probability p and divides the others by 1 - p: see dropout().
class Dropout : public Layer<Dropout> {
 public:
  /// Draws from the default_generator() of each call. Throws ValueError unless p is in [0, 1].
  explicit Dropout(double p = 0.5);
  /// Draws from `generator`, which must outlive the layer and its copies.
  Dropout(double p, Generator& generator);
  Tensor forward(const Tensor& x) const;
  const double p;

 private:
  Generator* generator_ = nullptr;
};

}  // namespace taper::nn
