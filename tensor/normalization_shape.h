// What is normalized together.
#pragma once

#include <cstdint>

namespace taper::compute {

/// x is [runs, groups, length], dense; what x[:, group, :] holds is normalized together. Weight and bias have
/// one element for each group, or, if `per_position` (then runs is 1), one for each of `length`.
/// Batch normalization of [N, C, L]: runs = N, groups = C, length = L. Layer normalization of R rows of L:
/// runs = 1, groups = R, length = L, per_position.
struct NormalizationShape {
  std::int64_t runs = 1, groups = 1, length = 1;
  bool per_position = false;
};

}  // namespace taper::compute
