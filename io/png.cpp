// PNG, with libpng.
#include <algorithm>
#include <csetjmp>
#include <cstring>
#include <limits>
#include <vector>

#ifdef TAPER_HAS_PNG
#include <png.h>
#endif

#include <taper/io/image_codec.h>
#include <taper/io/optional_library.h>
#include <taper/tensor/error.h>

namespace taper::io::detail {

#ifdef TAPER_HAS_PNG
namespace {

// Note [Jumps]
// The C libraries report an error by calling a function that must not return: it jumps to where setjmp() was
// called. A jump that skips the destructor of an object is undefined behaviour, and exceptions must not pass
// through C. So each function here that calls setjmp() is noexcept, has no objects with destructors, and
// returns false after a jump; its caller throws. What must be released belongs to a class whose object the
// caller has. The functions that the library calls have no such objects either when they report an error.

struct Failure {
  std::jmp_buf jump;
  char message[200] = "";
};

extern "C" {

[[noreturn]] void fail_png(png_structp png, png_const_charp message) {
  Failure& failure = *static_cast<Failure*>(png_get_error_ptr(png));
  std::strncpy(failure.message, message, sizeof failure.message - 1);
  std::longjmp(failure.jump, 1);
}

void ignore_png_warning(png_structp, png_const_charp) {}

void read_png(png_structp png, png_bytep out, std::size_t count) {
  std::span<const std::byte>& rest = *static_cast<std::span<const std::byte>*>(png_get_io_ptr(png));
  if (count > rest.size()) png_error(png, "the file ends too early");
  std::memcpy(out, rest.data(), count);
  rest = rest.subspan(count);
}

void write_png(png_structp png, png_bytep bytes, std::size_t count) {
  std::string& out = *static_cast<std::string*>(png_get_io_ptr(png));
  bool written = false;
  try {
    out.append(reinterpret_cast<const char*>(bytes), count);
    written = true;
  } catch (...) {
    written = false;
  }
  if (!written) png_error(png, "out of memory");
}

void flush_png(png_structp) {}

}  // extern "C"

class Decoder {
 public:
  explicit Decoder(std::span<const std::byte> bytes)
      : rest_(bytes),
        png_(png_create_read_struct(PNG_LIBPNG_VER_STRING, &failure_, fail_png, ignore_png_warning)),
        info_(png_ == nullptr ? nullptr : png_create_info_struct(png_)) {}
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;
  ~Decoder() { png_destroy_read_struct(&png_, &info_, nullptr); }

  explicit operator bool() const noexcept { return info_ != nullptr; }
  const char* message() const noexcept { return failure_.message; }

  // Reads all that comes before the pixels.
  bool read_header() noexcept {
    if (setjmp(failure_.jump) != 0) return false;
    constexpr png_uint_32 any = 0x7fffffff;  // Planes::check() looks at the extents
    png_set_user_limits(png_, any, any);
    png_set_chunk_cache_max(png_, 100);
    png_set_chunk_malloc_max(png_, 1 << 20);
    // What is not needed for the pixels is skipped: texts, profiles.
    png_set_keep_unknown_chunks(png_, PNG_HANDLE_CHUNK_NEVER, nullptr, -1);
    png_set_read_fn(png_, &rest_, read_png);
    png_read_info(png_, info_);
    return true;
  }

  png_uint_32 width() const noexcept { return png_get_image_width(png_, info_); }
  png_uint_32 height() const noexcept { return png_get_image_height(png_, info_); }
  // The bits of a pixel in the file.
  int bits() const noexcept { return png_get_bit_depth(png_, info_) * png_get_channels(png_, info_); }

  // Asks for 8 bits for each channel, with alpha if the file has it and it is wanted, and for the pixels'
  // format.
  bool set_format(bool alpha, PixelFormat& format) noexcept {
    if (setjmp(failure_.jump) != 0) return false;
    png_set_strip_16(png_);
    png_set_palette_to_rgb(png_);
    png_set_expand_gray_1_2_4_to_8(png_);
    if (!alpha)
      png_set_strip_alpha(png_);
    else if (png_get_valid(png_, info_, PNG_INFO_tRNS) != 0)
      png_set_tRNS_to_alpha(png_);
    passes_ = png_set_interlace_handling(png_);
    png_read_update_info(png_, info_);
    format = static_cast<PixelFormat>(png_get_channels(png_, info_));
    return true;
  }

  // The bytes that read_rows() needs: a row, or if it is interlaced, all rows.
  std::size_t buffer_size() const noexcept {
    return png_get_rowbytes(png_, info_) * (passes_ > 1 ? std::size_t{height()} : 1);
  }

  bool read_rows(std::uint8_t* buffer, Planes& planes) noexcept {
    if (setjmp(failure_.jump) != 0) return false;
    const std::size_t stride = passes_ > 1 ? png_get_rowbytes(png_, info_) : 0;
    const std::size_t rows = height();
    for (int pass = 0; pass < passes_; ++pass)
      for (std::size_t y = 0; y < rows; ++y) {
        png_read_row(png_, buffer + y * stride, nullptr);
        if (pass == passes_ - 1) planes.place(static_cast<std::int64_t>(y), buffer + y * stride);
      }
    png_read_end(png_, nullptr);
    return true;
  }

 private:
  Failure failure_;
  std::span<const std::byte> rest_;
  png_structp png_;
  png_infop info_;
  int passes_ = 1;
};

class Encoder {
 public:
  Encoder()
      : png_(png_create_write_struct(PNG_LIBPNG_VER_STRING, &failure_, fail_png, ignore_png_warning)),
        info_(png_ == nullptr ? nullptr : png_create_info_struct(png_)) {}
  Encoder(const Encoder&) = delete;
  Encoder& operator=(const Encoder&) = delete;
  ~Encoder() { png_destroy_write_struct(&png_, &info_); }

  explicit operator bool() const noexcept { return info_ != nullptr; }
  const char* message() const noexcept { return failure_.message; }

  bool write(const Rows& rows, std::uint8_t* buffer, std::string& out) noexcept {
    if (setjmp(failure_.jump) != 0) return false;
    constexpr int color_types[] = {PNG_COLOR_TYPE_GRAY, PNG_COLOR_TYPE_GRAY_ALPHA, PNG_COLOR_TYPE_RGB,
                                   PNG_COLOR_TYPE_RGB_ALPHA};
    constexpr png_uint_32 any = 0x7fffffff;
    png_set_user_limits(png_, any, any);
    png_set_write_fn(png_, &out, write_png, flush_png);
    png_set_IHDR(png_, info_, static_cast<png_uint_32>(rows.width()), static_cast<png_uint_32>(rows.height()),
                 8, color_types[rows.channels() - 1], PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
                 PNG_FILTER_TYPE_DEFAULT);
    png_write_info(png_, info_);
    for (std::int64_t y = 0; y < rows.height(); ++y) {
      rows.copy(y, buffer);
      png_write_row(png_, buffer);
    }
    png_write_end(png_, nullptr);
    return true;
  }

 private:
  Failure failure_;
  png_structp png_;
  png_infop info_;
};

}  // namespace

Tensor decode_png(const char* function, std::span<const std::byte> bytes, const ImageOptions& options) {
  Decoder decoder(bytes);
  if (!decoder) throw MemoryError(std::string(function) + ": out of memory");
  if (!decoder.read_header()) throw BadImage(decoder.message());
  // Deflate makes at most 258 bytes of 2 bits, which is 1032 of a byte.
  Planes::check(decoder.width(), decoder.height(), bytes.size(), 1032.0 * 8 / decoder.bits(), options);
  PixelFormat format = PixelFormat::gray;
  const bool alpha = options.channels == 0 || options.channels == 4;
  if (!decoder.set_format(alpha, format)) throw BadImage(decoder.message());
  Planes planes(decoder.width(), decoder.height(), format, options);
  std::vector<std::uint8_t> buffer(decoder.buffer_size());
  if (!decoder.read_rows(buffer.data(), planes)) throw BadImage(decoder.message());
  return planes.tensor();
}

std::string encode_png(const char* function, const Tensor& pixels) {
  const Rows rows(function, pixels, 4, true);
  if (std::max(rows.width(), rows.height()) > std::numeric_limits<std::int32_t>::max())
    throw ShapeError(std::string(function) + ": PNG has at most 2147483647 rows and columns, got shape " +
                     to_string(pixels.shape()));
  Encoder encoder;
  std::vector<std::uint8_t> buffer(static_cast<std::size_t>(rows.width() * rows.channels()));
  std::string content;
  if (!encoder) throw MemoryError(std::string(function) + ": out of memory");
  if (!encoder.write(rows, buffer.data(), content))
    throw IoError(std::string(function) + ": libpng: " + encoder.message());
  return content;
}

#else

Tensor decode_png(const char* function, std::span<const std::byte>, const ImageOptions&) {
  taper::detail::throw_missing_library(function, "libpng", "libpng-dev");
}

std::string encode_png(const char* function, const Tensor&) {
  taper::detail::throw_missing_library(function, "libpng", "libpng-dev");
}

#endif

}  // namespace taper::io::detail
