// ImageFolder: lists files, and reads, resizes, crops and converts images.
#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include <taper/data/image_folder.h>
#include <taper/data/pixel_scales.h>
#include <taper/data/resize_image.h>
#include <taper/io/image.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>

namespace taper::data {
namespace {

namespace fs = std::filesystem;

IoError failure(const fs::path& path, const std::string& reason) {
  return IoError(fmt::format("ImageFolder: '{}': {}", path.string(), reason));
}

bool is_image(const fs::path& path) {
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); });
  return extension == ".png" || extension == ".jpg" || extension == ".jpeg";
}

std::vector<std::string> folders_of(const std::string& directory) {
  std::error_code code;
  std::vector<std::string> names;
  for (fs::directory_iterator entry(directory, code), end; !code && entry != end; entry.increment(code))
    if (std::error_code ignored; entry->is_directory(ignored))
      names.push_back(entry->path().filename().string());
  if (code) throw failure(directory, code.message());
  if (names.empty()) throw failure(directory, "it has no folders; each class needs one, with its images");
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::string> images_of(const fs::path& directory) {
  std::error_code code;
  std::vector<std::pair<std::string, std::string>> found;  // folder and name
  for (fs::recursive_directory_iterator entry(directory, code), end; !code && entry != end;
       entry.increment(code))
    if (std::error_code ignored; is_image(entry->path()) && entry->is_regular_file(ignored))
      found.emplace_back(entry->path().parent_path().string(), entry->path().filename().string());
  if (code) throw failure(directory, code.message());
  if (found.empty()) throw failure(directory, "it has no PNG or JPEG files");
  std::sort(found.begin(), found.end());
  std::vector<std::string> paths;
  paths.reserve(found.size());
  for (const auto& [folder, name] : found) paths.push_back((fs::path(folder) / name).string());
  return paths;
}

void check(const ImageFolderOptions& options) {
  const auto fail = [](const std::string& reason) { throw ValueError("ImageFolder: " + reason); };
  if (options.channels != 1 && options.channels != 3 && options.channels != 4)
    fail(fmt::format("expected 1, 3 or 4 channels, got {}", options.channels));
  const Extent2d size = options.size;
  const bool sized = size.height != 0 || size.width != 0;
  if (size.height < 0 || size.width < 0 || (sized && (size.height == 0 || size.width == 0)))
    fail(fmt::format("expected a size of at least 1 x 1, got {} x {}", size.height, size.width));
  if (options.shorter_side < 0 || options.crop < 0)
    fail(fmt::format("expected a shorter_side and a crop of at least 1, got {} and {}", options.shorter_side,
                     options.crop));
  if (sized && options.shorter_side > 0) fail("expected a size or a shorter_side, got both");
  const std::int64_t shorter = sized ? std::min(size.height, size.width) : options.shorter_side;
  if (shorter > 0 && options.crop > shorter)
    fail(fmt::format("expected a crop of at most {}, which is the shorter side, got {}", shorter,
                     options.crop));
  if (options.raw && !options.means.empty())
    fail("raw pixels cannot be normalized; leave out means and deviations");
}

Tensor resized(const Tensor& pixels, const ImageFolderOptions& options) {
  if (options.size.height > 0) return resize_image(pixels, options.size.height, options.size.width);
  if (options.shorter_side == 0) return pixels;
  const std::int64_t height = pixels.shape()[1], width = pixels.shape()[2], side = options.shorter_side;
  return height < width ? resize_image(pixels, side, side * width / height)
                        : resize_image(pixels, side * height / width, side);
}

// Half of `rest`, rounded to the even neighbour.
std::int64_t margin(std::int64_t rest) { return rest / 2 + (rest % 4 == 3 ? 1 : 0); }

}  // namespace

ImageFolder::ImageFolder(const std::string& directory, ImageFolderOptions options)
    : options_(std::move(options)) {
  check(options_);
  scales_ = pixel_scales("ImageFolder", options_.channels, options_.means, options_.deviations);
  classes_ = folders_of(directory);
  for (std::size_t label = 0; label < classes_.size(); ++label) {
    for (std::string& path : images_of(fs::path(directory) / classes_[label]))
      files_.push_back(std::move(path));
    labels_.resize(files_.size(), static_cast<std::int64_t>(label));
  }
}

Example ImageFolder::get(std::int64_t index, Generator&) const {
  if (index < 0 || index >= size())
    throw IndexError(fmt::format("get: index {} is out of range for {} examples", index, size()));
  const std::size_t i = static_cast<std::size_t>(index);
  const Tensor pixels =
      resized(io::read_image(files_[i], {.channels = options_.channels,
                                         .apply_exif_orientation = options_.apply_exif_orientation}),
              options_);
  std::int64_t height = pixels.shape()[1], width = pixels.shape()[2], top = 0, left = 0;
  const std::int64_t area = height * width, stride = width;
  if (options_.crop > 0) {
    if (options_.crop > std::min(height, width))
      throw ValueError(fmt::format("ImageFolder: '{}' has {} x {} pixels; crop is {}", files_[i], width,
                                   height, options_.crop));
    top = margin(height - options_.crop);
    left = margin(width - options_.crop);
    height = width = options_.crop;
  }
  Tensor image =
      Tensor::empty({options_.channels, height, width}, options_.raw ? DType::uint8 : DType::float32);
  void* const out = image.mutable_raw();
  for (std::int64_t row = 0; row < options_.channels * height; ++row) {
    const std::int64_t channel = row / height;
    const std::uint8_t* const from = static_cast<const std::uint8_t*>(pixels.raw()) + channel * area +
                                     (top + row % height) * stride + left;
    if (options_.raw) {
      std::memcpy(static_cast<std::uint8_t*>(out) + row * width, from, static_cast<std::size_t>(width));
    } else {
      scales_[static_cast<std::size_t>(channel)](from, static_cast<float*>(out) + row * width, width);
    }
  }
  return {std::move(image), from_data({labels_[i]}, {})};
}

}  // namespace taper::data
