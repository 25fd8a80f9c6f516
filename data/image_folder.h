// ImageFolder: a folder with a folder of PNG and JPEG files for each class.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <taper/data/dataset.h>
#include <taper/tensor/extent.h>
#include <taper/tensor/pixels.h>

namespace taper::data {

/// Options of ImageFolder.
struct ImageFolderOptions {
  /// 1: gray; 3: red, green and blue; 4: the same and alpha.
  int channels = 3;
  /// Resize each image to this height and width, whatever its shape.
  Extent2d size = 0;
  /// Or resize it so that its shorter side has this many pixels, and the longer one its share, rounded down.
  std::int64_t shorter_side = 0;
  /// Then cut out the square of this many pixels at its centre.
  std::int64_t crop = 0;
  /// Subtracted from each channel's values in [0, 1], which are then divided by the deviations. Without any,
  /// values stay as they are.
  std::vector<float> means = {};
  std::vector<float> deviations = {};
  /// Return the pixels themselves, uint8 from 0 to 255.
  bool raw = false;
  /// Whether photographs are turned upright: see io::ImageOptions. torchvision's ImageFolder does not.
  bool apply_exif_orientation = true;
};

/// An example is an image, float32 [channels, height, width] in [0, 1], and the index of its class, a scalar
/// of int64:
///
///     const data::ImageFolder flowers("flowers", {.shorter_side = 256, .crop = 224});
///     data::DataLoader loader(flowers, {.batch_size = 32, .shuffle = true, .workers = 2});
///
/// Every folder in the folder is a class; they are sorted by their names' bytes. Its files that end in .png,
/// .jpg or .jpeg, also in capitals, are its images, with those of the folders in it, in the order of
/// torchvision's ImageFolder. Files are read when an example is asked for, by the loader's workers. Without
/// `size`, or `shorter_side` and `crop`, images of different sizes cannot be stacked to a batch. See
/// resize_image().
class ImageFolder final : public Dataset {
 public:
  /// Lists the files. Throws IoError if the folder cannot be read, has no folders, or one of them has no
  /// images; ValueError for options that make no sense.
  explicit ImageFolder(const std::string& directory, ImageFolderOptions options = {});

  std::int64_t size() const override { return static_cast<std::int64_t>(files_.size()); }
  /// Throws IndexError out of range, IoError as read_image() does, ValueError for an image that is smaller
  /// than `crop`.
  Example get(std::int64_t index, Generator& unused) const override;
  bool is_random() const override { return false; }

  /// The names of the folders.
  const std::vector<std::string>& classes() const noexcept { return classes_; }
  /// The paths of the files and their classes, by the index of the example.
  const std::vector<std::string>& files() const noexcept { return files_; }
  const std::vector<std::int64_t>& labels() const noexcept { return labels_; }

 private:
  ImageFolderOptions options_;
  std::vector<std::string> classes_, files_;
  std::vector<std::int64_t> labels_;
  std::vector<compute::PixelScale> scales_;  // of the channels
};

}  // namespace taper::data
