// Convolution of sequences [N, C, L], images [N, C, H, W] and volumes [N, C, D, H, W]. All functions throw
// ShapeError, DTypeError or ValueError for arguments that do not fit together.
#pragma once

#include <taper/tensor/convolution.h>
#include <taper/tensor/tensor.h>

namespace taper {

/// Cross-correlation, as neural networks call convolution: x [N, C, H, W] with weight [O, C / groups, kh, kw]
/// and bias [O] (none if undefined) -> [N, O, H', W'], where H' = floor((H + 2 padding - dilation (kh - 1) -
/// 1) / stride) + 1 and W' accordingly. The activation and max_pool of the options, if any, are applied to
/// the result; max_pool divides H' and W', rounded down. Throws ShapeError, DTypeError or ValueError for
/// arguments that do not fit together.
Tensor conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias = {},
              const Conv2dOptions& options = {});
/// The same of sequences [N, C, L] with weight [O, C / groups, k].
Tensor conv1d(const Tensor& x, const Tensor& weight, const Tensor& bias = {},
              const Conv1dOptions& options = {});
/// The same of volumes [N, C, D, H, W] with weight [O, C / groups, kd, kh, kw].
Tensor conv3d(const Tensor& x, const Tensor& weight, const Tensor& bias = {},
              const Conv3dOptions& options = {});

/// Options of conv_transpose1d() to conv_transpose3d(): those of the convolution whose gradient it is.
template <class Extents>
struct ConvTransposeOptions {
  Extents stride = 1;
  Extents padding = 0;
  Extents output_padding = 0;  ///< added to the result's extents; less than stride or dilation
  Extents dilation = 1;
  std::int64_t groups = 1;
};
using ConvTranspose1dOptions = ConvTransposeOptions<Extent1d>;
using ConvTranspose2dOptions = ConvTransposeOptions<Extent2d>;
using ConvTranspose3dOptions = ConvTransposeOptions<Extent3d>;

/// The gradient of a convolution by its x, given that of its result: x [N, C, H, W] with weight [C, O /
/// groups, kh, kw] and bias [O] -> [N, O, H', W'], where H' = (H - 1) stride - 2 padding + dilation (kh - 1)
/// + output_padding + 1 and W' accordingly; the same for one axis and for three. (Zeiler et al.:
/// Deconvolutional networks; CVPR 2010.)
Tensor conv_transpose1d(const Tensor& x, const Tensor& weight, const Tensor& bias = {},
                        const ConvTranspose1dOptions& options = {});
Tensor conv_transpose2d(const Tensor& x, const Tensor& weight, const Tensor& bias = {},
                        const ConvTranspose2dOptions& options = {});
Tensor conv_transpose3d(const Tensor& x, const Tensor& weight, const Tensor& bias = {},
                        const ConvTranspose3dOptions& options = {});

}  // namespace taper
