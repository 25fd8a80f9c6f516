// What the formats of images share: rows of pixels to planes and back, and limits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>

#include <taper/io/image.h>

namespace taper::io::detail {

/// An error in the content of an image. It is rethrown as an IoError with the names of the function and file.
struct BadImage : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The channels of a pixel as they lie in a row of the file's.
enum class PixelFormat { gray = 1, gray_alpha = 2, rgb = 3, rgba = 4, inverted_cmyk = 5 };

/// Makes a tensor [channels, height, width] of rows of pixels whose channels lie side by side.
class Planes {
 public:
  /// Throws BadImage unless there are 1 to most_pixels pixels, and `bytes`, those of the file, can hold them:
  /// in its format, one byte holds no more than `densest` pixels.
  static void check(std::uint64_t width, std::uint64_t height, std::uint64_t bytes, double densest,
                    const ImageOptions& options);
  Planes(std::int64_t width, std::int64_t height, PixelFormat format, const ImageOptions& options);

  /// Places row `y`. Overwrites `row`.
  void place(std::int64_t y, std::uint8_t* row) noexcept;
  const Tensor& tensor() const noexcept { return tensor_; }
  std::int64_t height() const noexcept { return height_; }

 private:
  std::int64_t width_, height_;
  PixelFormat format_;
  int wanted_;  // channels
  Tensor tensor_;
  std::uint8_t* out_;
};

/// The opposite: an image that is to be written, with `channels` numbers for each pixel side by side.
class Rows {
 public:
  /// Throws ShapeError or DTypeError, which begin with `function`, unless the tensor is an image with at
  /// least one pixel and a number of channels that the format allows.
  Rows(const char* function, const Tensor& pixels, int most_channels, bool alpha);

  int channels() const noexcept { return channels_; }
  std::int64_t height() const noexcept { return height_; }
  std::int64_t width() const noexcept { return width_; }
  /// Writes row `y` to `row`.
  void copy(std::int64_t y, std::uint8_t* row) const noexcept;

 private:
  Tensor pixels_;
  int channels_ = 1;
  std::int64_t height_ = 0, width_ = 0;
};

Tensor decode_png(const char* function, std::span<const std::byte> bytes, const ImageOptions& options);
Tensor decode_jpeg(const char* function, std::span<const std::byte> bytes, const ImageOptions& options);
std::string encode_png(const char* function, const Tensor& pixels);
std::string encode_jpeg(const char* function, const Tensor& pixels, const JpegOptions& options);

}  // namespace taper::io::detail
