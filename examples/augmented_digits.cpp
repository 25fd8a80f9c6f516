// augmented_digits: writes a picture of digits and of what random transforms make of them.
//
//     augmented_digits [FILE.png]
#include <cstdio>
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include <taper/taper.h>

using namespace taper;

// The digits 0 to 9, one a row: as it is, then three by each transform.
Tensor picture() {
  const data::Mnist digits(std::string(TAPER_EXAMPLES_DIR) + "/data/mnist", false);
  const data::RandomAffine affine{.degrees = 20, .translate = 0.1, .scale = {0.8, 1.2}, .shear = 15};
  const data::RandomElastic elastic{.alpha = 34, .sigma = 4};
  const std::vector<data::ImageTransform> transforms{affine, elastic, data::Compose(affine, elastic),
                                                     data::Cutout{.size = 10, .value = 0.4}};
  std::vector<Tensor> rows;
  for (std::int64_t digit = 0, index = 0; digit < 10; ++index) {
    Generator generator = data::Randomness{1, 0}.generator(index);
    const data::Example example = digits.get(index, generator);
    if (example[1].item<std::int64_t>() != digit) continue;
    std::vector<Tensor> row{example[0]};
    for (const data::ImageTransform& transform : transforms)
      for (int i = 0; i < 3; ++i) row.push_back(transform(example[0], generator));
    for (Tensor& image : row)
      image = pad(data::resize_image(image, 56, 56), {{4, 4}, {4, 4}}, PadMode::constant, 0.2);
    rows.push_back(concat(row, 2));
    ++digit;
  }
  return to(concat(rows, 1) * 255, uint8);
}

int main(int argc, char** argv) {
  try {
    const std::string path = argc > 1 ? argv[1] : "augmented_digits.png";
    io::write_png(path, picture());
    std::printf("%s: each row a digit, then moved, bent, moved and bent, and with a hole\n", path.c_str());
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
