// JPEG, with libjpeg-turbo or another libjpeg. See Note [Jumps] in png.cpp.
#include <algorithm>
#include <csetjmp>
#include <cstdio>
#include <cstdlib>
#include <vector>

#ifdef TAPER_HAS_JPEG
#include <jpeglib.h>
// Not part of jpeglib.h: the codes of warnings.
#include <jerror.h>
#endif

#include <fmt/format.h>

#include <taper/io/image_codec.h>
#include <taper/io/optional_library.h>
#include <taper/io/orientation.h>
#include <taper/tensor/error.h>

namespace taper::io::detail {

#ifdef TAPER_HAS_JPEG
namespace {

// Each scan of a progressive file may go over all its pixels and cost but a few bytes. Encoders make about
// ten.
constexpr int most_scans = 100;
// Each block of 8 x 8 pixels takes at least one bit; half of that allows for unusual subsampling.
constexpr double densest = 1024;

constexpr int exif_marker = JPEG_APP0 + 1;
constexpr unsigned longest_segment = 0xffff;

struct Failure {
  jpeg_error_mgr manager = {};  // first, so that its address is that of the Failure
  std::jmp_buf jump;
  char message[JMSG_LENGTH_MAX] = "";
};

[[noreturn]] void fail(j_common_ptr codec, const char* message) {
  Failure& failure = *reinterpret_cast<Failure*>(codec->err);
  if (message == nullptr)
    codec->err->format_message(codec, failure.message);
  else
    std::snprintf(failure.message, sizeof failure.message, "%s", message);
  std::longjmp(failure.jump, 1);
}

extern "C" {

void fail_jpeg(j_common_ptr codec) { fail(codec, nullptr); }

// Warnings are harmless, but for these: the library goes on without pixels.
void check_jpeg_warning(j_common_ptr codec, int level) {
  const int code = codec->err->msg_code;
  if (level < 0 && (code == JWRN_HIT_MARKER || code == JWRN_HUFF_BAD_CODE || code == JWRN_JPEG_EOF))
    fail(codec, nullptr);
}

void check_jpeg_scans(j_common_ptr codec) {
  if (reinterpret_cast<j_decompress_ptr>(codec)->input_scan_number > most_scans)
    fail(codec, "it has too many scans");
}

void start_jpeg_source(j_decompress_ptr) {}

::boolean refill_jpeg_source(j_decompress_ptr codec) {
  fail(reinterpret_cast<j_common_ptr>(codec), "the file ends too early");
}

void skip_jpeg_source(j_decompress_ptr codec, long count) {
  if (count <= 0) return;
  jpeg_source_mgr& source = *codec->src;
  if (static_cast<std::size_t>(count) > source.bytes_in_buffer) refill_jpeg_source(codec);
  source.next_input_byte += count;
  source.bytes_in_buffer -= static_cast<std::size_t>(count);
}

}  // extern "C"

jpeg_error_mgr* prepare(Failure& failure) {
  jpeg_error_mgr* const manager = jpeg_std_error(&failure.manager);
  manager->error_exit = fail_jpeg;
  manager->emit_message = check_jpeg_warning;
  return manager;
}

class Decoder {
 public:
  explicit Decoder(std::span<const std::byte> bytes) {
    codec_.err = prepare(failure_);
    source_.next_input_byte = reinterpret_cast<const JOCTET*>(bytes.data());
    source_.bytes_in_buffer = bytes.size();
    source_.init_source = start_jpeg_source;
    source_.fill_input_buffer = refill_jpeg_source;
    source_.skip_input_data = skip_jpeg_source;
    source_.resync_to_restart = jpeg_resync_to_restart;
    source_.term_source = start_jpeg_source;
    progress_.progress_monitor = check_jpeg_scans;
  }
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;
  ~Decoder() { jpeg_destroy_decompress(&codec_); }

  const char* message() const noexcept { return failure_.message; }
  const jpeg_decompress_struct& codec() const noexcept { return codec_; }

  bool read_header() noexcept {
    if (setjmp(failure_.jump) != 0) return false;
    jpeg_create_decompress(&codec_);
    codec_.src = &source_;
    codec_.progress = &progress_;
    jpeg_save_markers(&codec_, exif_marker, longest_segment);
    jpeg_read_header(&codec_, TRUE);
    return true;
  }

  // That of the first segment that notes one.
  int orientation() const noexcept {
    int found = 0;
    for (auto marker = codec_.marker_list; marker != nullptr && found == 0; marker = marker->next)
      found = exif_orientation(std::as_bytes(std::span(marker->data, std::size_t{marker->data_length})));
    return found;
  }

  bool start(J_COLOR_SPACE space) noexcept {
    if (setjmp(failure_.jump) != 0) return false;
    codec_.out_color_space = space;
    jpeg_start_decompress(&codec_);
    return true;
  }

  bool read_rows(std::uint8_t* buffer, Planes& planes) noexcept {
    if (setjmp(failure_.jump) != 0) return false;
    while (codec_.output_scanline < codec_.output_height) {
      const std::int64_t y = codec_.output_scanline;
      JSAMPROW row = buffer;
      jpeg_read_scanlines(&codec_, &row, 1);
      planes.place(y, buffer);
    }
    return true;
  }

 private:
  Failure failure_;
  jpeg_decompress_struct codec_ = {};
  jpeg_source_mgr source_ = {};
  jpeg_progress_mgr progress_ = {};
};

class Encoder {
 public:
  Encoder() { codec_.err = prepare(failure_); }
  Encoder(const Encoder&) = delete;
  Encoder& operator=(const Encoder&) = delete;
  ~Encoder() {
    jpeg_destroy_compress(&codec_);
    std::free(out_);
  }

  const char* message() const noexcept { return failure_.message; }
  std::string content() const { return {reinterpret_cast<const char*>(out_), size_}; }

  bool write(const Rows& rows, std::uint8_t* buffer, int quality) noexcept {
    if (setjmp(failure_.jump) != 0) return false;
    jpeg_create_compress(&codec_);
    jpeg_mem_dest(&codec_, &out_, &size_);
    codec_.image_width = static_cast<JDIMENSION>(rows.width());
    codec_.image_height = static_cast<JDIMENSION>(rows.height());
    codec_.input_components = rows.channels();
    codec_.in_color_space = rows.channels() == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_set_defaults(&codec_);
    jpeg_set_quality(&codec_, quality, TRUE);
    jpeg_start_compress(&codec_, TRUE);
    for (std::int64_t y = 0; y < rows.height(); ++y) {
      rows.copy(y, buffer);
      JSAMPROW row = buffer;
      jpeg_write_scanlines(&codec_, &row, 1);
    }
    jpeg_finish_compress(&codec_);
    return true;
  }

 private:
  Failure failure_;
  jpeg_compress_struct codec_ = {};
  unsigned char* out_ = nullptr;
  unsigned long size_ = 0;
};

struct Spaces {
  J_COLOR_SPACE decoded;
  PixelFormat format;
};

Spaces spaces_of(J_COLOR_SPACE space) {
  switch (space) {
    case JCS_GRAYSCALE:
      return {JCS_GRAYSCALE, PixelFormat::gray};
    case JCS_RGB:
    case JCS_YCbCr:
      return {JCS_RGB, PixelFormat::rgb};
    case JCS_CMYK:
    case JCS_YCCK:
      return {JCS_CMYK, PixelFormat::inverted_cmyk};
    default:
      throw BadImage("its colors are neither gray, RGB nor CMYK");
  }
}

}  // namespace

Tensor decode_jpeg(const char*, std::span<const std::byte> bytes, const ImageOptions& options) {
  Decoder decoder(bytes);
  if (!decoder.read_header()) throw BadImage(decoder.message());
  const jpeg_decompress_struct& codec = decoder.codec();
  if (codec.arith_code != 0)  // then its size does not limit the number of its pixels
    throw BadImage("its pixels are coded arithmetically, which few programs can read");
  Planes::check(codec.image_width, codec.image_height, bytes.size(), densest, options);
  const Spaces spaces = spaces_of(codec.jpeg_color_space);
  if (!decoder.start(spaces.decoded)) throw BadImage(decoder.message());
  Planes planes(codec.output_width, codec.output_height, spaces.format, options);
  std::vector<std::uint8_t> buffer(std::size_t{codec.output_width} *
                                   static_cast<std::size_t>(codec.output_components));
  if (!decoder.read_rows(buffer.data(), planes)) throw BadImage(decoder.message());
  const int orientation = decoder.orientation();
  return options.apply_exif_orientation && orientation > 1 ? upright(planes.tensor(), orientation)
                                                           : planes.tensor();
}

std::string encode_jpeg(const char* function, const Tensor& pixels, const JpegOptions& options) {
  if (options.quality < 1 || options.quality > 100)
    throw ValueError(fmt::format("{}: expected a quality from 1 to 100, got {}", function, options.quality));
  const Rows rows(function, pixels, 3, false);
  if (std::max(rows.width(), rows.height()) > JPEG_MAX_DIMENSION)
    throw ShapeError(fmt::format("{}: JPEG has at most {} rows and columns, got shape {}", function,
                                 JPEG_MAX_DIMENSION, to_string(pixels.shape())));
  Encoder encoder;
  std::vector<std::uint8_t> buffer(static_cast<std::size_t>(rows.width() * rows.channels()));
  if (!encoder.write(rows, buffer.data(), options.quality))
    throw IoError(fmt::format("{}: libjpeg: {}", function, encoder.message()));
  return encoder.content();
}

#else

Tensor decode_jpeg(const char* function, std::span<const std::byte>, const ImageOptions&) {
  taper::detail::throw_missing_library(function, "libjpeg", "libjpeg-dev");
}

std::string encode_jpeg(const char* function, const Tensor&, const JpegOptions&) {
  taper::detail::throw_missing_library(function, "libjpeg", "libjpeg-dev");
}

#endif

}  // namespace taper::io::detail
