// Checks of layer options. Internal.
#pragma once

#include <cstdint>

#include <taper/tensor/convolution.h>

namespace taper::nn {

/// Returns `value` if it is at least `least`; else throws a ValueError such as "Linear: in_features must be
/// at least 1, got 0".
std::int64_t at_least(std::int64_t least, const char* layer, const char* option, std::int64_t value);
const Extent2d& at_least(std::int64_t least, const char* layer, const char* option, const Extent2d& value);
void at_least(std::int64_t least, const char* layer, const char* option, const Shape& values);
/// Throws ValueError unless epsilon is at least 0.
void check_epsilon(const char* layer, double epsilon);

}  // namespace taper::nn
