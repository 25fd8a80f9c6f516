// Images: the pixels of Pillow, round trips, and files that are damaged or lie.
#include <algorithm>
#include <filesystem>

#include <catch.h>
#include <repository.h>
#include <temporary_directory.h>

#include <taper/io/file.h>
#include <taper/io/image.h>
#include <taper/io/safetensors.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>
#include <taper/tensor/random.h>

using namespace taper;
namespace fs = std::filesystem;

namespace {

std::span<const std::byte> bytes_of(const std::string& content) { return std::as_bytes(std::span(content)); }

Tensor decode(const std::string& content, const io::ImageOptions& options = {}) {
  return io::decode_image(bytes_of(content), options);
}

bool identical(const Tensor& x, const Tensor& y) {
  return x.dtype() == y.dtype() && x.shape() == y.shape() &&
         x.to_vector<std::uint8_t>() == y.to_vector<std::uint8_t>();
}

Tensor noise(const Shape& shape) {
  Generator generator(1);
  const std::vector<std::int64_t> values =
      random_integers(shape, 0, 256, DType::int64, generator).to_vector<std::int64_t>();
  return from_data(std::vector<std::uint8_t>(values.begin(), values.end()), shape);
}

std::string golden(const std::string& name) {
  return io::read_file(repository("tests/golden/images/" + name));
}

std::string big_endian(std::uint32_t number) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(number >> shift);
  return bytes;
}

}  // namespace

#if defined(TAPER_HAS_PNG) && defined(TAPER_HAS_JPEG)

TEST_CASE("images of every kind have the pixels that Pillow finds") {
  const io::SafeTensors reference = io::load_safetensors(repository("tests/golden/images.safetensors"));
  int files = 0;
  for (const auto& entry : fs::directory_iterator(repository("tests/golden/images"))) {
    ++files;
    for (const int channels : {0, 1, 3, 4}) {
      CAPTURE(entry.path(), channels);
      const Tensor pixels = io::read_image(entry.path(), {.channels = channels});
      CHECK(
          identical(pixels, reference.at(entry.path().filename().string() + '/' + std::to_string(channels))));
    }
  }
  CHECK(files * 4 == std::count_if(reference.tensors.begin(), reference.tensors.end(),
                                   [](const auto& tensor) { return !tensor.first.starts_with("resize"); }));
  CHECK(files > 30);
}

TEST_CASE("the orientation that a camera noted is applied, unless it shall not be") {
  const Tensor stored = decode(golden("orientation1.jpg"));
  CHECK(stored.shape() == Shape{3, 7, 11});
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const std::string content = golden("orientation" + std::to_string(orientation) + ".jpg");
    const Tensor turned = decode(content), as_stored = decode(content, {.apply_exif_orientation = false});
    CHECK(identical(as_stored, stored));
    CHECK(turned.shape() == (orientation < 5 ? Shape{3, 7, 11} : Shape{3, 11, 7}));
    CHECK(identical(turned, stored) == (orientation == 1));
  }
}

TEST_CASE("an orientation that makes no sense is none") {
  const std::string content = golden("orientation6.jpg");  // the high byte first
  const Tensor turned = decode(content), stored = decode(content, {.apply_exif_orientation = false});
  const std::size_t tiff = content.find("MM"), entry = content.find("\x01\x12", tiff);
  const auto with = [&](std::size_t at, const std::string& bytes) {
    std::string changed = content;
    changed.replace(at, bytes.size(), bytes);
    return decode(changed);
  };
  const auto zeros_and = [](char last) { return std::string(3, '\0') + last; };
  CHECK(identical(with(tiff + 8, std::string("\0\x01", 2)), stored));      // only the first entry is left
  CHECK(identical(with(tiff + 8, "\xff\xff"), turned));                    // more than there are
  CHECK(identical(with(tiff + 4, "\xff\xff\xff\xff"), stored));            // a directory beyond the end
  CHECK(identical(with(tiff + 4, std::string("\0\0\0\x2d", 4)), stored));  // and at the end
  CHECK(identical(with(tiff, "IM"), stored));
  CHECK(identical(with(tiff + 2, "\x01"), stored));
  CHECK(identical(with(tiff - 6, "exif"), stored));
  CHECK(identical(with(entry + 3, "\x02"), stored));             // a text
  CHECK(identical(with(entry + 4, zeros_and('\x02')), stored));  // two numbers
  for (const char value : {'\0', '\x09'}) CHECK(identical(with(entry + 9, std::string(1, value)), stored));
  CHECK(identical(with(entry + 8, "\x01"), stored));  // 262
  // A number of 32 bits.
  CHECK(identical(with(entry + 2, std::string("\0\x04\0\0\0\x01\0\0\0\x06", 10)), turned));
}

TEST_CASE("an image that is written as PNG comes back with the same bits") {
  const TemporaryDirectory directory;
  for (const std::int64_t channels : {1, 2, 3, 4}) {
    const Tensor pixels = noise({channels, 7, 300});
    io::write_png(directory / "a.png", pixels);
    CHECK(identical(io::read_image(directory / "a.png"), pixels));
    CHECK(identical(decode(io::encode_png(pixels)), pixels));
  }
  const Tensor flat = noise({5, 6});
  CHECK(decode(io::encode_png(flat)).to_vector<std::uint8_t>() == flat.to_vector<std::uint8_t>());
  const Tensor turned = flat.alias(flat.layout().transpose("test", 0, 1));
  CHECK(decode(io::encode_png(turned)).to_vector<std::uint8_t>() == turned.to_vector<std::uint8_t>());
  CHECK(directory.entries() == 1);
}

TEST_CASE("an image that is written as JPEG comes back nearly so; quality says how nearly") {
  const TemporaryDirectory directory;
  Tensor pixels = Tensor::empty({3, 40, 50}, DType::uint8);
  for (std::int64_t i = 0; i < pixels.numel(); ++i)
    pixels.mutable_data<std::uint8_t>()[i] =
        static_cast<std::uint8_t>(i % 50 * 3 + i / 50 % 40 * 2 + i / 2000 * 9);
  const auto distance = [&](const Tensor& other) {
    REQUIRE(other.shape() == pixels.shape());
    int most = 0;
    for (std::int64_t i = 0; i < pixels.numel(); ++i)
      most = std::max(most, std::abs(pixels.data<std::uint8_t>()[i] - other.data<std::uint8_t>()[i]));
    return most;
  };
  io::write_jpeg(directory / "a.jpg", pixels, {.quality = 95});
  const int good = distance(io::read_image(directory / "a.jpg"));
  CHECK(good <= 4);
  CHECK(distance(decode(io::encode_jpeg(pixels, {.quality = 10}))) > good);
  CHECK(io::encode_jpeg(pixels, {.quality = 10}).size() < fs::file_size(directory / "a.jpg"));
  CHECK(decode(io::encode_jpeg(zeros({9, 8}, uint8))).shape() == Shape{1, 9, 8});
  CHECK(decode(io::encode_jpeg(zeros({1, 9, 8}, uint8))).shape() == Shape{1, 9, 8});
}

TEST_CASE("what is no image is not written") {
  CHECK_THROWS_AS(io::encode_png(zeros({5, 3, 3}, uint8)), ShapeError);
  CHECK_THROWS_WITH(
      io::encode_png(zeros({5, 3, 3}, uint8)),
      "encode_png: expected an image of shape [channels, height, width] with 1 to 4 channels, or "
      "[height, width], got shape [5, 3, 3]");
  CHECK_THROWS_AS(io::encode_png(zeros({3}, uint8)), ShapeError);
  CHECK_THROWS_AS(io::encode_png(zeros({1, 1, 3, 3}, uint8)), ShapeError);
  CHECK_THROWS_AS(io::encode_png(zeros({3, 0, 3}, uint8)), ShapeError);
  CHECK_THROWS_AS(io::encode_png(zeros({0, 3, 3}, uint8)), ShapeError);
  CHECK_THROWS_AS(io::encode_png(zeros({3, 3})), DTypeError);
  CHECK_THROWS_WITH(io::encode_png(zeros({3, 3})), ContainsSubstring("uint8, from 0 to 255, got float32"));
  CHECK_THROWS_AS(io::encode_png(Tensor()), ValueError);
  CHECK_THROWS_AS(io::encode_jpeg(zeros({4, 3, 3}, uint8)), ShapeError);
  CHECK_THROWS_WITH(io::encode_jpeg(zeros({2, 3, 3}, uint8)), ContainsSubstring("with 1 or 3 channels"));
  CHECK_THROWS_AS(io::encode_jpeg(zeros({1, 70000}, uint8)), ShapeError);
  CHECK_THROWS_WITH(io::encode_jpeg(zeros({1, 70000}, uint8)), ContainsSubstring("at most 65500"));
  CHECK_THROWS_AS(io::encode_jpeg(zeros({3, 3}, uint8), {.quality = 0}), ValueError);
  CHECK_THROWS_AS(io::encode_jpeg(zeros({3, 3}, uint8), {.quality = 101}), ValueError);
  const TemporaryDirectory directory;
  CHECK_THROWS_WITH(io::write_png(directory / "no/a.png", zeros({3, 3}, uint8)),
                    ContainsSubstring("write_png: cannot write"));
}

TEST_CASE("reading an image says what is wrong") {
  const TemporaryDirectory directory;
  CHECK_THROWS_AS(io::read_image(directory / "a"), IoError);
  CHECK_THROWS_WITH(io::read_image(directory / "a"),
                    ContainsSubstring("read_image: cannot read '") && ContainsSubstring("No such file"));
  const auto path = directory.file("b", "GIF89a");
  CHECK_THROWS_WITH(io::read_image(path),
                    "read_image: '" + path.string() + "': it is neither a PNG nor a JPEG file");
  CHECK_THROWS_AS(decode(""), IoError);
  CHECK_THROWS_WITH(decode(""), "decode_image: it is neither a PNG nor a JPEG file");
  for (const int channels : {-1, 2, 5})
    CHECK_THROWS_AS(decode(golden("rgb8.png"), {.channels = channels}), ValueError);
  CHECK_THROWS_WITH(decode(golden("rgb8.png"), {.most_pixels = 129}),
                    "decode_image: it has 13 x 10 pixels; most_pixels is 129");
  CHECK_THROWS_WITH(decode(golden("photo.jpg"), {.most_pixels = 19 * 21 - 1}),
                    "decode_image: it has 21 x 19 pixels; most_pixels is 398");
  CHECK(decode(golden("rgb8.png"), {.most_pixels = 130}).size(2) == 13);
}

TEST_CASE("a file that ends too early is refused, wherever it ends") {
  for (const std::string name : {"pillow.png", "interlaced.png", "palette4.png", "text.png"}) {
    const std::string content = golden(name);
    for (std::size_t size = 0; size < content.size(); ++size) {
      CAPTURE(name, size);
      CHECK_THROWS_AS(decode(content.substr(0, size)), IoError);
    }
  }
  for (const std::string name : {"photo.jpg", "progressive.jpg", "cmyk.jpg", "photo422.jpg"}) {
    const std::string content = golden(name);
    for (std::size_t size = 0; size < content.size() - 2; ++size) {  // without its last marker it is complete
      CAPTURE(name, size);
      CHECK_THROWS_AS(decode(content.substr(0, size)), IoError);
    }
  }
  CHECK_THROWS_WITH(decode(golden("pillow.png").substr(0, 60)), "decode_image: the file ends too early");
  CHECK_THROWS_WITH(decode(golden("photo.jpg").substr(0, 700)), "decode_image: the file ends too early");
}

TEST_CASE("extents that a file cannot hold are refused before memory is allocated") {
  std::string png = golden("rgb8.png");
  png.replace(16, 8, big_endian(30'000) + big_endian(4'000));
  png.replace(29, 4, big_endian(0xbc3bf6cb));  // the checksum of the header
  CHECK_THROWS_WITH(decode(png), ContainsSubstring("30000 x 4000 pixels, which 468 bytes cannot hold"));
  std::string jpeg = golden("gray.jpg");
  const std::size_t frame = jpeg.find("\xff\xc0");
  REQUIRE(frame != std::string::npos);
  jpeg.replace(frame + 5, 4, "\x20\x10\x20\x10");
  CHECK_THROWS_WITH(decode(jpeg), ContainsSubstring("8208 x 8208 pixels, which"));
  jpeg.replace(frame + 5, 4, "\xff\xff\xff\xff");
  CHECK_THROWS_AS(decode(jpeg), IoError);
}

TEST_CASE("a JPEG file of more scans than any encoder makes is refused") {
  const std::string content = golden("gray_progressive.jpg");
  const std::size_t scan = content.find("\xff\xda"), next = content.find("\xff\xc4", scan);
  const auto with = [&](int times) {
    std::string scans = content.substr(0, next);
    for (int i = 0; i < times; ++i) scans += content.substr(scan, next - scan);
    return scans + content.substr(next);
  };
  CHECK(identical(decode(with(50)), decode(content)));
  CHECK_THROWS_AS(decode(with(100)), IoError);
  CHECK_THROWS_WITH(decode(with(100)), "decode_image: it has too many scans");
}

TEST_CASE("damaged pixels are refused, harmless oddities are not") {
  std::string png = golden("pillow.png");
  png[png.size() - 20] = static_cast<char>(png[png.size() - 20] ^ 1);
  CHECK_THROWS_AS(decode(png), IoError);
  const std::string jpeg = golden("photo444.jpg");
  const std::size_t middle = jpeg.rfind("\xff\xda") + 40;
  CHECK_THROWS_WITH(decode(jpeg.substr(0, middle) + "\xff\xd9" + jpeg.substr(middle)),
                    ContainsSubstring("premature end of data segment"));
  // Bytes behind the end, and between segments.
  const Tensor pixels = decode(jpeg);
  CHECK(identical(decode(jpeg + "rest"), pixels));
  CHECK(identical(decode(golden("rgb8.png") + "rest"), decode(golden("rgb8.png"))));
  const std::size_t tables = jpeg.find("\xff\xdb");
  CHECK(identical(decode(jpeg.substr(0, tables) + "odd" + jpeg.substr(tables)), pixels));
}

TEST_CASE("no mutation of an image does harm") {
  Generator generator(3);
  for (const std::string name :
       {"interlaced.png", "palette4_clear.png", "photo.jpg", "progressive.jpg", "orientation6.jpg"}) {
    const std::string valid = golden(name);
    const std::int64_t size = static_cast<std::int64_t>(valid.size());
    const std::vector<std::int64_t> places =
        random_integers({400}, 0, size, DType::int64, generator).to_vector<std::int64_t>();
    const std::vector<std::int64_t> values =
        random_integers({400}, 0, 256, DType::int64, generator).to_vector<std::int64_t>();
    int read = 0;
    for (std::size_t i = 0; i < places.size(); ++i) {
      std::string content = valid;
      content[static_cast<std::size_t>(places[i])] = static_cast<char>(values[i]);
      try {
        read += static_cast<int>(decode(content, {.most_pixels = 100'000}).numel() > 0);
      } catch (const IoError&) {
      }
    }
    CHECK(read > 0);
  }
}

#else

TEST_CASE("without libpng or libjpeg, an error says how to get them") {
#ifndef TAPER_HAS_PNG
  CHECK_THROWS_WITH(decode(golden("rgb8.png")), ContainsSubstring("libpng-dev"));
  CHECK_THROWS_WITH(io::encode_png(noise({3, 3})), ContainsSubstring("libpng-dev"));
#endif
#ifndef TAPER_HAS_JPEG
  CHECK_THROWS_WITH(decode(golden("photo.jpg")), ContainsSubstring("libjpeg-dev"));
  CHECK_THROWS_WITH(io::encode_jpeg(noise({3, 3})), ContainsSubstring("libjpeg-dev"));
#endif
  CHECK_THROWS_AS(decode(big_endian(0)), IoError);
}

#endif
