// The numbers that pixels become: a table of 256 for each channel. Internal.
#pragma once

#include <cstdint>
#include <vector>

namespace taper::data {

/// (pixel / 255 - mean) / deviation for each channel and pixel from 0 to 255. Throws a ValueError that begins
/// with `function` unless there are as many means and deviations as channels, or none of both.
std::vector<float> pixel_values(const char* function, std::int64_t channels, const std::vector<float>& means,
                                const std::vector<float>& deviations);

}  // namespace taper::data
