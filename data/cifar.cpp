// CIFAR: a file is a sequence of records, which are one or two labels, of one byte each, and 3072 pixels.
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <taper/data/cifar.h>
#include <taper/io/file.h>
#include <taper/tensor/error.h>

namespace taper::data {
namespace {

constexpr std::int64_t superclasses = 20;
constexpr std::size_t pixels = 3 * 32 * 32;

// From the files of names that come with the data.
std::vector<std::string> ten() {
  return {"airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"};
}
std::vector<std::string> twenty() {
  return {"aquatic_mammals",
          "fish",
          "flowers",
          "food_containers",
          "fruit_and_vegetables",
          "household_electrical_devices",
          "household_furniture",
          "insects",
          "large_carnivores",
          "large_man-made_outdoor_things",
          "large_natural_outdoor_scenes",
          "large_omnivores_and_herbivores",
          "medium_mammals",
          "non-insect_invertebrates",
          "people",
          "reptiles",
          "small_mammals",
          "trees",
          "vehicles_1",
          "vehicles_2"};
}
std::vector<std::string> hundred() {
  return {"apple",       "aquarium_fish", "baby",      "bear",       "beaver",       "bed",
          "bee",         "beetle",        "bicycle",   "bottle",     "bowl",         "boy",
          "bridge",      "bus",           "butterfly", "camel",      "can",          "castle",
          "caterpillar", "cattle",        "chair",     "chimpanzee", "clock",        "cloud",
          "cockroach",   "couch",         "crab",      "crocodile",  "cup",          "dinosaur",
          "dolphin",     "elephant",      "flatfish",  "forest",     "fox",          "girl",
          "hamster",     "house",         "kangaroo",  "keyboard",   "lamp",         "lawn_mower",
          "leopard",     "lion",          "lizard",    "lobster",    "man",          "maple_tree",
          "motorcycle",  "mountain",      "mouse",     "mushroom",   "oak_tree",     "orange",
          "orchid",      "otter",         "palm_tree", "pear",       "pickup_truck", "pine_tree",
          "plain",       "plate",         "poppy",     "porcupine",  "possum",       "rabbit",
          "raccoon",     "ray",           "road",      "rocket",     "rose",         "sea",
          "seal",        "shark",         "shrew",     "skunk",      "skyscraper",   "snail",
          "snake",       "spider",        "squirrel",  "streetcar",  "sunflower",    "sweet_pepper",
          "table",       "tank",          "telephone", "television", "tiger",        "tractor",
          "train",       "trout",         "tulip",     "turtle",     "wardrobe",     "whale",
          "willow_tree", "wolf",          "woman",     "worm"};
}

std::size_t label_count(std::int64_t classes) { return classes == 10 ? 1 : 2; }

// `where` begins messages.
CifarFile parse(const std::string& where, std::span<const std::byte> bytes, std::int64_t classes) {
  const std::size_t labels = label_count(classes), record = labels + pixels, count = bytes.size() / record;
  if (bytes.size() % record != 0)
    throw IoError(
        fmt::format("{}it has {} bytes, which are not whole records of {}", where, bytes.size(), record));
  const auto rows = static_cast<std::int64_t>(count);
  CifarFile file{Tensor::empty({rows, 3, 32, 32}, DType::uint8, "parse_cifar"),
                 Tensor::empty({rows, static_cast<std::int64_t>(labels)}, DType::int64, "parse_cifar")};
  std::uint8_t* image = file.images.mutable_data<std::uint8_t>();
  std::int64_t* label = file.labels.mutable_data<std::int64_t>();
  for (std::size_t i = 0; i < count; ++i, image += pixels) {
    const std::byte* const from = bytes.data() + i * record;
    for (std::size_t k = 0; k < labels; ++k, ++label) {
      const std::int64_t limit = k + 1 < labels ? superclasses : classes;
      *label = std::to_integer<std::int64_t>(from[k]);
      if (*label >= limit)
        throw IoError(
            fmt::format("{}expected labels from 0 to {}, got {} in record {}", where, limit - 1, *label, i));
    }
    std::memcpy(image, from + labels, pixels);
  }
  return file;
}

std::string find(const char* function, const std::string& directory, const std::string& folder,
                 const std::string& name) {
  std::error_code ignored;
  for (const std::filesystem::path& path :
       {std::filesystem::path(directory) / name, std::filesystem::path(directory) / folder / name})
    if (std::filesystem::exists(path, ignored)) return path;
  throw IoError(
      fmt::format("{}: there is no {} in '{}', nor in its folder {}", function, name, directory, folder));
}

ImageDataset load(const char* function, const std::string& directory, const std::string& folder,
                  const std::vector<std::string>& files, std::int64_t classes, const CifarOptions& options,
                  ImageDatasetOptions normalization) {
  std::vector<CifarFile> parts;
  std::int64_t count = 0;
  for (const std::string& name : files) {
    const std::string path = find(function, directory, folder, name);
    const std::string content = io::InputFile(function, path).content();
    parts.push_back(
        parse(fmt::format("{}: '{}': ", function, path), std::as_bytes(std::span(content)), classes));
    count += parts.back().images.shape()[0];
  }
  Tensor images = Tensor::empty({count, 3, 32, 32}, DType::uint8, function);
  Tensor labels = Tensor::empty({count}, DType::int64, function);
  std::uint8_t* image = images.mutable_data<std::uint8_t>();
  std::int64_t* label = labels.mutable_data<std::int64_t>();
  for (const CifarFile& part : parts) {
    std::memcpy(image, part.images.raw(), static_cast<std::size_t>(part.images.numel()));
    image += part.images.numel();
    const std::int64_t step = part.labels.shape()[1];
    const std::int64_t* const from = part.labels.data<std::int64_t>() + (options.coarse ? 0 : step - 1);
    for (std::int64_t i = 0; i < part.labels.shape()[0]; ++i) *label++ = from[i * step];
  }
  if (!options.normalize) normalization = {};
  return {images, labels, classes == 10 ? ten() : options.coarse ? twenty() : hundred(), normalization};
}

}  // namespace

Cifar10::Cifar10(const std::string& directory, bool train, CifarOptions options)
    : ImageDataset(load(
          "Cifar10", directory, "cifar-10-batches-bin",
          train ? std::vector<std::string>{"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin",
                                           "data_batch_4.bin", "data_batch_5.bin"}
                : std::vector<std::string>{"test_batch.bin"},
          10, options, {.means = {0.4914f, 0.4822f, 0.4465f}, .deviations = {0.2470f, 0.2435f, 0.2616f}})) {}

Cifar100::Cifar100(const std::string& directory, bool train, CifarOptions options)
    : ImageDataset(load("Cifar100", directory, "cifar-100-binary", {train ? "train.bin" : "test.bin"}, 100,
                        options,
                        {.means = {0.5071f, 0.4865f, 0.4409f}, .deviations = {0.2673f, 0.2564f, 0.2762f}})) {}

CifarFile parse_cifar(std::span<const std::byte> bytes, std::int64_t classes) {
  if (classes != 10 && classes != 100)
    throw ValueError(fmt::format("parse_cifar: expected 10 or 100 classes, got {}", classes));
  return parse("parse_cifar: ", bytes, classes);
}

}  // namespace taper::data
