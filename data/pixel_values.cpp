// The numbers that pixels become.
#include <fmt/format.h>

#include <taper/data/pixel_values.h>
#include <taper/tensor/error.h>

namespace taper::data {

std::vector<float> pixel_values(const char* function, std::int64_t channels, const std::vector<float>& means,
                                const std::vector<float>& deviations) {
  const auto fits = [&](const std::vector<float>& numbers) {
    return numbers.empty() || static_cast<std::int64_t>(numbers.size()) == channels;
  };
  if (!fits(means) || means.size() != deviations.size())
    throw ValueError(fmt::format("{}: expected means and deviations of {} channels, or none, got {} and {}",
                                 function, channels, means.size(), deviations.size()));
  std::vector<float> values;
  values.reserve(static_cast<std::size_t>(channels) * 256);
  for (std::size_t channel = 0; channel < static_cast<std::size_t>(channels); ++channel)
    for (int pixel = 0; pixel < 256; ++pixel) {
      const float value = static_cast<float>(pixel) / 255;
      values.push_back(means.empty() ? value : (value - means[channel]) / deviations[channel]);
    }
  return values;
}

}  // namespace taper::data
