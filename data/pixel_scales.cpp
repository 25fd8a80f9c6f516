// How pixels become numbers.
#include <fmt/format.h>

#include <taper/data/pixel_scales.h>
#include <taper/tensor/error.h>

namespace taper::data {

std::vector<compute::PixelScale> pixel_scales(const char* function, std::int64_t channels,
                                              const std::vector<float>& means,
                                              const std::vector<float>& deviations) {
  const std::size_t count = static_cast<std::size_t>(channels);
  if ((!means.empty() && means.size() != count) || means.size() != deviations.size())
    throw ValueError(fmt::format("{}: expected means and deviations of {} channels, or none, got {} and {}",
                                 function, channels, means.size(), deviations.size()));
  std::vector<compute::PixelScale> scales;
  scales.reserve(count);
  for (std::size_t channel = 0; channel < count; ++channel)
    scales.emplace_back(means.empty() ? 0.0f : means[channel], means.empty() ? 1.0f : deviations[channel]);
  return scales;
}

}  // namespace taper::data
