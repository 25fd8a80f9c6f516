// Images: finds out the format of a file, and arranges pixels as tensors have them.
#include <cstring>
#include <string>
#include <vector>

#include <fmt/format.h>

#include <taper/io/file.h>
#include <taper/io/image_codec.h>
#include <taper/tensor/elementwise.h>
#include <taper/tensor/error.h>

namespace taper::io {
namespace detail {
namespace {

int step_of(PixelFormat format) {
  return format == PixelFormat::inverted_cmyk ? 4 : static_cast<int>(format);
}
bool is_gray(PixelFormat format) { return format == PixelFormat::gray || format == PixelFormat::gray_alpha; }
bool has_alpha(PixelFormat format) {
  return format == PixelFormat::gray_alpha || format == PixelFormat::rgba;
}

// As in Pillow: BT.601, in 16 bits behind the point.
std::uint8_t gray_of(const std::uint8_t* rgb) {
  return static_cast<std::uint8_t>((rgb[0] * 19595 + rgb[1] * 38470 + rgb[2] * 7471 + 0x8000) >> 16);
}

// As in Pillow. Every program that writes CMYK stores 255 - ink, as Adobe's do.
void cmyk_to_rgb(std::uint8_t* row, std::int64_t width) {
  for (std::int64_t x = 0; x < width; ++x) {
    const int light = row[4 * x + 3];
    for (std::int64_t c = 0; c < 3; ++c) {
      const int product = (255 - row[4 * x + c]) * light + 128;
      const int color = light - ((product >> 8) + product) / 256;
      row[3 * x + c] = static_cast<std::uint8_t>(color < 0 ? 0 : color);
    }
  }
}

}  // namespace

void Planes::check(std::uint64_t width, std::uint64_t height, std::uint64_t bytes, double densest,
                   const ImageOptions& options) {
  const double pixels = static_cast<double>(width) * static_cast<double>(height);
  if (pixels == 0) throw BadImage("it has no pixels");
  if (pixels > static_cast<double>(options.most_pixels))
    throw BadImage(
        fmt::format("it has {} x {} pixels; most_pixels is {}", width, height, options.most_pixels));
  if (pixels > static_cast<double>(bytes) * densest)
    throw BadImage(
        fmt::format("it says that it has {} x {} pixels, which {} bytes cannot hold", width, height, bytes));
}

Planes::Planes(std::int64_t width, std::int64_t height, PixelFormat format, const ImageOptions& options)
    : width_(width), height_(height), format_(format), wanted_(options.channels) {
  if (wanted_ == 0) wanted_ = format == PixelFormat::inverted_cmyk ? 3 : step_of(format);
  tensor_ = Tensor::empty({wanted_, height, width}, DType::uint8, "read_image");
  out_ = tensor_.mutable_data<std::uint8_t>();
}

void Planes::place(std::int64_t y, std::uint8_t* row) noexcept {
  PixelFormat format = format_;
  if (format == PixelFormat::inverted_cmyk) {
    cmyk_to_rgb(row, width_);
    format = PixelFormat::rgb;
  }
  const int step = step_of(format);
  std::uint8_t* out = out_ + y * width_;
  for (int channel = 0; channel < wanted_; ++channel, out += height_ * width_) {
    const bool alpha = channel == 3 || (wanted_ == 2 && channel == 1);
    if (alpha && !has_alpha(format)) {
      std::memset(out, 255, static_cast<std::size_t>(width_));
    } else if (wanted_ <= 2 && !alpha && !is_gray(format)) {
      for (std::int64_t x = 0; x < width_; ++x) out[x] = gray_of(row + x * step);
    } else {
      const std::uint8_t* const from = row + (alpha ? step - 1 : is_gray(format) ? 0 : channel);
      for (std::int64_t x = 0; x < width_; ++x) out[x] = from[x * step];
    }
  }
}

Rows::Rows(const char* function, const Tensor& pixels, int most_channels, bool alpha) {
  if (!pixels.defined()) throw ValueError(fmt::format("{}: the image is undefined", function));
  const Shape& shape = pixels.shape();
  const bool flat = shape.rank() == 2;
  const std::int64_t channels = flat ? 1 : shape.rank() == 3 ? shape[0] : 0;
  const bool fits = channels >= 1 && channels <= most_channels && (alpha || channels % 2 == 1);
  if (!fits || pixels.numel() == 0)
    throw ShapeError(
        fmt::format("{}: expected an image of shape [channels, height, width] with {} channels, or "
                    "[height, width], got shape {}",
                    function, alpha ? "1 to 4" : "1 or 3", to_string(shape)));
  if (pixels.dtype() != DType::uint8)
    throw DTypeError(fmt::format("{}: expected pixels of dtype uint8, from 0 to 255, got {}", function,
                                 name(pixels.dtype())));
  pixels_ = compute::contiguous(pixels);
  channels_ = static_cast<int>(channels);
  height_ = shape[shape.rank() - 2];
  width_ = shape[shape.rank() - 1];
}

void Rows::copy(std::int64_t y, std::uint8_t* row) const noexcept {
  const std::uint8_t* from = static_cast<const std::uint8_t*>(pixels_.raw()) + y * width_;
  for (int channel = 0; channel < channels_; ++channel, from += height_ * width_)
    for (std::int64_t x = 0; x < width_; ++x) row[x * channels_ + channel] = from[x];
}

}  // namespace detail

namespace {

bool begins_with(std::span<const std::byte> bytes, std::string_view magic) {
  return bytes.size() >= magic.size() && std::memcmp(bytes.data(), magic.data(), magic.size()) == 0;
}

// `file` is empty, or the path in quotation marks, for messages.
Tensor decode(const char* function, const std::string& file, std::span<const std::byte> bytes,
              const ImageOptions& options) {
  if (options.channels != 0 && options.channels != 1 && options.channels != 3 && options.channels != 4)
    throw ValueError(fmt::format("{}: expected 0, 1, 3 or 4 channels, got {}", function, options.channels));
  try {
    if (begins_with(bytes, "\x89PNG\r\n\x1a\n")) return detail::decode_png(function, bytes, options);
    if (begins_with(bytes, "\xff\xd8\xff")) return detail::decode_jpeg(function, bytes, options);
    throw detail::BadImage("it is neither a PNG nor a JPEG file");
  } catch (const detail::BadImage& error) {
    throw IoError(fmt::format("{}: {}{}", function, file, error.what()));
  }
}

}  // namespace

Tensor read_image(const std::string& path, const ImageOptions& options) {
  constexpr const char* function = "read_image";
  constexpr std::uint64_t largest = std::uint64_t{1} << 30;
  InputFile file(function, path);
  if (file.size() > largest)
    throw IoError(
        fmt::format("{}: '{}': expected at most {} bytes, got {}", function, path, largest, file.size()));
  const std::string content = file.content();
  return decode(function, fmt::format("'{}': ", path), std::as_bytes(std::span(content)), options);
}

Tensor decode_image(std::span<const std::byte> bytes, const ImageOptions& options) {
  return decode("decode_image", "", bytes, options);
}

namespace {

void write(const char* function, const std::string& path, const std::string& content) {
  AtomicFile file(function, path);
  file.write(content.data(), content.size());
  file.commit();
}

}  // namespace

std::string encode_png(const Tensor& pixels) { return detail::encode_png("encode_png", pixels); }

void write_png(const std::string& path, const Tensor& pixels) {
  write("write_png", path, detail::encode_png("write_png", pixels));
}

std::string encode_jpeg(const Tensor& pixels, const JpegOptions& options) {
  return detail::encode_jpeg("encode_jpeg", pixels, options);
}

void write_jpeg(const std::string& path, const Tensor& pixels, const JpegOptions& options) {
  write("write_jpeg", path, detail::encode_jpeg("write_jpeg", pixels, options));
}

}  // namespace taper::io
