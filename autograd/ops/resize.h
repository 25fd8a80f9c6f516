// Resizing sequences, images and volumes, moving elements between channels and pixels, and sampling at any
// places. x is floating where elements are computed (DTypeError otherwise).
#pragma once

#include <initializer_list>

#include <taper/tensor/extent.h>
#include <taper/tensor/resample.h>
#include <taper/tensor/tensor.h>

namespace taper {

/// Factors of extents: one for all axes, or one for each.
struct ScaleFactors {
  ScaleFactors() = default;
  ScaleFactors(double all) : count(1), values{all} {}  // NOLINT: implicit on purpose
  /// Throws ValueError for more than three.
  ScaleFactors(std::initializer_list<double> each);

  int count = 0;
  double values[3] = {};
};

/// Options of interpolate(): either a size or factors.
struct InterpolateOptions {
  Shape size = {};                 ///< extents after the channels; one for all axes
  ScaleFactors scale_factor = {};  ///< the extents are those of x times these, rounded down
  Resampling mode = Resampling::nearest;
  bool align_corners = false;           ///< the first and last elements stay in place (linear and cubic)
  bool recompute_scale_factor = false;  ///< places follow from both extents instead of scale_factor
};
/// x [N, C, L], [N, C, H, W] or [N, C, D, H, W] with its axes after the channels resized, one after the
/// other, as PyTorch does it. Throws ValueError for options that do not fit together, ShapeError for another
/// rank.
Tensor interpolate(const Tensor& x, const InterpolateOptions& options);

/// [..., C factor^2, H, W] -> [..., C, H factor, W factor]: channel c factor^2 + i factor + j of a pixel
/// becomes pixel (i, j) of a square in channel c (Shi et al.: Real-time single image and video
/// super-resolution using an efficient sub-pixel convolutional neural network; CVPR 2016). Throws ShapeError,
/// as the next two do, for other channels, and ValueError for a factor below 1.
Tensor pixel_shuffle(const Tensor& x, std::int64_t factor);
/// The inverse of pixel_shuffle(): [..., C, H factor, W factor] -> [..., C factor^2, H, W].
Tensor pixel_unshuffle(const Tensor& x, std::int64_t factor);
/// [N, groups * C, ...] -> the same with the channels of all groups in turns (Zhang et al.: ShuffleNet; CVPR
/// 2018).
Tensor channel_shuffle(const Tensor& x, std::int64_t groups);

/// What grid_sample() finds beyond the border: zeros; the border; or what is mirrored there.
enum class GridPadding { zeros, border, reflection };
struct GridSampleOptions {
  Resampling mode = Resampling::linear;  ///< nearest, linear or cubic
  GridPadding padding_mode = GridPadding::zeros;
  bool align_corners = false;  ///< whether -1 and 1 are the centres of the pixels at the border, or its edge
};
/// x [N, C, H, W] at the places grid [N, H', W', 2], of (x, y) from -1 to 1 across the image -> [N, C, H',
/// W']. Both get gradients. Throws ShapeError, DTypeError or ValueError for arguments that do not fit.
Tensor grid_sample(const Tensor& x, const Tensor& grid, const GridSampleOptions& options = {});
/// The grid [N, H, W, 2] for grid_sample() of the affine maps theta [N, 2, 3], for images of size [N, C, H,
/// W]. (Jaderberg et al.: Spatial transformer networks; NeurIPS 2015.)
Tensor affine_grid(const Tensor& theta, const Shape& size, bool align_corners = false);

}  // namespace taper
