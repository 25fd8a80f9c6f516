// Reads the digits in images with weights that mnist has saved: predict IMAGE_OR_FOLDER... --weights FILE
#include <algorithm>
#include <array>
#include <filesystem>
#include <iostream>

#include <CLI/CLI.hpp>
#include <digits/models.h>
#include <fmt/format.h>
#include <terminal/program.h>

#include <taper/taper.h>

using namespace taper;
namespace fs = std::filesystem;

namespace {

/// The images in a folder and in its folders, sorted; or the file itself.
void list_images(const fs::path& path, std::vector<fs::path>& images) {
  if (!fs::is_directory(path)) {
    images.push_back(path);
    return;
  }
  std::vector<fs::path> found;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(path)) {
    const std::string extension = entry.path().extension();
    if (extension == ".png" || extension == ".jpg" || extension == ".jpeg") found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end());
  images.insert(images.end(), found.begin(), found.end());
}

/// The first and the last index with ink along an axis of [height, width].
std::array<std::int64_t, 2> extent_of_ink(const Tensor& ink, std::int64_t axis) {
  const std::vector<std::int64_t> where = to(max(ink, {axis}) > 0.2, int64).to_vector<std::int64_t>();
  const auto first = std::find(where.begin(), where.end(), 1);
  if (first == where.end()) throw ValueError("there is no ink");
  const auto last = std::find(where.rbegin(), where.rend(), 1);
  return {first - where.begin(), where.rend() - last - 1};
}

/// What MNIST's authors did: bright ink on black, 20 pixels high or wide, its centre of mass in the middle of
/// 28 x 28. float32 [1, 28, 28] in [0, 1].
Tensor as_in_mnist(const Tensor& pixels) {
  constexpr std::int64_t side = 28, box = 20;
  Tensor image = to(pixels, float32) / 255;
  const std::int64_t height = image.size(1), width = image.size(2);
  const Tensor corners = concat({image(0, 0), image(0, height - 1)}, 0);
  if (mean(corners).item<float>() > 0.5f) image = 1 - image;  // black on white
  if (height == side && width == side) return image;

  const auto [top, bottom] = extent_of_ink(image[0], 1);
  const auto [left, right] = extent_of_ink(image[0], 0);
  const std::int64_t rows = bottom - top + 1, columns = right - left + 1, longer = std::max(rows, columns);
  image = data::crop(image, {.top = top, .left = left, .height = rows, .width = columns});
  image = data::resize_image(image, std::max<std::int64_t>(1, rows * box / longer),
                             std::max<std::int64_t>(1, columns * box / longer));
  const auto centre = [&](std::int64_t axis) {
    const Tensor mass = sum(image[0], 1 - axis);
    return static_cast<std::int64_t>(
        std::lround((sum(mass * arange(0, static_cast<double>(mass.numel()))) / sum(mass)).item<float>()));
  };
  return data::crop(
      image, {.top = centre(0) - side / 2, .left = centre(1) - side / 2, .height = side, .width = side});
}

void run(const std::vector<fs::path>& paths, const fs::path& weights) {
  const io::SafeTensors saved = io::load_safetensors(weights);
  const auto name = saved.metadata.find("model");
  if (name == saved.metadata.end())
    throw ValueError(
        fmt::format("'{}' does not say which model it is of; save it with mnist --save", weights.string()));
  nn::Sequential model = make_model(name->second);
  model.load_state_dict(saved.tensors);
  model.eval();

  std::vector<fs::path> images;
  for (const fs::path& path : paths) list_images(path, images);
  if (images.empty()) throw ValueError("there are no PNG or JPEG files");
  const NoGrad no_grad;
  std::int64_t labelled = 0, right = 0;
  for (const fs::path& path : images) {
    Tensor digit;
    try {
      digit = as_in_mnist(io::read_image(path, {.channels = 1}));
    } catch (const ValueError& error) {
      std::cout << fmt::format("{}: {}\n", path.string(), error.what());
      continue;
    }
    const Tensor chances = softmax(model(unsqueeze((digit - 0.1307) / 0.3081, 0)), 1)[0];
    const std::int64_t read = argmax(chances).item<std::int64_t>();
    std::cout << fmt::format("{}: {} ({:.1f} %)\n", path.string(), read, 100 * chances[read].item<double>());
    // The folder of an image may be its label.
    const std::string folder = path.parent_path().filename();
    if (folder.size() != 1 || folder[0] < '0' || folder[0] > '9') continue;
    ++labelled;
    right += read == folder[0] - '0';
  }
  if (labelled > 0)
    std::cout << fmt::format("right {} of {}, by the names of their folders\n", right, labelled);
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<fs::path> paths;
  fs::path weights = "digits.safetensors";
  CLI::App app("Reads the digits in images.", "predict");
  app.add_option("images", paths, "PNG or JPEG files, or folders of them; one digit in each, any size")
      ->required();
  app.add_option("--weights", weights, "what mnist --save has written; digits.safetensors if not given");
  return terminal::run(app, argc, argv, [&] { run(paths, weights); });
}
