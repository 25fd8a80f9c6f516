// NormalizationShape: which elements share a mean and a variance.
#pragma once

#include <cstdint>

namespace taper::compute {

/// x is seen as a dense [runs, groups, length]. The elements of x[:, group, :] share a mean and a variance.
/// Weight and bias have one element for each group, or, with `per_position` (which implies runs = 1), one for
/// each of the `length` positions.
/// Batch normalization of [N, C, L]: runs = N, groups = C, length = L. Layer normalization of R rows of L
/// elements: runs = 1, groups = R, length = L, per_position = true.
/// Unless `centred`, 0 is taken for the mean: the variance is the mean of squares.
struct NormalizationShape {
  std::int64_t runs = 1, groups = 1, length = 1;
  bool per_position = false, centred = true;
};

}  // namespace taper::compute
