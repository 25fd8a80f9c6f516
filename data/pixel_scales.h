// How pixels become numbers: a mean and a deviation for each channel. Internal.
#pragma once

#include <cstdint>
#include <vector>

#include <taper/tensor/pixels.h>

namespace taper::data {

/// Throws a ValueError that begins with `function` unless there are as many means and deviations as channels,
/// or none of both, which are 0 and 1.
std::vector<compute::PixelScale> pixel_scales(const char* function, std::int64_t channels,
                                              const std::vector<float>& means,
                                              const std::vector<float>& deviations);

}  // namespace taper::data
