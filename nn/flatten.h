// Flatten: merges axes into one.
#pragma once

#include <taper/autograd/ops/shape.h>
#include <taper/nn/layer.h>

namespace taper::nn {

/// Merges axis `start` and all later axes into one: [N, C, H, W] -> [N, C * H * W] for start = 1.
class Flatten : public Layer<Flatten> {
 public:
  explicit Flatten(std::int64_t first = 1) : start(first) {}
  Tensor forward(const Tensor& x) const { return flatten(x, start); }
  const std::int64_t start;
};

}  // namespace taper::nn
