// Flatten and Unflatten: merge axes into one, and divide one.
#pragma once

#include <taper/autograd/ops/arrange.h>
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

/// Divides an axis into several, one extent of which may be -1: [N, C * H * W] -> [N, C, H, W] for axis = 1.
class Unflatten : public Layer<Unflatten> {
 public:
  Unflatten(std::int64_t along, const Shape& extents) : axis(along), shape(extents) {}
  Tensor forward(const Tensor& x) const { return unflatten(x, axis, shape); }
  const std::int64_t axis;
  const Shape shape;
};

}  // namespace taper::nn
