// Dropout and noise. Which elements are changed, and how, depends on the generator alone. Without `training`
// all of them return x itself. They throw DTypeError unless the dtype is floating.
#pragma once

#include <taper/tensor/random.h>
#include <taper/tensor/tensor.h>

namespace taper {

/// If `training`, sets each element to 0 with probability p and divides the others by 1 - p, so that the
/// expected value stays the same; for p = 0 returns x itself (Srivastava et al.: Dropout; JMLR 2014). Throws
/// ValueError unless p is in [0, 1], as all below do that have it.
Tensor dropout(const Tensor& x, double p = 0.5, bool training = true,
               Generator& generator = default_generator());

/// dropout() of whole channels (Tompson et al.: Efficient object localization using convolutional networks;
/// CVPR 2015): x is [N, C, L] or [C, L]; [N, C, H, W] or [N, C, L]; [N, C, D, H, W] or [C, D, H, W]. Throws
/// ShapeError for another rank.
Tensor dropout1d(const Tensor& x, double p = 0.5, bool training = true,
                 Generator& generator = default_generator());
Tensor dropout2d(const Tensor& x, double p = 0.5, bool training = true,
                 Generator& generator = default_generator());
Tensor dropout3d(const Tensor& x, double p = 0.5, bool training = true,
                 Generator& generator = default_generator());

/// If `training`, replaces elements by the limit of selu() at -infinity, -1.7581, with probability p, and
/// then scales and moves all of them so that mean 0 and variance 1 stay (Klambauer et al.: Self-normalizing
/// neural networks; NIPS 2017). All are 0 for p = 1.
Tensor alpha_dropout(const Tensor& x, double p = 0.5, bool training = true,
                     Generator& generator = default_generator());
/// The same with whole channels of x [N, C, ...]. Throws ShapeError for a rank below 2.
Tensor feature_alpha_dropout(const Tensor& x, double p = 0.5, bool training = true,
                             Generator& generator = default_generator());

/// If `training`, adds normal noise with a standard deviation to each element (Keras). Throws ValueError
/// unless it is at least 0.
Tensor gaussian_noise(const Tensor& x, double standard_deviation, bool training = true,
                      Generator& generator = default_generator());
/// If `training`, multiplies each element with normal noise of mean 1 and variance p / (1 - p) (Keras).
/// Throws ValueError unless p is in [0, 1).
Tensor gaussian_dropout(const Tensor& x, double p, bool training = true,
                        Generator& generator = default_generator());

}  // namespace taper
