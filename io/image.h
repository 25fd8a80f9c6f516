// Images: PNG and JPEG files, read into tensors and written from them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include <taper/tensor/tensor.h>

namespace taper::io {

/// Options of read_image() and decode_image().
struct ImageOptions {
  /// 1: gray; 3: red, green, blue; 4: the same and alpha, which is 255 if the file has none. 0: what the file
  /// has, which may also be 2, gray and alpha. Colors become gray as in Pillow: 0.299 red + 0.587 green +
  /// 0.114 blue, rounded. Alpha that is not wanted is dropped.
  int channels = 0;
  /// A file with more pixels is refused before memory is allocated for them.
  std::int64_t most_pixels = std::int64_t{1} << 27;
  /// Turn and mirror the pixels of a JPEG file as its EXIF orientation says, so that a photograph is upright,
  /// however the camera was held: ImageOps.exif_transpose of Pillow. (torchvision, whose name this is, does
  /// not unless asked to.)
  bool apply_exif_orientation = true;
};

/// The pixels of a PNG or JPEG file, uint8 [channels, height, width]. Which of both it is, its content says.
/// Numbers of 16 bits lose their lower half; those of 1, 2 and 4 bits are scaled to 8; palettes become
/// colors, and CMYK becomes RGB. Color profiles and gamma are ignored. The result is Pillow's, to the last
/// bit, where both use the same library. Throws IoError with the path and the reason if the file cannot be
/// read, is damaged or ends too early, has too many pixels, or if this build is without libpng or libjpeg;
/// ValueError for other channels.
Tensor read_image(const std::string& path, const ImageOptions& options = {});

/// The same for the content of a file in memory.
Tensor decode_image(std::span<const std::byte> bytes, const ImageOptions& options = {});

/// The content of a PNG file with these pixels: uint8 [channels, height, width], with 1 to 4 channels (gray;
/// gray and alpha; RGB; RGB and alpha), or [height, width], which is gray. Throws ShapeError for other shapes
/// or an image without pixels, DTypeError for another dtype, IoError if this build is without libpng.
std::string encode_png(const Tensor& pixels);
/// Writes it to a file: see write_file().
void write_png(const std::string& path, const Tensor& pixels);

/// Options of encode_jpeg() and write_jpeg().
struct JpegOptions {
  /// From 1, small, to 100, like the original.
  int quality = 75;
};

/// The content of a JPEG file with these pixels: uint8 [channels, height, width] with 1 or 3 channels, or
/// [height, width]. Throws as encode_png() does; ValueError for another quality.
std::string encode_jpeg(const Tensor& pixels, const JpegOptions& options = {});
/// Writes it to a file: see write_file().
void write_jpeg(const std::string& path, const Tensor& pixels, const JpegOptions& options = {});

}  // namespace taper::io
