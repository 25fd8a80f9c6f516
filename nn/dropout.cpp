// Dropout: sets random elements to 0 in training.
#include <fmt/format.h>

#include <taper/autograd/ops/dropout.h>
#include <taper/nn/dropout.h>
#include <taper/tensor/error.h>

namespace taper::nn {

Dropout::Dropout(double p) : p(p) {
  if (!(p >= 0 && p <= 1)) throw ValueError(fmt::format("Dropout: p must be between 0 and 1, got {}", p));
}

Dropout::Dropout(double p, Generator& generator) : Dropout(p) { generator_ = &generator; }

Tensor Dropout::forward(const Tensor& x) const {
  if (generator_ == nullptr && is_training()) return dropout(x, p);
  Generator unused;
  return dropout(x, p, is_training(), generator_ == nullptr ? unused : *generator_);
}

}  // namespace taper::nn
