// bench_image_folder FOLDER SIZE BATCH WORKERS: images a second of one epoch over a folder of images,
// shuffled, each resized to SIZE x SIZE (0: as it is) and normalized; a number for image_folder.py.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include <taper/taper.h>

int main(int count, char** arguments) {
  using namespace taper;
  using Clock = std::chrono::steady_clock;
  if (count != 5) {
    fmt::print("usage: bench_image_folder FOLDER SIZE BATCH WORKERS\n");
    return 2;
  }
  const std::int64_t size = std::stoll(arguments[2]), batch = std::stoll(arguments[3]),
                     workers = std::stoll(arguments[4]);
  const data::ImageFolder images(
      arguments[1],
      {.size = size, .means = {0.485f, 0.456f, 0.406f}, .deviations = {0.229f, 0.224f, 0.225f}});
  data::DataLoader loader(images, {.batch_size = batch,
                                   .shuffle = true,
                                   .seed = 1,
                                   .prefetch = workers == 0 ? std::optional<std::int64_t>(0) : std::nullopt,
                                   .workers = std::max<std::int64_t>(workers, 1)});
  std::int64_t seen = 0;
  const auto start = Clock::now();
  for (const data::Batch& each : loader) seen += each[1].numel();
  fmt::print("{:.1f}\n",
             static_cast<double>(seen) / std::chrono::duration<double>(Clock::now() - start).count());
  return 0;
}
