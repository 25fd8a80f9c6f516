// Folders of images: which files, their order, and what becomes of the pixels.
#include <filesystem>

#include <catch.h>
#include <repository.h>
#include <temporary_directory.h>

#include <taper/data/data_loader.h>
#include <taper/data/image_folder.h>
#include <taper/data/resize_image.h>
#include <taper/io/image.h>
#include <taper/io/safetensors.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>

using namespace taper;
namespace fs = std::filesystem;

namespace {

using Integers = std::vector<std::int64_t>;
using Names = std::vector<std::string>;

std::vector<std::uint8_t> bytes(const Tensor& tensor) { return tensor.to_vector<std::uint8_t>(); }

}  // namespace

TEST_CASE("images are resized to the bits of Pillow") {
  const io::SafeTensors reference = io::load_safetensors(repository("tests/golden/images.safetensors"));
  const Tensor& input = reference.at("resize/input");
  int sizes = 0;
  for (const auto& [name, expected] : reference.tensors) {
    if (!name.starts_with("resize/") || name == "resize/input") continue;
    CAPTURE(name);
    const Tensor resized = data::resize_image(input, expected.size(1), expected.size(2));
    REQUIRE(resized.shape() == expected.shape());
    CHECK(bytes(resized) == bytes(expected));
    ++sizes;
  }
  CHECK(sizes == 7);
  CHECK(bytes(data::resize_image(input, 37, 53)) == bytes(input));
  const Tensor turned = input.alias(input.layout().transpose("test", 1, 2));
  CHECK(bytes(data::resize_image(turned, 53, 37)) == bytes(turned));
  CHECK_THROWS_AS(data::resize_image(input, 0, 5), ValueError);
  CHECK_THROWS_AS(data::resize_image(input, 5, 1'000'001), ValueError);
  CHECK_THROWS_AS(data::resize_image(zeros({3, 4}, uint8), 5, 5), ShapeError);
  CHECK_THROWS_AS(data::resize_image(zeros({3, 0, 4}, uint8), 5, 5), ShapeError);
  CHECK_THROWS_AS(data::resize_image(zeros({3, 4, 4}, int64), 5, 5), DTypeError);
}

#if defined(TAPER_HAS_PNG) && defined(TAPER_HAS_JPEG)

namespace {

// An image of each pixel's own value.
Tensor counted(const Shape& shape) {
  Tensor image = Tensor::empty(shape, DType::uint8);
  for (std::int64_t i = 0; i < image.numel(); ++i)
    image.mutable_data<std::uint8_t>()[i] = static_cast<std::uint8_t>(i * 7);
  return image;
}

// dog/: 2 images, dog/old/: 1; cat/: 1.
struct Folder : TemporaryDirectory {
  Folder() {
    fs::create_directories(*this / "dog/old");
    fs::create_directory(*this / "cat");
    file("README", "not a folder");
    file("cat/notes.txt", "not an image");
    io::write_png(*this / "cat/b.png", counted({3, 6, 9}));
    io::write_png(*this / "dog/z.PNG", counted({1, 8, 6}));
    io::write_jpeg(*this / "dog/a.Jpeg", counted({3, 7, 7}));
    io::write_png(*this / "dog/old/a.png", counted({4, 6, 8}));
  }
};

}  // namespace

TEST_CASE("each folder is a class, and its images are its files") {
  const Folder folder;
  const data::ImageFolder images(folder.path().string());
  CHECK(images.classes() == Names{"cat", "dog"});
  Names names;
  for (const std::string& file : images.files()) names.push_back(fs::relative(file, folder.path()).string());
  CHECK(names == Names{"cat/b.png", "dog/a.Jpeg", "dog/z.PNG", "dog/old/a.png"});
  CHECK(images.labels() == Integers{0, 1, 1, 1});
  REQUIRE(images.size() == 4);

  Generator unused;
  const data::Example example = images.get(0, unused);
  const std::vector<std::uint8_t> pixels = bytes(counted({3, 6, 9}));
  std::vector<float> expected;
  for (const std::uint8_t pixel : pixels) expected.push_back(static_cast<float>(pixel) / 255);
  CHECK(example[0].shape() == Shape{3, 6, 9});
  CHECK(example[0].to_vector<float>() == expected);
  CHECK(example[1].shape() == Shape{});
  CHECK(example[1].item<std::int64_t>() == 0);
  CHECK(images.get(2, unused)[0].shape() == Shape{3, 8, 6});
  CHECK(images.get(3, unused)[1].item<std::int64_t>() == 1);
  CHECK_THROWS_AS(images.get(4, unused), IndexError);
  CHECK_THROWS_AS(images.get(-1, unused), IndexError);
  CHECK_THROWS_AS(images.get_batch(Integers{0, 2}, {}), ShapeError);
}

TEST_CASE("photographs are upright unless they are to be as they are stored") {
  const TemporaryDirectory directory;
  fs::create_directory(directory / "class");
  const auto photo = repository("tests/golden/images/orientation6.jpg");
  fs::copy_file(photo, directory / "class/photo.jpg");
  const auto image = [&](const data::ImageFolderOptions& options) {
    Generator unused;
    return data::ImageFolder(directory.path().string(), options).get(0, unused)[0];
  };
  CHECK(bytes(image({.raw = true})) == bytes(io::read_image(photo)));
  CHECK(image({}).shape() == Shape{3, 11, 7});
  CHECK(image({.apply_exif_orientation = false}).shape() == Shape{3, 7, 11});
}

TEST_CASE("images are resized, cropped and normalized as the options say") {
  const Folder folder;
  const auto image = [&](const data::ImageFolderOptions& options) {
    Generator unused;
    return data::ImageFolder(folder.path().string(), options).get(0, unused)[0];
  };
  const Tensor original = counted({3, 6, 9});
  CHECK(bytes(image({.raw = true})) == bytes(original));
  CHECK(bytes(image({.size = {4, 5}, .raw = true})) == bytes(data::resize_image(original, 4, 5)));
  CHECK(bytes(image({.shorter_side = 5, .raw = true})) == bytes(data::resize_image(original, 5, 7)));
  CHECK(image({.channels = 1, .raw = true}).shape() == Shape{1, 6, 9});
  CHECK(image({.channels = 4}).data<float>()[3 * 54] == 1);

  // Margins are halved; half a pixel is rounded to even: 1 of 2 rows, 2 of 5 columns; of 3, 2.
  const auto first = [&](std::int64_t crop) {
    return image({.crop = crop, .raw = true}).data<std::uint8_t>()[0];
  };
  const std::uint8_t* const pixels = original.data<std::uint8_t>();
  CHECK(first(4) == pixels[1 * 9 + 2]);
  CHECK(first(6) == pixels[0 * 9 + 2]);
  CHECK(first(3) == pixels[2 * 9 + 3]);
  CHECK(image({.crop = 4}).shape() == Shape{3, 4, 4});
  CHECK(image({.crop = 4, .raw = true}).data<std::uint8_t>()[2 * 16 + 5] == pixels[2 * 54 + 2 * 9 + 3]);

  const Tensor normal = image({.means = {.5f, .25f, 0}, .deviations = {.5f, 1, 2}});
  CHECK(normal.data<float>()[3] == Approx((21 / 255. - .5) / .5));
  CHECK(normal.data<float>()[2 * 54 + 1] == Approx(pixels[2 * 54 + 1] / 255. / 2));
  CHECK_THROWS_AS(image({.crop = 7}), ValueError);
  CHECK_THROWS_WITH(image({.crop = 7}), ContainsSubstring("b.png' has 9 x 6 pixels; crop is 7"));
}

TEST_CASE("a folder of images is loaded by any number of workers") {
  const Folder folder;
  const data::ImageFolder images(folder.path().string(), {.size = 5});
  std::vector<std::vector<float>> seen;
  for (const std::int64_t workers : {1, 3}) {
    data::DataLoader loader(images, {.batch_size = 2, .shuffle = true, .seed = 3, .workers = workers});
    std::vector<float> values;
    for (const data::Batch& batch : loader) {
      REQUIRE(batch[0].shape() == Shape{2, 3, 5, 5});
      for (const float value : batch[0].to_vector<float>()) values.push_back(value);
    }
    seen.push_back(values);
  }
  CHECK(seen[0].size() == 4 * 75);
  CHECK(seen[0] == seen[1]);
}

TEST_CASE("folders and options that cannot be used are refused") {
  const TemporaryDirectory directory;
  using Options = data::ImageFolderOptions;
  const std::string path = directory.path().string();
  CHECK_THROWS_AS(data::ImageFolder(path), IoError);
  CHECK_THROWS_WITH(data::ImageFolder(path),
                    "ImageFolder: '" + path + "': it has no folders; each class needs one, with its images");
  CHECK_THROWS_WITH(data::ImageFolder(path + "/none"), ContainsSubstring("No such file or directory"));
  fs::create_directory(directory / "a");
  CHECK_THROWS_WITH(data::ImageFolder(path), "ImageFolder: '" + path + "/a': it has no PNG or JPEG files");
  directory.file("a/b.png", "nonsense");
  Generator unused;
  CHECK_THROWS_WITH(data::ImageFolder(path).get(0, unused),
                    "read_image: '" + path + "/a/b.png': it is neither a PNG nor a JPEG file");

  const auto check = [&](const Options& options, const std::string& reason) {
    CHECK_THROWS_AS(data::ImageFolder(path, options), ValueError);
    CHECK_THROWS_WITH(data::ImageFolder(path, options), "ImageFolder: " + reason);
  };
  check({.channels = 2}, "expected 1, 3 or 4 channels, got 2");
  check({.size = {0, 4}}, "expected a size of at least 1 x 1, got 0 x 4");
  check({.size = -1}, "expected a size of at least 1 x 1, got -1 x -1");
  check({.shorter_side = -1}, "expected a shorter_side and a crop of at least 1, got -1 and 0");
  check({.size = 4, .shorter_side = 4}, "expected a size or a shorter_side, got both");
  check({.size = {4, 6}, .crop = 5}, "expected a crop of at most 4, which is the shorter side, got 5");
  check({.means = {0}, .deviations = {1}},
        "expected means and deviations of 3 channels, or none, got 1 and 1");
  check({.means = {0, 0, 0}, .deviations = {1, 1, 1}, .raw = true},
        "raw pixels cannot be normalized; leave out means and deviations");
}

#endif
