// Dropout: sets random elements to 0 in training.
#include <fmt/format.h>

#include <taper/autograd/ops/dropout.h>
#include <taper/nn/dropout.h>
#include <taper/tensor/error.h>

namespace taper::nn {

Dropout::Dropout(double p, Generator& generator) : p(p), generator_(generator) {
  if (!(p >= 0 && p <= 1)) throw ValueError(fmt::format("Dropout: p must be between 0 and 1, got {}", p));
}

Tensor Dropout::forward(const Tensor& x) { return dropout(x, p, is_training(), generator_); }

}  // namespace taper::nn
