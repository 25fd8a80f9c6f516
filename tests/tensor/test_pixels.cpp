// Pixels: for every byte the bits that division gives, whatever the numbers.
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include <catch.h>

#include <taper/tensor/pixels.h>

TEST_CASE("pixels are scaled as by division") {
  std::vector<std::uint8_t> bytes;
  for (int i = 0; i < 300; ++i) bytes.push_back(static_cast<std::uint8_t>(i));
  const float infinity = std::numeric_limits<float>::infinity();
  const auto check = [&](float mean, float deviation) {
    const taper::compute::PixelScale scale(mean, deviation);
    for (const std::int64_t count : {0, 1, 7, 15, 16, 33, 300}) {
      std::vector<float> values(301, -7);
      scale(bytes.data(), values.data(), count);
      std::vector<float> expected(301, -7);
      for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i)
        expected[i] = (static_cast<float>(bytes[i]) / 255 - mean) / deviation;
      int different = 0;
      for (std::size_t i = 0; i < values.size(); ++i)
        different += std::isnan(expected[i]) ? !std::isnan(values[i])
                                             : std::memcmp(&values[i], &expected[i], sizeof(float)) != 0;
      CHECK(different == 0);
    }
  };
  for (const float mean : {0.0f, 0.1307f, 0.2860f, 0.4914f, 0.5f, -1.0f, infinity, 1e30f})
    for (const float deviation : {1.0f, 0.3081f, 0.3530f, 0.247f, 0.0f, -2.0f, 1e-44f, 3e38f, infinity})
      check(mean, deviation);
  for (int i = 1; i < 300; ++i) check(static_cast<float>(i) * 0.0037f, static_cast<float>(i) * 0.00713f);
}
