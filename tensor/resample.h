// Resampling along an axis: each element of the result is a weighted sum of some of x; not recorded by
// autograd.
#pragma once

#include <taper/tensor/tensor.h>

namespace taper {

/// Where the elements of an axis of another length come from: the nearest one, by its left edge or by its
/// centre; a weighted mean of the nearest two or four; or the mean of all that it covers.
enum class Resampling {
  nearest,
  nearest_exact,
  linear,
  cubic,
  area,
  bilinear = linear,  // PyTorch's names for two and three axes
  trilinear = linear,
  bicubic = cubic
};

namespace compute {

// `function` is the name that error messages begin with.

/// A linear map along an axis of extent `inputs`: element i of the result is the sum of weights[k] times
/// element sources[k], for k from begins[i] to begins[i + 1] - 1. int64, int64 and float64.
struct Taps {
  std::int64_t inputs;
  Tensor begins, sources, weights;
  std::int64_t outputs() const { return begins.numel() - 1; }
};
/// What resizes an axis. `step` is the distance of the result's elements in x; 0: that of the extents. Both
/// extents are from 1 to largest_extent.
Taps resize_taps(const char* function, std::int64_t inputs, std::int64_t outputs, Resampling how,
                 double step = 0, bool align_corners = false);
/// The adjoint map.
Taps transposed(const char* function, const Taps& taps);
/// x, which is floating and has extent `inputs` there, mapped along the axis. Sums are computed in float64.
Tensor resample(const char* function, const Tensor& x, int axis, const Taps& taps);

}  // namespace compute
}  // namespace taper
