// Kernels: normalization to mean 0 and variance 1, and its gradient.
#pragma once

#include <cstdint>

#include <taper/tensor/kernels/dispatch.h>
#include <taper/tensor/normalization_shape.h>

namespace taper::kernels {

using compute::NormalizationShape;

/// All functions work on the groups begin..end-1.
template <class T>
struct NormalizationKernels {
  /// Means and biased variances, [groups]. (Uncentred ones are of groups that are not of one element a run.)
  void (*moments)(const NormalizationShape& shape, std::int64_t begin, std::int64_t end, const T* x, T* mean,
                  T* variance);
  /// y = (x - mean) * scale * weight + bias, with scale [groups].
  void (*apply)(const NormalizationShape& shape, std::int64_t begin, std::int64_t end, const T* x,
                const T* mean, const T* scale, const T* weight, const T* bias, T* y);
  /// With n = (x - mean) * scale: sums = the sums of g and dots = those of g * n over each group, of
  /// g * weight instead of g if per_position. Unless x_gradient is null, the gradient of apply with respect
  /// to x, where mean and scale follow from x.
  void (*gradient)(const NormalizationShape& shape, std::int64_t begin, std::int64_t end, const T* x,
                   const T* g, const T* mean, const T* scale, const T* weight, T* sums, T* dots,
                   T* x_gradient);
  /// If per_position: the sums of g and g * n over all groups, for the positions begin..end-1.
  void (*position_sums)(const NormalizationShape& shape, std::int64_t begin, std::int64_t end, const T* x,
                        const T* g, const T* mean, const T* scale, T* sums, T* dots);
};

/// Groups of one element a run are worked on side by side, this many at a time: begin is a multiple of it.
inline constexpr std::int64_t normalization_block = 64;

template <class T>
const NormalizationKernels<T>& normalization() {
  return table<NormalizationKernels<T>>();
}

}  // namespace taper::kernels
