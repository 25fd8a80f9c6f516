// Writes digits of MNIST as PNG files, a folder for each: something to try predict and train_images with.
#include <filesystem>
#include <iostream>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <terminal/options.h>
#include <terminal/program.h>

#include <taper/taper.h>

using namespace taper;

int main(int argc, char** argv) {
  std::filesystem::path folder = "digits", source = TAPER_EXAMPLES_DIR "/data/mnist";
  std::int64_t count = 100;
  CLI::App app("Writes test images of MNIST as PNG files, a folder for each digit.", "export_digits");
  app.add_option("folder", folder, "where to; ./digits if not given");
  app.add_option("--count", count, "how many images, the first ones")
      ->check(terminal::whole_number(1, 10000));
  app.add_option("--data", source, "a directory with the files of MNIST");
  return terminal::run(app, argc, argv, [&] {
    const data::Mnist digits(source, false);
    const auto labels = digits.labels().to_vector<std::int64_t>();
    count = std::min(count, digits.size());
    for (std::int64_t i = 0; i < count; ++i) {
      const auto place = folder / std::to_string(labels[static_cast<std::size_t>(i)]);
      std::filesystem::create_directories(place);
      io::write_png(place / fmt::format("{:05}.png", i), digits.images()[i]);
    }
    std::cout << fmt::format("{} images in {}\n", count, folder.string());
  });
}
